"""Every draw derives from a seed and a purpose, and from nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from neuralnets.randomness import (
    derive,
    dropout_mask,
    generator,
    initializer_seed,
    step_seed,
)

SHAPE = [200, 100]
SEED = tf.constant([11, 12])


def test_derive_tells_purposes_apart():
    purposes = [(1,), (2,), (1, "a"), (1, "b"), (1, "a", 1), (1, "a", 2), (11, "a")]
    purposes += [(1, "ab"), (1, "a", "b"), (1, 1, "a"), (1, "1a")]
    numbers = {derive(*purpose) for purpose in purposes}
    assert len(numbers) == len(purposes)
    assert all(0 <= number < 2**63 for number in numbers)


def test_derive_is_the_same_in_every_process():
    # A fixed value: Python's own `hash` of a string, say, would give another each time.
    assert derive(7, "batches", 3) == 686198368767626868


def test_generator_repeats_and_differs_by_purpose():
    draws = [
        generator(*purpose).random(5)
        for purpose in [(1, "a", 1), (1, "a", 1), (1, "a", 2), (2, "a", 1)]
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.allclose(draws[0], draws[2])
    assert not np.allclose(draws[0], draws[3])


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63])
def test_seeds_fit_their_consumers(seed):
    assert 0 <= initializer_seed(seed, "layer") < 2**31
    pair = step_seed(seed, "dropout", 1, 2)
    assert pair.shape == (2,) and pair.dtype == np.int32
    assert (pair >= 0).all() and pair[0] != pair[1]


def test_step_seeds_differ_by_step():
    steps = {
        tuple(step_seed(seed, "dropout", epoch, batch, "POS"))
        for seed in range(3)
        for epoch in range(5)
        for batch in range(20)
    }
    assert len(steps) == 300


def test_same_seed_and_name_same_mask():
    one, two = (dropout_mask(SHAPE, 0.5, SEED, "layer") for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "seed, name", [([11, 12], "other"), ([11, 13], "layer"), ([10, 12], "layer")]
)
def test_other_name_or_step_draws_independently(seed, name):
    one = dropout_mask(SHAPE, 0.5, SEED, "layer").numpy() > 0
    other = dropout_mask(SHAPE, 0.5, tf.constant(seed), name).numpy() > 0
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_mask_drops_at_its_rate_and_keeps_the_expectation(rate):
    mask = dropout_mask(SHAPE, rate, SEED, "layer").numpy()
    np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - rate)], rtol=1e-6)
    deviation = np.sqrt(rate * (1 - rate) / mask.size)
    assert abs(np.mean(mask == 0) - rate) < 5 * deviation
    assert abs(mask.mean() - 1) < 5 * deviation / (1 - rate)


def test_rate_zero_keeps_everything():
    np.testing.assert_array_equal(dropout_mask(SHAPE, 0.0, SEED, "layer"), 1)


def test_graph_draws_what_eager_draws():
    @tf.function(
        input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([2], tf.int32)]
    )
    def mask(width, seed):
        return dropout_mask([3, width], 0.5, seed, "layer")

    for width in (1, 8):
        np.testing.assert_array_equal(
            mask(tf.constant(width), SEED), dropout_mask([3, width], 0.5, SEED, "layer")
        )
