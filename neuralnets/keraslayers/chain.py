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

from neuralnets.framework import tf
from neuralnets.keraslayers.parts import Chain


def free_chain(labels: int | tf.Tensor) -> Chain:
    """Return a chain without preferences: every token is on its own."""
    return Chain(tf.zeros([labels, labels]), tf.zeros([labels]), tf.zeros([labels]))


def at_temperature(
    emissions: tf.Tensor, chain: Chain, temperature: float | tf.Tensor
) -> tuple[tf.Tensor, Chain]:
    """Return emissions, less their maxima, and chain, divided by the temperature."""
    emissions = near_zero(emissions)
    if isinstance(temperature, (int, float)) and temperature == 1:
        return emissions, chain
    return emissions / temperature, Chain(*(scores / temperature for scores in chain))


def highest(emissions: tf.Tensor) -> tf.Tensor:
    """Return the largest score of each token, `[B, T, 1]`, as a constant."""
    return tf.stop_gradient(finite(tf.reduce_max(emissions, 2, keepdims=True)))


def near_zero(emissions: tf.Tensor) -> tf.Tensor:
    """Return emissions less the maximum of each token: float32 then rounds less.

    Paths keep their probabilities.
    """
    return emissions - highest(emissions)


def finite(values: tf.Tensor) -> tf.Tensor:
    """Return the values, 0 for what is infinite."""
    return tf.where(tf.math.is_finite(values), values, tf.zeros_like(values))


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


def time_mask(scores: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Return the same for what stands time first: `[T, B]` from `[T, B, K]`."""
    return tf.transpose(tf.sequence_mask(lengths, tf.shape(scores)[0]))


def of_pairs(matrix: tf.Tensor, before: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    """Return `matrix[before, after]` for label indices of any shape."""
    # One index into the flattened matrix is far faster than a pair of them.
    count = tf.cast(tf.shape(matrix)[0], before.dtype)
    return tf.gather(tf.reshape(matrix, [-1]), before * count + after)


def own_scores(
    scores: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor
) -> tf.Tensor:
    """Return what each token adds to the score of a path, 0 in the padding.

    Args:
        scores: Those of the ends included, `[B, T, K]`.
        labels: Of one path `[B, T]` or of several `[B, T, n]`.
        lengths: `[B]`.
        transitions: `[K, K]`.
    """
    present = mask(scores, lengths)
    labels = tf.convert_to_tensor(labels)
    if len(labels.shape) == 3:
        present = present[..., None]
    labels = tf.where(present, labels, 0)
    own = tf.gather(scores, labels, batch_dims=2)
    steps = of_pairs(transitions, labels[:, :-1], labels[:, 1:])
    steps = tf.concat([tf.zeros_like(own[:, :1]), steps], 1)
    return tf.where(present, own + steps, 0.0)


def path_score(
    emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor, chain: Chain
) -> tf.Tensor:
    """Return the score of label paths, `[B]` of `[B, T]` or `[B, n]` of `[B, T, n]`."""
    scores = with_ends(emissions, lengths, chain)
    return total(own_scores(scores, labels, lengths, chain.transitions), 1)


def total(values: tf.Tensor, axis: int) -> tf.Tensor:
    """Return the sum over tokens; of thousands of them float32 would lose digits."""
    return tf.cast(tf.reduce_sum(tf.cast(values, tf.float64), axis), tf.float32)


def tensor_list(
    steps: tf.Tensor, shape: list, dtype: tf.DType = tf.float32
) -> tf.TensorArray:
    """Return an empty list for `steps` tensors of a shape."""
    return tf.TensorArray(dtype, size=steps, element_shape=shape)
