"""A chain as a Markov chain: of each label, how probable each next one is.

TensorFlow derives the gradients here, through every step: it takes longer than the sums
by hand (`sums.py`), and can be used where those do not lead.

The scores are `[T, B, K]`, time first, those of the ends included; for the other shapes
and the parameters see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers import messages
from neuralnets.keraslayers.chain import time_mask

# In place of minus infinity, whose gradients are no numbers: e^-10,000 is 0.
HARDLY = -1e4


def chain(
    scores: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return what `step` takes: scores with all that follows them, and transitions.

    Args:
        scores: `[T, B, K]`.
        lengths: `[B]`.
        transitions: `[K, K]`.
    """
    present = time_mask(scores, lengths)
    scores = tf.where(present[..., None], tf.maximum(scores, HARDLY), 0.0)
    transitions = tf.maximum(transitions, HARDLY)
    nothing = tf.zeros_like(scores[:1])
    following = tf.concat([scores[1:], nothing], 0)
    goes_on = tf.concat([present[1:], tf.zeros_like(present[:1])], 0)

    def backward(behind, given):
        score, on = given
        arriving = transitions + (score + behind)[:, None]  # [B, K, K]
        behind = messages.log_scaled(tf.reduce_logsumexp(arriving, 2))
        return tf.where(on[:, None], behind, 0.0)

    behind = tf.scan(backward, (following, goes_on), nothing[0], reverse=True)
    return scores + behind, transitions


def step(
    before: tf.Tensor, ahead: tf.Tensor, transitions: tf.Tensor, first: tf.Tensor
) -> tf.Tensor:
    """Return the log-probabilities of a token's labels, `[B, K]`.

    Args:
        before: Those of the token before it, `[B, K]`; of none, anything finite.
        ahead, transitions: What `chain` returned, of this token.
        first: Whether there is none before it, a scalar.
    """
    # Not a step of its own: `scan` cannot go over no tokens at all.
    ways = tf.nn.log_softmax(transitions + ahead[:, None])
    found = tf.reduce_logsumexp(before[..., None] + ways, 1)
    return tf.where(first, tf.nn.log_softmax(ahead), found)


def firsts(ahead: tf.Tensor) -> tf.Tensor:
    """Return which tokens are the first ones, `[T]`."""
    return tf.equal(tf.range(tf.shape(ahead)[0]), 0)


def marginals(
    scores: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
) -> tf.Tensor:
    """Return the probability of each label at each token, `[T, B, K]`.

    What stands in the padding means nothing.
    """
    ahead, transitions = chain(scores, lengths, transitions)

    def forward(before, given):
        here, first = given
        return step(before, here, transitions, first)

    given = ahead, firsts(ahead)
    return tf.exp(tf.scan(forward, given, tf.zeros_like(ahead[0])))
