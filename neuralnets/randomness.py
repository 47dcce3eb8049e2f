"""Randomness without state: every draw derives from a seed and from what it is for.

A resumed run therefore draws what an uninterrupted one would have drawn.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Union

import numpy as np

if TYPE_CHECKING:
    from neuralnets.framework import tf

Purpose = Union[str, int]


def derive(seed: int, *purposes: Purpose) -> int:
    """Return a 63-bit number from a seed and a purpose such as an epoch and a name."""
    text = "\x1f".join(map(str, (seed, *purposes)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(seed: int, *purposes: Purpose) -> np.random.Generator:
    """Return a NumPy generator for one purpose."""
    return np.random.Generator(np.random.Philox(key=derive(seed, *purposes)))


def initializer_seed(seed: int, *purposes: Purpose) -> int:
    """Return a seed in the range that Keras' initialisers take."""
    return derive(seed, *purposes) % (1 << 31)


def step_seed(seed: int, *purposes: Purpose) -> np.ndarray:
    """Return the seed `[2]` of all dropout masks of one training step."""
    return np.array(
        [derive(seed, *purposes, half) % (1 << 31) for half in range(2)], np.int32
    )


def dropout_mask(
    shape: tf.Tensor | list, rate: float, step_seed: tf.Tensor, name: str
) -> tf.Tensor:
    """Return factors that drop with probability `rate` and keep the expectation.

    Args:
        shape: Shape of the mask.
        rate: Probability of a zero, in [0, 1).
        step_seed: The seed `[2]` of this training step.
        name: What is dropped; two names draw independently.
    """
    from neuralnets.framework import tf  # all else here is wanted without it

    own = tf.constant([0, zlib.crc32(name.encode()) >> 1], tf.int32)
    uniform = tf.random.stateless_uniform(shape, tf.bitwise.bitwise_xor(step_seed, own))
    return tf.where(uniform >= rate, 1.0 / (1.0 - rate), 0.0)
