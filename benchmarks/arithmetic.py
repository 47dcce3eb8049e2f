"""How much the model computes per token, and how fast the machine multiplies.

    python benchmarks/arithmetic.py     prints the rate as one line of JSON

Multiply-accumulate operations (MAC) per token of the forward pass, with `c` characters
per token, `D` inputs per token, `H` units per direction and `K` labels:

    character CNN       c * width * size * filters
    each BiLSTM layer   2 * (D + H) * 4H       D: word vector and CNN, then 2H
    emissions           2H * K
    CRF                 K * K

One MAC is two floating-point operations. Training counts three times the forward pass:
each product has two more in the backward pass, one for its inputs and one for its
weights. Every token is counted in full, even where a system computes what depends on
the word alone once per distinct word; padding and element-wise functions count nothing.
"""

from __future__ import annotations

import json
import time

import common

SIZE = 2048  # of the square matrices: 16 MB each, more than a core's own cache
REPEATS = 12


def macs_per_token(characters: float, labels: int) -> float:
    """Return the MACs of the forward pass for one token."""
    macs = characters * common.CHAR_WIDTH * common.CHAR_SIZE * common.CHAR_FILTERS
    inputs = common.WORD_SIZE + common.CHAR_FILTERS
    for units in common.LSTM_SIZES:
        macs += 2 * (inputs + units) * 4 * units
        inputs = 2 * units
    return macs + inputs * labels + labels * labels


def flops_per_token(sentences: list[common.Sentence]) -> dict[str, float]:
    """Return the operations per token of training and tagging on some sentences."""
    tokens = [token for sentence in sentences for token in sentence.tokens]
    characters = sum(min(len(token), common.CHAR_MOST) for token in tokens)
    labels = len({label for sentence in sentences for label in sentence.labels})
    forward = 2 * macs_per_token(characters / len(tokens), labels)
    return {"training": 3 * forward, "tagging": forward}


def product_rate() -> float:
    """Return the best rate of large float32 products on all cores, in FLOP/s.

    NumPy's and TensorFlow's products are both tried: the limit is the faster one.
    """
    import numpy as np

    from neuralnets.framework import tf

    a = np.random.default_rng(1).random((SIZE, SIZE), np.float32)
    in_tensorflow = tf.constant(a)
    products = (lambda: a @ a, lambda: tf.matmul(in_tensorflow, in_tensorflow).numpy())
    best = 0.0
    for product in products:
        product()
        for _ in range(REPEATS):
            started = time.perf_counter()
            product()
            best = max(best, 2 * SIZE**3 / (time.perf_counter() - started))
    return best


if __name__ == "__main__":
    print(json.dumps({"flops_per_second": product_rate()}))
