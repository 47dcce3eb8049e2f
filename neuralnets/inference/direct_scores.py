"""Sparse features that add to the scores of labels, past the encoder."""

from __future__ import annotations

import numpy as np

from neuralnets.inference.steps import Steps


class DirectScores:
    """Adds up one row of label scores for each feature that a token has.

    Args:
        scores: `[features + 1, K]`, of which row 0 is not used.
        bias: `[K]`, or None.
    """

    def __init__(self, scores: np.ndarray, bias: np.ndarray | None = None):
        self._scores = scores
        self._bias = bias

    def __call__(self, pairs: np.ndarray, steps: Steps) -> np.ndarray:
        """Return the scores of all tokens, `[N, K]`.

        Args:
            pairs: `[P, 2]`, a feature and its token's place `t * B + b`; those of a
                token stand together.
            steps: The order of the tokens.
        """
        total = np.zeros((len(steps.mirrored), self._scores.shape[1]), np.float32)
        if len(pairs):
            feature, token = pairs.T
            first = np.flatnonzero(np.diff(token, prepend=-1))
            sums = np.add.reduceat(self._scores[feature], first, axis=0)
            total[steps.places()[token[first]]] = sums
        if self._bias is not None:
            total += self._bias
        return total
