"""The head that looks at every token on its own."""

from __future__ import annotations

import numpy as np

from neuralnets.inference.chains import free_chain, mask, near_zero
from neuralnets.keraslayers.parts import Chain


class SoftmaxHead:
    """The emissions are logits; its methods are some of `neuralnets.heads.Head`."""

    chain = None

    def __init__(self):
        self.temperature = 1.0

    def decode(self, emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the best label of each token, `[B, T]`."""
        present = mask(emissions, lengths)
        return np.where(present, emissions.argmax(2), 0).astype(np.int32)

    def distribution(self, emissions: np.ndarray) -> tuple[np.ndarray, Chain]:
        """Return the log-probabilities, and a chain without transitions."""
        scores = near_zero(emissions) / np.float32(self.temperature)
        logs = scores - np.log(np.exp(scores).sum(2, keepdims=True))
        return logs, free_chain(emissions.shape[2])

    def marginals(self, emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the softmax of the emissions, 0 in the padding."""
        logs, _ = self.distribution(emissions)
        return np.where(mask(emissions, lengths)[..., None], np.exp(logs), 0)
