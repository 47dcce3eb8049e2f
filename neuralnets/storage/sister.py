"""Models of the ELMo sister tool, elmo-bilstm-cnn-crf, and what else they need.

Their files hold neither words nor word vectors, nor ELMo. `params.embeddingsConfig`
says where those were; a caller of `loadModel` may say it anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

import numpy as np

from neuralnets import hyperparameters
from neuralnets.elmo.wordvectors import read_words_as_the_tool_did
from neuralnets.inputs import (
    ELMO_EMBEDDINGS,
    TOKENS_EMBEDDINGS,
    MissingSource,
    VectorSource,
)

# The parameter that holds each path, what it is, and the tool's name for it.
_PATHS = {
    "wordVectors": ("word vectors", "embeddings_path", "--word-vectors"),
    "elmoOptions": ("ELMo's options", "elmo_options_file", "--elmo-options"),
    "elmoWeights": ("ELMo's weights", "elmo_weight_file", "--elmo-weights"),
}


class Vectors(NamedTuple):
    """The shapes of a token's vectors; None where a model reads none of the kind."""

    words: tuple[int, ...] | None
    elmo: tuple[int, ...] | None


def interpret(
    layers: Mapping[str, Mapping[str, Any]], params: MutableMapping[str, Any]
) -> Vectors | None:
    """Rewrite the sister tool's parameters in ours.

    Args:
        layers: The configuration of each layer.
        params: The file's parameters; they are changed.

    Returns:
        The vectors that the model reads, None for a model of the first tool.

    Raises:
        ValueError: Another layout of the file than the last one.
    """
    shapes = {
        name[: -len("_input")]: tuple(config["batch_input_shape"][2:])
        for name, config in layers.items()
        if name.endswith("_input") and str(config.get("dtype")).startswith("float")
    }
    config = params.pop("embeddingsConfig", None)
    if config is None and not shapes:
        return None
    known = {TOKENS_EMBEDDINGS, ELMO_EMBEDDINGS}
    if not isinstance(config, Mapping) or not shapes or set(shapes) - known:
        raise ValueError(
            "it is of the ELMo tool of July or August 2018, whose files have another "
            "layout; train it anew"
        )
    for shape, most in zip(map(shapes.get, sorted(known)), (2, 1)):
        sizes = shape or (1,)
        if len(sizes) > most or not all(
            isinstance(size, int) and size > 0 for size in sizes
        ):
            raise ValueError(f"its inputs have vectors of the shape {shape}")
    for key, (_, name, _) in _PATHS.items():
        params[key] = hyperparameters.check(key, config.get(name) or None)
    if ELMO_EMBEDDINGS in shapes:
        mode = config.get("elmo_mode")
        params["elmoMode"] = hyperparameters.check("elmoMode", mode)
    return Vectors(shapes.get(TOKENS_EMBEDDINGS), shapes.get(ELMO_EMBEDDINGS))


def _find_files(
    path: str, params: MutableMapping[str, Any], needed: Vectors, has_elmo: bool
) -> None:
    """Complete the paths of the files that a model needs.

    A path is that of a file here, or beside the model; that of a web address is the
    place where `util.download` would put it. Nothing is fetched.

    Args:
        path: The model's file.
        params: Its parameters; their paths are changed.
        needed: What it reads.
        has_elmo: Whether ELMo comes from elsewhere.

    Raises:
        MissingSource: A file is not there; the message names all that are not.
    """
    from neuralnets.elmo.places import local_place  # it brings all of downloading

    keys = ["wordVectors"] * (needed.words is not None)
    if needed.elmo and not has_elmo:
        keys += ["elmoOptions", "elmoWeights"]
    missing = []
    for key in keys:
        given = params[key]
        places = [local_place(given)] if given else []
        places += [os.path.join(os.path.dirname(path), place) for place in places]
        found = [place for place in places if os.path.isfile(place)]
        if found:
            params[key] = found[0]
        else:
            missing.append(key)
    if not missing:
        return
    lost = ", ".join(
        f"{_PATHS[key][0]} ({params[key] or 'its file does not say which'})"
        for key in missing
    )
    raise MissingSource(
        f"it needs the files of its training: {lost} - not found. Say where they are "
        f"with {', '.join(_PATHS[key][2] for key in missing)} (in a program, with "
        f"{', '.join(f'`{key}`' for key in missing)} in loadModel's `params`)."
    )


def complete(
    path: str,
    needed: Vectors,
    params: MutableMapping[str, Any],
    mappings: MutableMapping[str, Mapping[str, int]],
    weights: MutableMapping[str, list[np.ndarray]],
    sources: Mapping[str, VectorSource],
) -> dict[str, VectorSource]:
    """Put what a model needs into what its file says.

    Args:
        path: The model's file.
        needed: What it reads.
        params, mappings, weights: What its file holds; they are added to.
        sources: Where vectors come from, if not from the files that it names.

    Returns:
        Where all its vectors come from.

    Raises:
        MissingSource: A file is not there, or holds vectors of another shape.
        ValueError: A file is not what it should be.
    """
    elmo = sources.get(ELMO_EMBEDDINGS)
    _find_files(path, params, needed, elmo is not None)
    if needed.words:
        index, vectors = read_words_as_the_tool_did(params["wordVectors"])
        if vectors.shape[1:] != needed.words:
            raise MissingSource(
                f"it was trained with word vectors of {needed.words[0]} numbers; those "
                f"of {params['wordVectors']} have {vectors.shape[1]}."
            )
        mappings["tokens"] = index
        weights["word_embeddings"] = [vectors]
    if not needed.elmo:
        return dict(sources)
    from neuralnets.elmo.vectors import from_params

    elmo = elmo or from_params(hyperparameters.merge(params, strict=False))
    if tuple(elmo.shape) != needed.elmo:
        raise MissingSource(
            f"it was trained with ELMo vectors of the shape {needed.elmo} per token; "
            f"these options and weights give {tuple(elmo.shape)}."
        )
    return {**sources, ELMO_EMBEDDINGS: elmo}
