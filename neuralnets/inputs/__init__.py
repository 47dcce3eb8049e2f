"""The registry of inputs: what the network sees of each token.

An input says where its values come from, whether they belong to the written word, to
the single token or to the sentence, and which layers embed them. `make_inputs` picks
those that the parameters ask for; the tagger itself knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from neuralnets import elmo
from neuralnets.conventions import Conventions
from neuralnets.inputs.columns import (
    TASK_ID,
    CasingInput,
    Input,
    Junction,
    TaskInput,
    Thinning,
)
from neuralnets.inputs.direct import DIRECT, DirectInput
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.inputs.lookedup import TOKENS_EMBEDDINGS, LookedUpWordInput
from neuralnets.inputs.vectors import MissingSource, VectorInput, VectorSource
from neuralnets.inputs.words import CharacterInput, WordInput

__all__ = [
    "DIRECT",
    "ELMO",
    "ELMO_EMBEDDINGS",
    "TASK_ID",
    "TOKENS_EMBEDDINGS",
    "CasingInput",
    "CharacterInput",
    "DirectInput",
    "Input",
    "Junction",
    "MissingSource",
    "TaskInput",
    "Thinning",
    "VectorInput",
    "VectorSource",
    "WordInput",
    "make_inputs",
]

ELMO = "elmo"
ELMO_EMBEDDINGS = "elmo_embeddings"  # the same by the ELMo sister tool's name


class _Given(NamedTuple):
    """What inputs are made from; see `make_inputs`."""

    params: Mapping[str, Any]
    mappings: Mapping[str, Mapping[str, int]]
    embeddings: np.ndarray | None
    conventions: Conventions
    sources: Mapping[str, VectorSource]


def _words(name: str, given: _Given) -> Input:
    vectors, params = given.embeddings, given.params
    has_vectors = vectors is not None
    return WordInput(
        vectors,
        len(vectors) if has_vectors else len(given.mappings[name]),
        vectors.shape[1] if has_vectors else params["wordEmbeddingsSize"],
        params["trainWordEmbeddings"],
        params["seed"],
    )


def _casing(name: str, given: _Given) -> Input:
    size, seed = given.params["addFeatureDimensions"], given.params["seed"]
    return CasingInput(name, len(given.mappings[name]), size, seed)


def _elmo(name: str, given: _Given) -> Input:
    try:
        source = given.sources.get(name) or elmo.from_params(given.params)
    except elmo.MissingFile as error:
        raise MissingSource(str(error)) from None
    key = given.params["elmoKey"]
    if key and key != source.key:
        raise MissingSource(
            f"it was trained with other ELMo options or weights (key {key}, these have "
            f"{source.key}). {elmo.WHERE}"
        )
    return VectorInput(
        name,
        source,
        not given.conventions.raw_layer_weights,
        layer=_AVERAGES[name],
        key="elmoKey",
    )


def _looked_up(name: str, given: _Given) -> Input:
    if given.embeddings is None or "tokens" in given.params["featureNames"]:
        raise ValueError(
            f"The input '{name}' needs word vectors of a file, and no input 'tokens' "
            "beside it."
        )
    return LookedUpWordInput(
        given.mappings["tokens"],
        given.embeddings,
        given.params["trainWordEmbeddings"],
        given.params["seed"],
    )


def _column(name: str, given: _Given) -> Input:
    """Return the input of a column of the data."""
    params, mapping = given.params, given.mappings[name]
    # One row more, for values that training has not seen; old models have none, but an
    # `O` that stood for nothing.
    extra = given.conventions.unknown_feature_row
    return Input(
        name,
        len(mapping) + extra,
        params["addFeatureDimensions"],
        params["seed"],
        None if extra else mapping.get("O", 0),
    )


# The inputs that are more than a column of the data.
_MAKERS = {
    "tokens": _words,
    "casing": _casing,
    ELMO: _elmo,
    ELMO_EMBEDDINGS: _elmo,
    TOKENS_EMBEDDINGS: _looked_up,
}
_NEED_NO_COLUMN = {ELMO, ELMO_EMBEDDINGS, TOKENS_EMBEDDINGS}
# What averages ELMo's layers.
_AVERAGES = {
    ELMO: "elmo_average",
    ELMO_EMBEDDINGS: "elmo_embeddings_weighted_average",
}


def make_inputs(
    params: Mapping[str, Any],
    mappings: Mapping[str, Mapping[str, int]],
    embeddings: np.ndarray | None,
    tasks: int,
    conventions: Conventions,
    sources: Mapping[str, VectorSource] | None = None,
    features: FeatureVocabulary | None = None,
) -> list[Input]:
    """Return the inputs in the order in which they are joined.

    Words come first, then the other features as `featureNames` lists them, then the
    characters, then the task; last what goes past the encoder.

    Args:
        params: The complete parameters, `seed` and `trainWordEmbeddings` resolved.
        mappings: The index of each value, by column.
        embeddings: Word vectors, or None to draw them.
        tasks: Number of tasks.
        conventions: How this model departs from new ones.
        sources: Where precomputed vectors come from, by input name; by default what
            the parameters say.
        features: The direct features, if there are any.

    Raises:
        ValueError: A feature has no mapping.
    """
    given = _Given(params, mappings, embeddings, conventions, sources or {})
    inputs: list[Input] = []
    names = [name for name in params["featureNames"] if name != "characters"]
    for name in sorted(names, key=lambda name: name != "tokens"):
        if name not in mappings and name not in _NEED_NO_COLUMN:
            raise ValueError(
                f"`featureNames` asks for '{name}', which no data set has as a "
                f"column. Columns: {', '.join(mappings)}"
            )
        inputs.append(_MAKERS.get(name, _column)(name, given))
    if params["charEmbeddings"]:
        if "characters" not in mappings:
            raise ValueError("`charEmbeddings` needs the mapping 'characters'.")
        alphabet = len(mappings["characters"])
        inputs.append(CharacterInput(alphabet, params, params["seed"], conventions))
    if params["useTaskIdentifier"]:
        inputs.append(TaskInput(tasks, params["seed"]))
    if features is not None:
        inputs.append(DirectInput(features, mappings, params["directDropout"]))
    if not inputs:
        raise ValueError(
            "The network would see nothing: `featureNames` and `directFeatures` are "
            "both empty."
        )
    return inputs
