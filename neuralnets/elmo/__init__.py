"""ELMo's bidirectional language model, from the published options and weights."""

from neuralnets.elmo.bilm import BidirectionalLanguageModel
from neuralnets.elmo.cachefill import fill_cache
from neuralnets.elmo.progress import TokenProgress
from neuralnets.elmo.vectors import WHERE, ElmoVectors, MissingFile, from_params

__all__ = [
    "WHERE",
    "BidirectionalLanguageModel",
    "ElmoVectors",
    "MissingFile",
    "TokenProgress",
    "fill_cache",
    "from_params",
]
