"""The Softmax head against plain NumPy, and the interface that all heads share."""

import inspect
import itertools

import numpy as np
import pytest
import tensorflow as tf

from neuralnets.heads import Head, SoftmaxHead
from neuralnets.keraslayers.ChainCRF import ChainCRF

B, T, K = 3, 4, 3
LENGTHS = np.array([4, 1, 2], np.int32)
RNG = np.random.default_rng(0)
EMISSIONS = RNG.normal(0, 2, (B, T, K)).astype(np.float32)
LABELS = RNG.integers(0, K, (B, T)).astype(np.int32)
PRESENT = np.arange(T) < LENGTHS[:, None]
PROBABILITIES = np.exp(EMISSIONS) / np.exp(EMISSIONS).sum(2, keepdims=True)


def test_loss_is_the_mean_cross_entropy_of_tokens():
    gold = np.take_along_axis(PROBABILITIES, LABELS[..., None], 2)[..., 0]
    expected = -np.log(gold[PRESENT]).mean()
    loss = SoftmaxHead().loss(EMISSIONS, LABELS, LENGTHS)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_gradient_is_marginals_minus_one_hot_and_zero_in_padding():
    emissions = tf.constant(EMISSIONS)
    with tf.GradientTape() as tape:
        tape.watch(emissions)
        loss = SoftmaxHead().loss(emissions, LABELS, LENGTHS)
    gradient = tape.gradient(loss, emissions).numpy()
    expected = (PROBABILITIES - np.eye(K)[LABELS]) / LENGTHS.sum()
    np.testing.assert_allclose(gradient[PRESENT], expected[PRESENT], atol=1e-6)
    np.testing.assert_array_equal(gradient[~PRESENT], 0)


def test_decode_and_marginals():
    labels = SoftmaxHead().decode(EMISSIONS, LENGTHS).numpy()
    np.testing.assert_array_equal(labels, np.where(PRESENT, EMISSIONS.argmax(2), 0))
    marginals = SoftmaxHead().marginals(EMISSIONS, LENGTHS).numpy()
    expected = np.where(PRESENT[..., None], PROBABILITIES, 0)
    np.testing.assert_allclose(marginals, expected, atol=1e-6)


@pytest.mark.parametrize("n", [1, 5])
def test_nbest_equals_enumeration(n):
    paths, scores = SoftmaxHead().nbest(EMISSIONS, LENGTHS, n)
    for b, length in enumerate(LENGTHS):
        every = list(itertools.product(range(K), repeat=int(length)))
        logs = np.log(PROBABILITIES[b])
        values = [sum(logs[t, label] for t, label in enumerate(p)) for p in every]
        order = np.argsort(values)[::-1][:n]
        found = [tuple(path) for path in paths[b, :, :length].numpy()]
        assert found[: len(order)] == [every[i] for i in order]
        expected = [values[i] for i in order]
        np.testing.assert_allclose(scores[b, : len(order)], expected, atol=1e-5)
        assert np.isneginf(scores[b, len(order) :]).all()


def test_padding_has_no_influence():
    head = SoftmaxHead()
    other = np.where(PRESENT[..., None], EMISSIONS, 1e4).astype(np.float32)
    labels = np.where(PRESENT, LABELS, 0)
    for one, two in [
        (head.loss(EMISSIONS, LABELS, LENGTHS), head.loss(other, labels, LENGTHS)),
        (head.decode(EMISSIONS, LENGTHS), head.decode(other, LENGTHS)),
        (head.marginals(EMISSIONS, LENGTHS), head.marginals(other, LENGTHS)),
        *zip(head.nbest(EMISSIONS, LENGTHS, 4), head.nbest(other, LENGTHS, 4)),
    ]:
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("label", [-1, 10**6])
def test_labels_in_the_padding_are_ignored(label):
    labels = np.where(PRESENT, LABELS, label).astype(np.int32)
    emissions = tf.constant(EMISSIONS)
    with tf.GradientTape() as tape:
        tape.watch(emissions)
        loss = SoftmaxHead().loss(emissions, labels, LENGTHS)
    expected = SoftmaxHead().loss(EMISSIONS, LABELS, LENGTHS)
    np.testing.assert_array_equal(loss, expected)
    assert np.isfinite(tape.gradient(loss, emissions)).all()


def test_extreme_emissions_stay_finite():
    head, emissions = SoftmaxHead(), EMISSIONS * 1e4
    assert np.isfinite(head.loss(emissions, LABELS, LENGTHS))
    assert np.isfinite(head.marginals(emissions, LENGTHS)).all()
    assert np.isfinite(head.nbest(emissions, LENGTHS, 2)[1][0]).all()


def test_crf_without_transitions_is_softmax():
    head, layer = SoftmaxHead(), ChainCRF()
    layer(EMISSIONS)
    layer.set_weights([np.zeros((K, K)), np.zeros(K), np.zeros(K)])
    np.testing.assert_allclose(
        layer.marginals(EMISSIONS, LENGTHS),
        head.marginals(EMISSIONS, LENGTHS),
        atol=1e-5,
    )
    np.testing.assert_array_equal(
        layer.decode(EMISSIONS, LENGTHS), head.decode(EMISSIONS, LENGTHS)
    )
    for mine, other in zip(
        layer.nbest(EMISSIONS, LENGTHS, 3), head.nbest(EMISSIONS, LENGTHS, 3)
    ):
        np.testing.assert_allclose(mine, other, atol=1e-5)


@pytest.mark.parametrize("kind", [SoftmaxHead, ChainCRF])
@pytest.mark.parametrize(
    "method", ["loss", "decode", "marginals", "nbest", "distribution"]
)
def test_heads_share_one_interface(kind, method):
    names = [
        list(inspect.signature(getattr(owner, method)).parameters)
        for owner in (kind, Head)
    ]
    assert names[0] == names[1]
