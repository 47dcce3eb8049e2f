"""The mean of the weights at the ends of epochs, which is scored in place of the last.

The weights of an epoch's end jump about a good place; their mean is nearer to it
(Polyak & Juditsky 1992; Ruppert 1988). With a decay d the weights of e epochs ago count
d^e: 1 is the mean of all epochs, 0.5 little more than the last two.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np

from neuralnets.framework import tf


class Averaging:
    """Keeps the mean of weights over epochs.

    Args:
        weights: The weights that training changes.
        decay: In (0, 1].

    Attributes:
        means: The mean of each weight so far.
        count: How many epochs it is worth: 1 + decay + decay^2 ..., 0 before the first.
    """

    def __init__(self, weights: Sequence[tf.Variable], decay: float):
        self._weights, self._decay = list(weights), decay
        self.means = [np.zeros(weight.shape, np.float32) for weight in weights]
        self.count = 0.0

    def add(self) -> None:
        """Take in the weights at the end of an epoch."""
        self.count = 1 + self._decay * self.count
        for mean, weight in zip(self.means, self._weights):
            mean += (weight.numpy() - mean) / np.float32(self.count)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Let the network have the mean as its weights while it lasts."""
        own = [weight.numpy() for weight in self._weights]
        self.leave()
        try:
            yield
        finally:
            for weight, value in zip(self._weights, own):
                weight.assign(value)

    def leave(self) -> None:
        """Give the network the mean as its weights."""
        for weight, mean in zip(self._weights, self.means):
            weight.assign(mean)

    def restore(self, means: Sequence[np.ndarray], count: float) -> None:
        """Go on from the mean of an earlier run.

        Raises:
            ValueError: They are not of this network.
        """
        if [mean.shape for mean in means] != [mean.shape for mean in self.means]:
            raise ValueError("The checkpoint is of another network.")
        self.means = [np.array(mean, np.float32) for mean in means]
        self.count = float(count)
