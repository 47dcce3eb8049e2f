"""The best label paths of chains (Viterbi): the best one, and the n best.

Shapes and parameters: see `chain.py`.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.best_previous import best_previous
from neuralnets.keraslayers.chain import (
    Chain,
    by_time,
    mask,
    near_zero,
    of_pairs,
    path_score,
    tensor_list,
    time_mask,
)


def viterbi(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the best path of each sentence `[B, T]` and its score `[B]`.

    Labels in the padding are 0.
    """
    scores = by_time(near_zero(emissions), lengths, chain)
    present = time_mask(scores, lengths)  # [T, B]
    steps = tf.shape(scores)[0]
    into = tf.transpose(chain.transitions)  # [K, K], from next to previous label
    step = best_previous(chain.transitions)

    def forward(t, best, history):
        # Near zero, float32 sees small differences behind thousands of tokens, too.
        best -= tf.reduce_max(best, 1, keepdims=True)
        # `gather` is quicker than a slice.
        following = step(best) + tf.gather(scores, t)
        best = tf.where(tf.gather(present, t)[:, None], following, best)  # [B, K]
        return t + 1, best, history.write(t, best)

    history = tensor_list(steps, [None, scores.shape[2]]).write(0, scores[0])
    _, best, history = tf.while_loop(
        lambda t, *_: t < steps, forward, (1, scores[0], history)
    )
    history = history.stack()  # [T, B, K]
    last = tf.argmax(best, 1, tf.int32)

    # The way back looks only at the predecessors of the label that was chosen.
    def backward(t, label, path):
        path = path.write(t, label)
        before = tf.gather(history, t - 1) + tf.gather(into, label)
        before = tf.argmax(before, 1, tf.int32)
        return t - 1, tf.where(tf.gather(present, t), before, label), path

    path = tf.TensorArray(tf.int32, size=steps, element_shape=[None])
    _, first, path = tf.while_loop(
        lambda t, *_: t > 0, backward, (steps - 1, last, path)
    )
    labels = tf.transpose(path.write(0, first).stack())
    labels = tf.where(mask(emissions, lengths), labels, 0)
    return labels, path_score(emissions, labels, lengths, chain)


def nbest(
    emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain, n: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the `n` best paths `[B, n, T]` and their scores `[B, n]`, best first.

    Where a sentence has fewer than `n` paths, the rest score minus infinity.
    """
    scores = by_time(near_zero(emissions), lengths, chain)
    present = time_mask(scores, lengths)
    steps, batch = tf.shape(scores)[0], tf.shape(scores)[1]
    labels = scores.shape[2]
    into = tf.transpose(chain.transitions)  # [K, K], from next to previous label
    sources = min(n, labels)

    # Hypotheses stand as [B, n, K]: the n best paths that end in each label.
    best = tf.concat(
        [scores[0][:, None], tf.fill([batch, n - 1, labels], float("-inf"))], 1
    )

    def forward(t, best, pointers):
        # The n best paths into a label come from labels whose own best ones lead.
        best -= tf.reduce_max(best, [1, 2], keepdims=True)
        _, before = tf.math.top_k(best[:, :1] + into, sources)  # [B, next, sources]
        candidates = tf.gather(tf.transpose(best, [0, 2, 1]), before, batch_dims=1)
        steps_in = of_pairs(into, tf.range(labels)[:, None], before)
        candidates = tf.reshape(candidates + steps_in[..., None], [batch, labels, -1])
        values, where = tf.math.top_k(candidates, n)  # [B, next, n]
        label = tf.gather(before, where // n, batch_dims=2)
        where = tf.transpose(where % n * labels + label, [0, 2, 1])
        values = tf.transpose(values, [0, 2, 1]) + tf.gather(scores, t)[:, None]
        here = tf.gather(present, t)[:, None, None]
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
        return t - 1, tf.gather(tf.gather(flat, t), state, batch_dims=1), path

    path = tf.TensorArray(tf.int32, size=steps, element_shape=[None, n])
    _, state, path = tf.while_loop(
        lambda t, *_: t > 0, backward, (steps - 1, state, path)
    )
    paths = tf.transpose(path.write(0, state % labels).stack(), [1, 2, 0])
    paths = tf.where(mask(emissions, lengths)[:, None], paths, 0)
    found = path_score(emissions, tf.transpose(paths, [0, 2, 1]), lengths, chain)
    return paths, tf.where(tf.math.is_finite(values), found, float("-inf"))
