"""What all functions on linear chains share: their parameters, ends and padding.

Shapes: `B` sentences, `T` tokens, `K` labels. A sentence's score of a label path is
the sum of its emissions, of the transitions between neighbours, and of the start and
end scores of its first and last label. The functions take

    emissions    [B, T, K]  score of each label at each token
    lengths      [B]        tokens of each sentence, 1 to T; what follows is padding
    transitions  [K, K]     score from one label (row) to the next (column)
    start, end   [K]        score of the first and of the last label

A score of minus infinity forbids a label or a transition. Every sentence must keep a
path of its length.
"""

from __future__ import annotations

from typing import NamedTuple

from neuralnets.framework import tf


class Chain(NamedTuple):
    """The parameters that all sentences share."""

    transitions: tf.Tensor  # [K, K]
    start: tf.Tensor  # [K]
    end: tf.Tensor  # [K]


def free_chain(labels: int | tf.Tensor) -> Chain:
    """Return a chain without preferences: every token is on its own."""
    return Chain(tf.zeros([labels, labels]), tf.zeros([labels]), tf.zeros([labels]))


def at_temperature(
    emissions: tf.Tensor, chain: Chain, temperature: float | tf.Tensor
) -> tuple[tf.Tensor, Chain]:
    """Return emissions and chain with all scores divided by the temperature."""
    if isinstance(temperature, (int, float)) and temperature == 1:
        return emissions, chain
    return emissions / temperature, Chain(*(scores / temperature for scores in chain))


def with_ends(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
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


def by_time(emissions: tf.Tensor, lengths: tf.Tensor, chain: Chain) -> tf.Tensor:
    """Return the scores with those of the ends, time first: `[T, B, K]`."""
    return tf.transpose(with_ends(emissions, lengths, chain), [1, 0, 2])


def mask(emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Return which entries are tokens and not padding, `[B, T]`."""
    return tf.sequence_mask(lengths, tf.shape(emissions)[1])


def time_mask(emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Return the same, time first: `[T, B]`."""
    return tf.transpose(mask(emissions, lengths))


def of_pairs(matrix: tf.Tensor, before: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    """Return `matrix[before, after]` for label indices of any shape."""
    # One index into the flattened matrix is far faster than a pair of them.
    count = tf.cast(tf.shape(matrix)[0], before.dtype)
    return tf.gather(tf.reshape(matrix, [-1]), before * count + after)


def tensor_list(steps: tf.Tensor, shape: list) -> tf.TensorArray:
    """Return an empty list for `steps` float tensors of a shape."""
    return tf.TensorArray(tf.float32, size=steps, element_shape=shape)
