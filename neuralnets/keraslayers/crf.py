"""The linear-chain CRF as pure functions (Lafferty et al. 2001), in float32.

Shapes: `B` sentences, `T` tokens, `K` labels. A sentence's score of a label path is
the sum of its emissions, of the transitions between neighbours, and of the start and
end scores of its first and last label. Every function takes

    emissions    [B, T, K]  score of each label at each token
    lengths      [B]        tokens of each sentence, 1 to T; what follows is padding
    transitions  [K, K]     score from one label (row) to the next (column)
    start, end   [K]        score of the first and of the last label

A score of minus infinity forbids a label or a transition.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

# Transitions below e^-69 of the best count as e^-69, unless they are forbidden.
_LEAST = 1e-30
# Powers of e up to this one may be summed over many tokens in float32.
_MOST = 75.0


class Chain(NamedTuple):
    """The parameters that all sentences share."""

    transitions: tf.Tensor  # [K, K]
    start: tf.Tensor  # [K]
    end: tf.Tensor  # [K]


def negative_log_likelihood(
    emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tf.Tensor:
    """Return minus the log-probability of each sentence's label path, `[B]`.

    Its gradient with respect to the emissions is the marginals minus the one-hot
    labels.

    Args:
        emissions: `[B, T, K]`.
        labels: `[B, T]` integers; what stands in the padding is ignored.
        lengths: `[B]`.
        chain: The transition, start and end scores.
    """
    return log_partition(emissions, lengths, chain) - path_score(
        emissions, labels, lengths, chain
    )


def path_score(
    emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tf.Tensor:
    """Return the score of each sentence's label path, `[B]`."""
    present = _mask(emissions, lengths)  # [B, T]
    labels = tf.where(present, labels, 0)
    scores = tf.gather(_with_ends(emissions, lengths, chain), labels, batch_dims=2)
    # One index into the flattened matrix is far faster than a pair of them.
    count = tf.cast(tf.shape(chain.transitions)[0], labels.dtype)
    steps = tf.gather(
        tf.reshape(chain.transitions, [-1]), labels[:, :-1] * count + labels[:, 1:]
    )
    return tf.reduce_sum(tf.where(present, scores, 0.0), 1) + tf.reduce_sum(
        tf.where(present[:, 1:], steps, 0.0), 1
    )


def log_partition(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the log of the sum over all paths of the exponentiated score, `[B]`."""
    scores = tf.transpose(_with_ends(emissions, lengths, chain), [1, 0, 2])
    return _log_partition(
        scores, _time_mask(emissions, lengths), tf.convert_to_tensor(chain.transitions)
    )


def marginals(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the probability of each label at each token, `[B, T, K]`; 0 in padding."""
    scores = tf.transpose(_with_ends(emissions, lengths, chain), [1, 0, 2])
    present = _time_mask(emissions, lengths)
    factors, shift = _factors(chain.transitions)
    alphas, partition = _forward(scores, present, factors, shift)
    betas = _backward(scores, present, factors, shift)
    return tf.transpose(_marginals(alphas, betas, partition, present), [1, 0, 2])


def viterbi(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the best path of each sentence `[B, T]` and its score `[B]`.

    Labels in the padding are 0.
    """
    scores = tf.transpose(_with_ends(emissions, lengths, chain), [1, 0, 2])
    present = _time_mask(emissions, lengths)  # [T, B]
    steps = tf.shape(scores)[0]
    into = tf.transpose(chain.transitions)  # [K, K], from next to previous label

    def forward(t, best, history):
        following = tf.reduce_max(best[:, None, :] + into, axis=2) + scores[t]
        best = tf.where(present[t][:, None], following, best)  # [B, K]
        return t + 1, best, history.write(t, best)

    history = _list(steps, [None, scores.shape[2]]).write(0, scores[0])
    _, best, history = tf.while_loop(
        lambda t, *_: t < steps, forward, (1, scores[0], history)
    )
    history = history.stack()  # [T, B, K]
    last = tf.argmax(best, 1, tf.int32)

    # The way back looks only at the predecessors of the label that was chosen.
    def backward(t, label, path):
        path = path.write(t, label)
        before = tf.argmax(history[t - 1] + tf.gather(into, label), 1, tf.int32)
        return t - 1, tf.where(present[t], before, label), path

    path = tf.TensorArray(tf.int32, size=steps, element_shape=[None])
    _, first, path = tf.while_loop(
        lambda t, *_: t > 0, backward, (steps - 1, last, path)
    )
    labels = tf.transpose(path.write(0, first).stack())
    labels = tf.where(_mask(emissions, lengths), labels, 0)
    return labels, tf.reduce_max(best, 1)


def nbest(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain, n: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the `n` best paths `[B, n, T]` and their scores `[B, n]`, best first.

    Where a sentence has fewer than `n` paths, the rest score minus infinity.
    """
    scores = tf.transpose(_with_ends(emissions, lengths, chain), [1, 0, 2])
    present = _time_mask(emissions, lengths)
    steps, batch = tf.shape(scores)[0], tf.shape(scores)[1]
    labels = scores.shape[2]
    into = tf.transpose(chain.transitions)[None, :, None, :]  # [1, next, 1, previous]

    # Hypotheses stand as [B, n, K]: the n best paths that end in each label.
    best = tf.concat(
        [scores[0][:, None], tf.fill([batch, n - 1, labels], float("-inf"))], 1
    )

    def forward(t, best, pointers):
        candidates = tf.reshape(best[:, None] + into, [batch, labels, n * labels])
        values, where = tf.math.top_k(candidates, n)  # [B, next, n]
        values = tf.transpose(values, [0, 2, 1]) + scores[t][:, None]
        where = tf.transpose(where, [0, 2, 1])
        here = present[t][:, None, None]
        stay = tf.broadcast_to(
            tf.reshape(tf.range(n * labels), [1, n, labels]), tf.shape(where)
        )
        pointers = pointers.write(t, tf.where(here, where, stay))
        return t + 1, tf.where(here, values, best), pointers

    pointers = tf.TensorArray(tf.int32, size=steps, element_shape=[None, n, labels])
    pointers = pointers.write(0, tf.zeros([batch, n, labels], tf.int32))
    _, best, pointers = tf.while_loop(
        lambda t, *_: t < steps, forward, (1, best, pointers)
    )
    flat = tf.reshape(pointers.stack(), [steps, batch, n * labels])
    values, state = tf.math.top_k(tf.reshape(best, [batch, n * labels]), n)

    def backward(t, state, path):
        path = path.write(t, state % labels)
        return t - 1, tf.gather(flat[t], state, batch_dims=1), path

    path = tf.TensorArray(tf.int32, size=steps, element_shape=[None, n])
    _, state, path = tf.while_loop(
        lambda t, *_: t > 0, backward, (steps - 1, state, path)
    )
    paths = tf.transpose(path.write(0, state % labels).stack(), [1, 2, 0])
    return tf.where(_mask(emissions, lengths)[:, None], paths, 0), values


@tf.custom_gradient
def _log_partition(scores, present, transitions):
    """Return the log-partition `[B]` of scores `[T, B, K]`; differentiable once."""
    factors, shift = _factors(transitions)
    alphas, partition = _forward(scores, present, factors, shift)

    def gradient(d_partition):
        betas = _backward(scores, present, factors, shift)
        d_scores = _marginals(alphas, betas, partition, present)
        # Expected count of each transition: with rows scaled to a maximum of 1 it is
        # one product over all tokens.  [T - 1, B, K] each
        before, after = alphas[:-1], scores[1:] + betas[1:]
        most_before = tf.reduce_max(before, 2, keepdims=True)
        most_after = tf.reduce_max(after, 2, keepdims=True)
        # Where the two likeliest labels must not meet, the weight could be infinite.
        weight = most_before + most_after + shift - partition[:, None]
        weight = tf.exp(tf.minimum(weight, _MOST)) * d_partition[:, None]
        weight = tf.where(present[1:, :, None], weight, 0.0)
        labels = tf.shape(scores)[2]
        pairs = tf.matmul(
            tf.reshape(tf.exp(before - most_before) * weight, [-1, labels]),
            tf.reshape(tf.exp(after - most_after), [-1, labels]),
            transpose_a=True,
        )
        return d_scores * d_partition[:, None], None, pairs * factors

    return partition, gradient


def _forward(scores, present, factors, shift):
    """Return the log of the sums over paths up to each token, and over all of them.

    A step is a matrix product of probabilities, `log(exp(a - max) @ factors)`.
    """
    steps = tf.shape(scores)[0]

    def step(t, a, alphas):
        most = tf.reduce_max(a, 1, keepdims=True)
        following = tf.math.log(tf.matmul(tf.exp(a - most), factors))
        following += most + shift + scores[t]
        a = tf.where(present[t][:, None], following, a)
        return t + 1, a, alphas.write(t, a)

    alphas = _list(steps, [None, scores.shape[2]]).write(0, scores[0])
    _, last, alphas = tf.while_loop(
        lambda t, *_: t < steps, step, (1, scores[0], alphas)
    )
    return alphas.stack(), tf.reduce_logsumexp(last, 1)


def _backward(scores, present, factors, shift):
    """Return the log of the sums over paths that follow each token, `[T, B, K]`."""
    steps = tf.shape(scores)[0]
    transposed = tf.transpose(factors)
    zeros = tf.zeros_like(scores[0])

    def step(t, b, betas):
        following = scores[t] + b
        most = tf.reduce_max(following, 1, keepdims=True)
        before = tf.math.log(tf.matmul(tf.exp(following - most), transposed))
        b = tf.where(present[t][:, None], before + most + shift, b)
        return t - 1, b, betas.write(t - 1, b)

    betas = _list(steps, [None, scores.shape[2]]).write(steps - 1, zeros)
    *_, betas = tf.while_loop(lambda t, *_: t > 0, step, (steps - 1, zeros, betas))
    return betas.stack()


def _marginals(alphas, betas, partition, present):
    probabilities = tf.exp(alphas + betas - partition[:, None])
    return tf.where(present[..., None], probabilities, 0.0)


def _factors(transitions):
    """Return the exponentiated transitions, scaled to at most 1, and the scale."""
    transitions = tf.convert_to_tensor(transitions)
    shift = tf.reduce_max(transitions)
    factors = tf.maximum(tf.exp(transitions - shift), _LEAST)
    return tf.where(tf.math.is_inf(transitions), 0.0, factors), shift


def _with_ends(emissions, lengths, chain):
    """Add the start scores to the first and the end scores to the last token."""
    tokens = tf.shape(emissions)[1]
    first = tf.one_hot(0, tokens)[None, :, None]
    last = tf.equal(tf.range(tokens), lengths[:, None] - 1)[:, :, None]
    # `where` and not a product: the scores may be infinite.
    return (
        emissions
        + tf.where(first > 0, chain.start, 0.0)
        + tf.where(last, chain.end, 0.0)
    )


def _mask(emissions, lengths):
    return tf.sequence_mask(lengths, tf.shape(emissions)[1])  # [B, T]


def _time_mask(emissions, lengths):
    return tf.transpose(_mask(emissions, lengths))  # [T, B]


def _list(steps, shape):
    return tf.TensorArray(tf.float32, size=steps, element_shape=shape)
