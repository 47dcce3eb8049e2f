"""The best score with which each label can be reached from the labels before it.

With `K` labels there are `K * K` transitions. With thousands of labels, to add them up
for every sentence and token takes gigabytes and most of the time of tagging. Few
previous labels can win, though: those with good scores. They are tried first, and what
the others could reach at best says whether that was enough.
"""

from __future__ import annotations

from typing import Callable

from neuralnets.framework import tf

# From so many labels on, the other way is the quicker one.
MANY = 256
CANDIDATES = 32

Step = Callable[[tf.Tensor], tf.Tensor]


def best_previous(transitions: tf.Tensor) -> Step:
    """Return a function from scores `[B, K]` to the best ones one step on, `[B, K]`.

    Args:
        transitions: `[K, K]`, from previous (row) to next label (column).
    """
    labels = transitions.shape[0]
    if labels is None or labels < MANY:
        return lambda best: tf.reduce_max(best[:, :, None] + transitions, axis=1)
    most = tf.reduce_max(transitions, 0)

    def from_all(scores: tf.Tensor) -> tf.Tensor:  # [K] -> [K]
        return tf.reduce_max(scores[:, None] + transitions, axis=0)

    def step(best: tf.Tensor) -> tf.Tensor:
        values, candidates = tf.math.top_k(best, CANDIDATES + 1)  # [B, candidates]
        ways = values[:, :-1, None] + tf.gather(transitions, candidates[:, :-1])
        found = tf.reduce_max(ways, axis=1)  # [B, K]
        # Rounding keeps the order of sums, so the result is the same to the bit.
        unsure = tf.reduce_any(values[:, -1:] + most > found, axis=1)
        where = tf.where(unsure)  # [sentences, 1]

        def mended() -> tf.Tensor:
            exact = tf.map_fn(from_all, tf.gather(best, where[:, 0]))
            return tf.tensor_scatter_nd_update(found, where, exact)

        return tf.cond(tf.reduce_any(unsure), mended, lambda: found)

    return step
