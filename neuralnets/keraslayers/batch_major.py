"""From time-major to the order that users know."""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.layer import Float32Layer


class BatchMajor(Float32Layer):
    """Exchanges time and batch.

    Input shape:
        `[T, B, K]`

    Output shape:
        `[B, T, K]`
    """

    def call(self, inputs):
        """Return the input with its first two axes exchanged."""
        return tf.transpose(inputs, [1, 0, 2])

    def compute_output_shape(self, input_shape):
        """Return the static output shape for an input shape."""
        return tf.TensorShape([input_shape[1], input_shape[0], input_shape[2]])
