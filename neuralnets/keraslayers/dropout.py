"""Naive dropout whose masks derive from the training step's seed."""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.layer import Float32Layer, check_rate
from neuralnets.randomness import dropout_mask


class SeededDropout(Float32Layer):
    """Drops each value on its own.

    >>> SeededDropout(0.5)(tf.ones([2, 3]), step_seed=[1, 2]).numpy().tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]

    Args:
        rate: Probability of dropping a value, in [0, 1).

    Call arguments:
        inputs: A tensor of any shape; time-major, `[T, B, D]`, where a step has only a
            share of a mini-batch.
        step_seed: Seed `[2]` of this step's masks.
        training: Whether to drop anything.

    Output shape:
        That of the input.
    """

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        check_rate("rate", rate)
        self.rate = rate

    def call(self, inputs, step_seed, training=False):
        """Drop values in training; see the class for the arguments."""
        if not training or not self.rate:
            return inputs
        mask = dropout_mask(
            tf.shape(inputs), self.rate, step_seed, self.name, sentences=1
        )
        return inputs * mask

    def compute_output_shape(self, input_shape):
        """Return the input shape."""
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate}
