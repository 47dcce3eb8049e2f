"""The head that scores labels behind each other."""

from __future__ import annotations

import numpy as np

from neuralnets.inference import posterior
from neuralnets.inference.best_paths import viterbi
from neuralnets.inference.chains import at_temperature
from neuralnets.keraslayers.parts import Chain


class CRFHead:
    """A linear-chain CRF; its methods are some of `neuralnets.heads.Head`.

    >>> head = CRFHead(np.zeros([2, 2]), np.zeros(2), np.zeros(2))
    >>> head.decode(np.array([[[0.0, 9.0], [9.0, 0.0]]]), np.array([2])).tolist()
    [[1, 0]]

    Args:
        transitions: `[K, K]`, from previous to next label.
        start, end: `[K]`.

    Attributes:
        allowed: Which transitions, first and last labels there may be; None: all.
        temperature: What all scores are divided by where probabilities are asked for.
    """

    def __init__(self, transitions: np.ndarray, start: np.ndarray, end: np.ndarray):
        self._chain = Chain(transitions, start, end)
        self.allowed: Chain | None = None
        self.temperature = 1.0

    @property
    def chain(self) -> Chain:
        """The transition, start and end scores; minus infinity forbids."""
        if self.allowed is None:
            return self._chain
        never = np.float32(-np.inf)
        pairs = zip(self.allowed, self._chain)
        return Chain(*(np.where(allowed, score, never) for allowed, score in pairs))

    def decode(self, emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the best label path of each sentence, `[B, T]`."""
        return viterbi(emissions, lengths, self.chain)

    def distribution(self, emissions: np.ndarray) -> tuple[np.ndarray, Chain]:
        """Return the emissions and the chain whose paths are the label sequences."""
        return at_temperature(emissions, self.chain, self.temperature)

    def marginals(self, emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the probability of each label at each token, `[B, T, K]`."""
        labels = self.decode(emissions, lengths)
        scores, chain = self.distribution(emissions)
        found = posterior.posterior(labels, scores, lengths, lengths, chain)
        return posterior.marginals(found)
