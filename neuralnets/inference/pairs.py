"""How probable it is that two labels follow each other, of all label sequences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neuralnets.inference.chains import finite
from neuralnets.inference.posterior import Posterior


def pairs(given: Posterior) -> Iterator[np.ndarray]:
    """Yield for each token but the first the probability of pairs, `[B, K, K]`.

    Rows are the labels of the token before it, columns its own; 0 in the padding.
    """
    for t in range(1, len(given.scores)):
        logs = given.upto[t - 1][:, :, None] + given.transitions
        logs = logs + given.onward[t][:, None, :]
        found = np.exp(logs - finite(logs.max((1, 2), keepdims=True)))
        found /= found.sum((1, 2), keepdims=True)
        yield np.where(given.present[t][:, None, None], found, 0.0)
