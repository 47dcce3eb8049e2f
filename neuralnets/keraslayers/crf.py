"""The linear-chain CRF as pure functions (Lafferty et al. 2001), in float32.

Shapes and parameters: see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers import messages
from neuralnets.keraslayers.best_paths import nbest, viterbi
from neuralnets.keraslayers.chain import (
    Chain,
    by_time,
    mask,
    of_pairs,
    time_mask,
    with_ends,
)

__all__ = [
    "Chain",
    "log_partition",
    "marginals",
    "nbest",
    "negative_log_likelihood",
    "path_score",
    "viterbi",
]

# Powers of e up to this one may be summed over many tokens in float32.
_MOST = 75.0
# Up to this power of e, a product of rounded probabilities is exact enough.
_SAFE = 40.0


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
    present = mask(emissions, lengths)  # [B, T]
    labels = tf.where(present, labels, 0)
    scores = tf.gather(with_ends(emissions, lengths, chain), labels, batch_dims=2)
    steps = of_pairs(chain.transitions, labels[:, :-1], labels[:, 1:])
    return tf.reduce_sum(tf.where(present, scores, 0.0), 1) + tf.reduce_sum(
        tf.where(present[:, 1:], steps, 0.0), 1
    )


def log_partition(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the log of the sum over all paths of the exponentiated score, `[B]`."""
    return _log_partition(
        by_time(emissions, lengths, chain),
        time_mask(emissions, lengths),
        tf.convert_to_tensor(chain.transitions),
    )


def marginals(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the probability of each label at each token, `[B, T, K]`; 0 in padding."""
    scores = by_time(emissions, lengths, chain)
    present = time_mask(emissions, lengths)
    # Small numbers round less.
    scores -= tf.reduce_max(scores, 2, keepdims=True)
    factors = messages.exact_factors(tf.convert_to_tensor(chain.transitions))
    alphas, _ = messages.forward(scores, present, factors)
    betas = messages.backward(scores, present, factors)
    probabilities = tf.nn.softmax(alphas + betas)
    return tf.transpose(tf.where(present[..., None], probabilities, 0.0), [1, 0, 2])


@tf.custom_gradient
def _log_partition(scores, present, transitions):
    """Return the log-partition `[B]` of scores `[T, B, K]`; differentiable once."""
    forbids = tf.reduce_any(tf.math.is_inf(transitions))
    quick, exact = (
        messages.quick_factors(transitions),
        messages.exact_factors(transitions),
    )

    def choose(function):
        return tf.cond(forbids, lambda: function(exact), lambda: function(quick))

    alphas, partition = choose(lambda f: messages.forward(scores, present, f))

    def gradient(d_partition):
        betas = choose(lambda f: messages.backward(scores, present, f))
        d_scores = tf.exp(alphas + betas - partition[:, None])
        d_scores = tf.where(present[..., None], d_scores, 0.0) * d_partition[:, None]
        # Paths up to each token but the last, and from each one but the first.
        pair = alphas[:-1], scores[1:] + betas[1:]
        weight = tf.where(present[1:], d_partition, 0.0)
        pairs = choose(lambda f: _transitions(*pair, f, partition, weight))
        return d_scores, None, pairs

    return partition, gradient


def _transitions(before, after, factors, partition, weight):
    """Return the expected count of each transition, `[K, K]`, weighted `[T - 1, B]`.

    With rows scaled to a maximum of 1 it is one product over all tokens.
    """
    labels = tf.shape(before)[2]
    most_before = tf.reduce_max(before, 2, keepdims=True)
    most_after = tf.reduce_max(after, 2, keepdims=True)
    power = most_before + most_after + factors.shift - partition[:, None]

    def product():
        # Where the two likeliest labels must not meet, the factor could be infinite.
        factor = tf.exp(tf.minimum(power, _MOST)) * weight[..., None]
        factor = tf.where(weight[..., None] == 0, 0.0, factor)
        pairs = tf.matmul(
            tf.reshape(tf.exp(before - most_before) * factor, [-1, labels]),
            tf.reshape(tf.exp(after - most_after), [-1, labels]),
            transpose_a=True,
        )
        return pairs * factors.values

    def one_by_one():
        def body(t, total):
            logs = before[t][:, :, None] + after[t][:, None] + factors.logs
            logs += factors.shift - partition[:, None, None]
            counts = tf.exp(tf.minimum(logs, 0.0)) * weight[t][:, None, None]
            return t + 1, total + tf.reduce_sum(counts, 0)

        start = (0, tf.zeros_like(factors.values))
        return tf.while_loop(lambda t, _: t < tf.shape(before)[0], body, start)[1]

    if factors.logs is None:
        return product()
    too_large = tf.reduce_any((power > _SAFE) & (weight[..., None] != 0))
    return tf.cond(too_large, one_by_one, product)
