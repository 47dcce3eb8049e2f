"""From a model file to a tagger, whatever computes: one way, and one kind of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, TypeVar

from neuralnets import hyperparameters
from neuralnets.inputs import MissingSource, VectorSource
from neuralnets.storage import h5file, modelfile, sister
from neuralnets.tagging import constraints

Made = TypeVar("Made")


def load(
    path: str,
    params: Mapping[str, Any] | None,
    sources: Mapping[str, VectorSource],
    rebuild: Callable[[modelfile.ModelFile, Mapping[str, VectorSource]], Made],
    damage: tuple[type[Exception], ...] = (),
    check: Callable[[str, modelfile.ModelFile], None] = lambda path, content: None,
) -> Made:
    """Read a model file and let its network be rebuilt.

    Args:
        path: The file.
        params: Parameters that replace those of the file.
        sources: Where vectors come from that are not in the file, by input.
        rebuild: Makes a tagger of the content and of all sources.
        damage: What else it may raise where the file is at fault.
        check: Raises before anything is made of content that will not do.

    Raises:
        ValueError: The file is missing, damaged, or not a model; or it needs other
            files, which are not there.
    """
    content = modelfile.read(path)
    given = hyperparameters.merge(params)
    content.params.update({key: given[key] for key in params or ()})
    check(path, content)
    try:
        if content.vectors is not None:
            sources = sister.complete(
                path,
                content.vectors,
                content.params,
                content.mappings,
                content.weights,
                sources,
            )
        return rebuild(content, sources)
    except modelfile.OtherWeights:
        raise
    except (MissingSource, constraints.CannotConstrain) as error:
        raise ValueError(f"{path}: {error}") from None
    except (*h5file.DAMAGE, *damage) as error:
        raise ValueError(
            f"{path}: does not describe a model that can be built "
            f"({h5file.brief(error)})."
        ) from None
