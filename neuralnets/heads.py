"""What turns emissions into labels: one interface for Softmax and CRF.

A head takes the emissions `[B, T, K]` of a task's Keras model and the sentences'
`lengths` `[B]`. It gives a training loss, the best labels, the probability of each
label at each token, the n best label sequences, and the distribution over all of them.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from neuralnets.framework import tf
from neuralnets.keraslayers import crf
from neuralnets.keraslayers.chain import free_chain, near_zero


class Head(Protocol):
    """The interface of all heads; `ChainCRF` is one of them.

    Attributes:
        chain: The scores of labels behind each other; None for a head without.
        temperature: What all scores are divided by where probabilities are asked for.
    """

    chain: crf.Chain | None
    temperature: float

    def loss(
        self, emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor
    ) -> tf.Tensor:
        """Return the loss of a batch, a scalar."""

    def counted(
        self, lengths: np.ndarray | tf.Tensor, allowed: np.ndarray | None = None
    ) -> np.ndarray | tf.Tensor:
        """Return how much each sentence counts in the mean that a loss is, `[B]`.

        Args:
            lengths: `[B]`; without `allowed` it may be a tensor.
            allowed: Of `partial_loss`; None: of the other losses.
        """

    def partial_loss(
        self,
        emissions: tf.Tensor,
        allowed: tf.Tensor,
        lengths: tf.Tensor,
        sentences: tf.Tensor,
        tokens: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Return the loss of a batch of which sets of labels are known, a scalar.

        Where each set holds one label and weights are 1, it equals `loss`.

        Args:
            emissions: `[B, T, K]`.
            allowed: The labels that each token may have, `[B, T, K]` booleans.
            lengths: `[B]`.
            sentences: Their weights, `[B]`.
            tokens: Their weights, `[B, T]`; None: 1.
        """

    def soft_loss(
        self,
        emissions: tf.Tensor,
        labels: tf.Tensor,
        lengths: tf.Tensor,
        pairs: tf.Tensor,
    ) -> tf.Tensor:
        """Return the cross entropy with what another model says, a scalar.

        Args:
            emissions: `[B, T, K]`.
            labels: The other's probabilities, `[B, T, K]`.
            lengths: `[B]`.
            pairs: How often it expects labels behind each other, `[B, K, K]`; heads
                that look at every token on its own do not ask.
        """

    def expected_share(
        self, emissions: tf.Tensor, lengths: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the expected share of tokens with some labels, `[K]` booleans."""

    def decode(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the best labels, `[B, T]`, 0 in the padding."""

    def marginals(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return each label's probability at each token, `[B, T, K]`."""

    def distribution(
        self, emissions: tf.Tensor, temperature: float | tf.Tensor | None = None
    ) -> tuple[tf.Tensor, crf.Chain]:
        """Return emissions and a chain whose paths are the label sequences.

        A path is as probable there as the label sequence is for the head, at the given
        temperature or at its own.
        """

    def nbest(
        self, emissions: tf.Tensor, lengths: tf.Tensor, n: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the `n` best paths `[B, n, T]` and log-probabilities `[B, n]`."""


class SoftmaxHead:
    """Every token on its own: the emissions are logits."""

    chain = None
    temperature = 1.0

    def loss(
        self, emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean cross entropy of the tokens."""
        present = tf.sequence_mask(lengths, tf.shape(emissions)[1])
        labels = tf.where(present, labels, 0)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, emissions)
        total = tf.reduce_sum(tf.where(present, losses, 0.0))
        return total / tf.cast(tf.reduce_sum(lengths), tf.float32)

    def counted(
        self, lengths: np.ndarray | tf.Tensor, allowed: np.ndarray | None = None
    ) -> np.ndarray | tf.Tensor:
        """Return the number of tokens of which something is known."""
        if allowed is None:
            return lengths
        present = np.arange(allowed.shape[1]) < lengths[:, None]
        return (present & ~allowed.all(2)).sum(1)

    def partial_loss(
        self,
        emissions: tf.Tensor,
        allowed: tf.Tensor,
        lengths: tf.Tensor,
        sentences: tf.Tensor,
        tokens: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Return the mean over the tokens of which something is known."""
        present = tf.sequence_mask(lengths, tf.shape(emissions)[1])
        known = present & ~tf.reduce_all(allowed, 2)
        # Elsewhere nothing may become infinite.
        allowed |= ~known[..., None]
        every = tf.reduce_logsumexp(emissions, 2)
        some = tf.reduce_logsumexp(tf.where(allowed, emissions, float("-inf")), 2)
        losses = (every - some) * sentences[:, None]
        if tokens is not None:
            losses *= tokens
        count = tf.reduce_sum(tf.cast(known, tf.float32))
        total = tf.reduce_sum(tf.where(known, losses, 0.0))
        return total / tf.maximum(count, 1.0)

    def soft_loss(
        self,
        emissions: tf.Tensor,
        labels: tf.Tensor,
        lengths: tf.Tensor,
        pairs: tf.Tensor,
    ) -> tf.Tensor:
        """Return the mean cross entropy of the tokens; pairs are of no use here."""
        present = tf.sequence_mask(lengths, tf.shape(emissions)[1])
        labels = tf.where(present[..., None], labels, 0.0)
        losses = tf.nn.softmax_cross_entropy_with_logits(labels, emissions)
        total = tf.reduce_sum(tf.where(present, losses, 0.0))
        return total / tf.cast(tf.reduce_sum(lengths), tf.float32)

    def expected_share(
        self, emissions: tf.Tensor, lengths: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean probability of the labels over the tokens."""
        there = tf.sequence_mask(lengths, tf.shape(emissions)[1])[..., None] & labels
        found = tf.reduce_sum(tf.where(there, tf.nn.softmax(emissions), 0.0))
        return found / tf.cast(tf.reduce_sum(lengths), tf.float32)

    def decode(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the best label of each token."""
        present = tf.sequence_mask(lengths, tf.shape(emissions)[1])
        return tf.where(present, tf.argmax(emissions, 2, tf.int32), 0)

    def marginals(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the softmax of the emissions."""
        present = tf.sequence_mask(lengths, tf.shape(emissions)[1])
        probabilities = tf.nn.softmax(near_zero(emissions) / self.temperature)
        return tf.where(present[..., None], probabilities, 0.0)

    def distribution(
        self, emissions: tf.Tensor, temperature: float | tf.Tensor | None = None
    ) -> tuple[tf.Tensor, crf.Chain]:
        """Return the log-probabilities, and a chain without transitions."""
        own = self.temperature if temperature is None else temperature
        logs = tf.nn.log_softmax(near_zero(emissions) / own)
        return logs, free_chain(tf.shape(emissions)[2])

    def nbest(
        self, emissions: tf.Tensor, lengths: tf.Tensor, n: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the `n` best sequences: those of a CRF without transitions."""
        emissions, chain = self.distribution(emissions)
        return crf.nbest(emissions, lengths, chain, n)
