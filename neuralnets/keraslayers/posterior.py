"""How probable the labels of a sentence are: the sequence, each label, each span.

A chain defines a probability for every label sequence of a sentence. One sequence is
looked at here, mostly the best one, and all scores are relative to it: its own is 0.
What is left to add up is small then, and float32 rounds little in long sentences, too.

Shapes and parameters: see `chain.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neuralnets.framework import tf
from neuralnets.keraslayers import messages
from neuralnets.keraslayers.best_paths import nbest
from neuralnets.keraslayers.chain import (
    Chain,
    by_time,
    free_chain,
    of_pairs,
    tensor_list,
)

_NEVER = float("-inf")


class Reading(NamedTuple):
    """How spans are read from labels.

    Attributes:
        continues: Whether a label (column) belongs to the span of the one before it
            (row), `[K, K]` booleans.
        types: The number of each label's type, -1 for a label outside, `[K]` int32.
        names: The name of each type, strings.
    """

    continues: np.ndarray
    types: np.ndarray
    names: np.ndarray


class Posterior(NamedTuple):
    """What is known of all label sequences of a batch, relative to one of them.

    Attributes:
        labels: The sequence, `[T, B]`.
        scores: The score of each label at each token, `[T, B, K]`.
        alphas, betas: Log of the sums over the paths up to and behind it, `[T, B, K]`.
        partition: Log of the sum over all paths, `[B]`.
        lengths: `[B]`.
        transitions: `[K, K]`.
    """

    labels: tf.Tensor
    scores: tf.Tensor
    alphas: tf.Tensor
    betas: tf.Tensor
    partition: tf.Tensor
    lengths: tf.Tensor
    transitions: tf.Tensor


def posterior(
    labels: tf.Tensor,
    emissions: tf.Tensor,
    lengths: tf.Tensor,
    shown: tf.Tensor,
    chain: Chain,
) -> Posterior:
    """Add up the label sequences of each sentence.

    Args:
        labels: A label sequence of each sentence that is not forbidden, `[B, T]`.
        emissions: `[B, T, K]`.
        lengths: `[B]`.
        shown: Tokens of each sentence that matter, 1 to its length, `[B]`. Whatever
            labels the rest have: their probabilities are added up.
        chain: The transition, start and end scores.
    """
    transitions = tf.convert_to_tensor(chain.transitions)
    scores = by_time(emissions, lengths, chain)
    steps = tf.shape(scores)[0]
    present = tf.transpose(tf.sequence_mask(lengths, steps))
    labels = tf.where(present, tf.transpose(labels), 0)
    own = _of_labels(scores, labels)
    own += tf.pad(of_pairs(transitions, labels[:-1], labels[1:]), [[1, 0], [0, 0]])
    scores -= tf.where(present, own, 0.0)[..., None]
    factors = messages.exact_factors(transitions)
    alphas, partition = messages.forward(scores, present, factors)
    betas = messages.backward(scores, present, factors)
    # The last token that is shown takes over the sums of those behind it.
    last = tf.equal(tf.range(steps)[:, None], shown - 1)  # [T, B]
    rest = tf.where(last[..., None], betas, 0.0)
    own = tf.reduce_sum(tf.where(last, _of_labels(rest, labels), 0.0), 0)  # [B]
    rest = tf.where(last[..., None], rest - own[:, None], 0.0)
    scores, alphas, partition = scores + rest, alphas + rest, partition - own
    betas = tf.where(last[..., None], 0.0, betas - own[:, None])
    return Posterior(labels, scores, alphas, betas, partition, shown, transitions)


def sequence_probabilities(given: Posterior) -> tf.Tensor:
    """Return the probability of the whole label sequence, `[B]`."""
    return _probability(-given.partition)


def token_probabilities(given: Posterior) -> tf.Tensor:
    """Return the probability of each label of the sequence at its token, `[B, T]`."""
    marginals = tf.nn.softmax(given.alphas + given.betas)
    return tf.transpose(_of_labels(marginals, given.labels))


def span_probabilities(
    given: Posterior, reading: Reading
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Find the spans of the label sequence and their probabilities.

    A span's probability is that of all label sequences with exactly this span: they
    enter it at its first token, go on in it, and leave it behind its last one.

    Returns:
        Where spans begin and where they end, `[B, T]` booleans, and at the end of each
        span its probability, `[B, T]`.
    """
    starts, ends = _borders(given, reading)
    scores, alphas = given.scores, given.alphas
    ways_on = tf.where(reading.continues, given.transitions, _NEVER)
    ways_in = tf.where(reading.continues, _NEVER, given.transitions)
    inside, entering = map(messages.exact_factors, (ways_on, ways_in))
    leaving = messages.transposed(entering)
    steps = tf.shape(scores)[0]
    types = tf.gather(reading.types, given.labels)  # [T, B]
    fitting = tf.equal(types[..., None], reading.types)  # [T, B, K]
    behind = tf.concat([scores[1:] + given.betas[1:], tf.zeros_like(scores[:1])], 0)
    last = tf.equal(tf.range(steps)[:, None], given.lengths - 1)[..., None]

    def write(t, span, found):
        after = tf.where(last[t], 0.0, messages.step(behind[t], leaving))
        return found.write(t, tf.reduce_logsumexp(span + after, 1))

    def body(t, span, found):
        begun = messages.step(alphas[t - 1], entering) + scores[t]
        begun = tf.where(fitting[t], begun, _NEVER)
        gone_on = messages.step(span, inside) + scores[t]
        span = tf.where(starts[t][:, None], begun, gone_on)
        return t + 1, span, write(t, span, found)

    span = tf.where(fitting[0] & starts[0][:, None], scores[0], _NEVER)
    found = write(0, span, tensor_list(steps, [None]))
    *_, found = tf.while_loop(lambda t, *_: t < steps, body, (1, span, found))
    logs = tf.where(ends, found.stack() - given.partition, _NEVER)
    return tuple(map(tf.transpose, (starts, ends, _probability(logs))))


def alternatives(given: Posterior, n: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the `n` best paths `[B, n, T]` and their probabilities `[B, n]`.

    Where a sentence has fewer than `n` paths, the rest have the probability 0.
    """
    free = free_chain(given.scores.shape[2])
    paths, scores = nbest(
        tf.transpose(given.scores, [1, 0, 2]),
        given.lengths,
        free._replace(transitions=given.transitions),
        n,
    )
    return paths, _probability(scores - given.partition[:, None])


def _borders(given: Posterior, reading: Reading) -> tuple[tf.Tensor, tf.Tensor]:
    """Return at which tokens spans begin and end, `[T, B]`."""
    labels = given.labels
    present = tf.transpose(tf.sequence_mask(given.lengths, tf.shape(labels)[0]))
    inside = present & (tf.gather(reading.types, labels) >= 0)
    continues = tf.convert_to_tensor(reading.continues)
    going_on = of_pairs(continues, labels[:-1], labels[1:]) & present[1:]
    nowhere = tf.zeros_like(present[:1])
    return (
        inside & ~tf.concat([nowhere, going_on], 0),
        inside & ~tf.concat([going_on, nowhere], 0),
    )


def _of_labels(values: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the values `[T, B, K]` of the labels `[T, B]`."""
    return tf.gather(values, labels, batch_dims=2)


def _probability(logs: tf.Tensor) -> tf.Tensor:
    """Return the probabilities; rounding must not lift them above 1."""
    return tf.exp(tf.minimum(logs, 0.0))
