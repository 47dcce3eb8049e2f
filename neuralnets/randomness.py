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


def of_share(step_seed: np.ndarray, sentences: int, rows: np.ndarray) -> np.ndarray:
    """Return a step's seed for who has only a share of its mini-batch.

    Args:
        step_seed: The seed `[2]` of the step.
        sentences: How many the whole mini-batch has.
        rows: Which of them the share has.
    """
    return np.concatenate([step_seed, [sentences], rows]).astype(np.int32)


def dropout_mask(
    shape: tf.Tensor | list,
    rate: float,
    step_seed: tf.Tensor,
    name: str,
    sentences: int = 0,
) -> tf.Tensor:
    """Return factors that drop with probability `rate` and keep the expectation.

    Of a share of a mini-batch they are those that its sentences have in the whole.

    Args:
        shape: Shape of the mask.
        rate: Probability of a zero, in [0, 1).
        step_seed: The seed `[2]` of this training step, or what `of_share` returned.
        name: What is dropped; two names draw independently.
        sentences: Which axis has one entry per sentence.
    """
    from neuralnets.framework import tf  # all else here is wanted without it

    own = tf.constant([0, zlib.crc32(name.encode()) >> 1], tf.int32)
    step_seed = tf.convert_to_tensor(step_seed)
    whole = step_seed.shape[0] == 2
    if not whole:
        step_seed, size, rows = step_seed[:2], step_seed[2], step_seed[3:]
        shape = tf.unstack(shape) if tf.is_tensor(shape) else list(shape)
        shape[sentences] = size
    uniform = tf.random.stateless_uniform(shape, tf.bitwise.bitwise_xor(step_seed, own))
    if not whole:
        uniform = tf.gather(uniform, rows, axis=sentences)
    return tf.where(uniform >= rate, 1.0 / (1.0 - rate), 0.0)
