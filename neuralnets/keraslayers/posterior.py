"""How probable the labels of a sentence are: the sequence, each label, each span.

A chain defines a probability for every label sequence of a sentence. One sequence is
looked at here, mostly the best one, and all scores are relative to it: its own is 0.
What is left to add up is small then. All sums are scaled token by token, so that
float32 rounds little in long sentences, too.

Shapes and parameters: see `chain.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from neuralnets.framework import tf
from neuralnets.keraslayers import messages, sums
from neuralnets.keraslayers.best_paths import nbest
from neuralnets.keraslayers.chain import (
    Chain,
    by_time,
    free_chain,
    near_zero,
    of_pairs,
    tensor_list,
    time_mask,
    total,
)
from neuralnets.keraslayers.parts import Reading

_NEVER = float("-inf")


class Posterior(NamedTuple):
    """What is known of all label sequences of a batch, relative to one of them.

    Attributes:
        labels: The sequence, `[T, B]`.
        scores: The score of each label at each token, `[T, B, K]`.
        upto: Log of the sums over the paths up to each token, `[T, B, K]`; their
            exponentials add up to 1.
        growth: Log of what they were divided by, `[T, B]`.
        behind: Log of the sums over the paths behind each token, `[T, B, K]`.
        onward: The same from each token on; their exponentials add up to 1.
        lengths: `[B]`.
        transitions: `[K, K]`; the largest is 0.
    """

    labels: tf.Tensor
    scores: tf.Tensor
    upto: tf.Tensor
    growth: tf.Tensor
    behind: tf.Tensor
    onward: tf.Tensor
    lengths: tf.Tensor
    transitions: tf.Tensor

    @property
    def partition(self) -> tf.Tensor:
        """Log of the sum over all label sequences, `[B]`."""
        return total(
            tf.where(time_mask(self.scores, self.lengths), self.growth, 0.0), 0
        )


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
        shown: Tokens of each sentence that matter, at least one does, `[B]`. Whatever
            labels the rest have: their probabilities are added up.
        chain: The transition, start and end scores.
    """
    shown = tf.maximum(shown, 1)
    transitions = chain.transitions - messages.shift_of(chain.transitions)
    emissions = near_zero(emissions)
    scores = by_time(emissions, lengths, chain)
    present = time_mask(scores, lengths)
    labels = tf.where(present, tf.transpose(labels), 0)
    # Scores and transitions one after the other: then its own path is exactly 0.
    scores -= tf.where(present, _of_labels(scores, labels), 0.0)[..., None]
    steps = tf.pad(of_pairs(transitions, labels[:-1], labels[1:]), [[1, 0], [0, 0]])
    scores -= tf.where(present, steps, 0.0)[..., None]
    before, behind = sums.log_messages(
        scores, lengths, messages.factors_of(transitions)
    )
    # The last token that is shown takes over the sums of those behind it.
    last = tf.equal(tf.range(tf.shape(scores)[0])[:, None], shown - 1)  # [T, B]
    rest = behind - _of_labels(behind, labels)[..., None]
    scores += tf.where(last[..., None], rest, 0.0)
    behind = tf.where(last[..., None], 0.0, behind)
    upto = before + scores
    return Posterior(
        labels=labels,
        scores=scores,
        upto=messages.log_scaled(upto),
        growth=tf.reduce_logsumexp(upto, 2),
        behind=behind,
        onward=messages.log_scaled(behind + scores),
        lengths=shown,
        transitions=transitions,
    )


def sequence_probabilities(given: Posterior) -> tf.Tensor:
    """Return the probability of the whole label sequence, `[B]`."""
    return _probability(-given.partition)


def token_probabilities(given: Posterior) -> tf.Tensor:
    """Return the probability of each label of the sequence at its token, `[B, T]`."""
    marginals = tf.nn.softmax(given.upto + given.behind)
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
    # Scaled like the paths up to each token, of which those with the span are some.
    scores, upto = given.scores - given.growth[..., None], given.upto
    ways_on = tf.where(reading.continues, given.transitions, _NEVER)
    ways_in = tf.where(reading.continues, _NEVER, given.transitions)
    inside, entering = map(messages.factors_of, (ways_on, ways_in))
    leaving = messages.transposed(entering)
    steps = tf.shape(scores)[0]
    types = tf.gather(reading.types, given.labels)  # [T, B]
    fitting = tf.equal(types[..., None], reading.types)  # [T, B, K]
    following = tf.concat([given.onward[1:], tf.zeros_like(scores[:1])], 0)
    every = tf.reduce_logsumexp(upto + given.behind, 2)  # [T, B]
    last = tf.equal(tf.range(steps)[:, None], given.lengths - 1)[..., None]

    def at(values, t):
        return tf.gather(values, t)  # quicker than a slice

    def write(t, span, found):
        after = messages.step(at(following, t), leaving)
        after = tf.where(at(last, t), 0.0, after)
        return found.write(t, tf.reduce_logsumexp(span + after, 1) - at(every, t))

    def body(t, span, found):
        local = at(scores, t)
        begun = messages.step(at(upto, t - 1), entering) + local
        begun = tf.where(at(fitting, t), begun, _NEVER)
        gone_on = messages.step(span, inside) + local
        span = tf.where(at(starts, t)[:, None], begun, gone_on)
        return t + 1, span, write(t, span, found)

    span = tf.where(fitting[0] & starts[0][:, None], scores[0], _NEVER)
    found = write(0, span, tensor_list(steps, [None]))
    *_, found = tf.while_loop(lambda t, *_: t < steps, body, (1, span, found))
    logs = tf.where(ends, found.stack(), _NEVER)
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
