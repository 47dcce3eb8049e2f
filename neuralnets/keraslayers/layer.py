"""What the layers here have in common."""

from __future__ import annotations

import numbers

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


def check_size(name: str, value: object) -> None:
    """Raise `ValueError` unless an argument is a positive integer."""
    if not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {value!r}")


def check_rate(name: str, value: float) -> None:
    """Raise `ValueError` unless an argument is a share that leaves something."""
    if not 0 <= value < 1:
        raise ValueError(f"`{name}` must be in [0, 1). Received: {value!r}")
