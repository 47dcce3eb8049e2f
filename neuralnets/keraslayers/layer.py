"""What the layers here have in common."""

from __future__ import annotations

from neuralnets.framework import keras


class Float32Layer(keras.layers.Layer):
    """A layer in single precision, whatever a user's Keras is set to.

    `floatx` in ~/.keras/keras.json and the mixed-precision policy of the program do
    not count: the recurrences and sums of exponentials here need float32.

    Args:
        dtype: Another type or policy.
    """

    def __init__(self, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
