"""ELMo's bidirectional language model, from the published options and weights."""

from neuralnets.elmo.bilm import BidirectionalLanguageModel
from neuralnets.elmo.cachefill import fill_cache
from neuralnets.elmo.places import WHERE, MissingFile
from neuralnets.elmo.vectors import ElmoVectors, from_params

__all__ = [
    "WHERE",
    "BidirectionalLanguageModel",
    "ElmoVectors",
    "MissingFile",
    "fill_cache",
    "from_params",
]
