"""ELMo's bidirectional language model, from the published options and weights."""

from neuralnets.elmo.bilm import BidirectionalLanguageModel
from neuralnets.elmo.progress import TokenProgress

__all__ = ["BidirectionalLanguageModel", "TokenProgress"]
