"""Tables whose rows are looked up, of which a batch uses a few."""

from __future__ import annotations

from neuralnets.framework import keras, tf, variable_of
from neuralnets.keraslayers.layer import Float32Layer


class Distinct(Float32Layer):
    """Tells which indices there are, so that each is looked up once.

    >>> values, which = Distinct()(tf.constant([[7, 5], [7, 0]]))
    >>> values.numpy().tolist(), which.numpy().tolist()
    ([7, 5, 0], [[0, 1], [0, 2]])

    Call arguments:
        inputs: Indices, `[...]`.

    Output shape:
        `[U]`, the distinct ones, and `[...]`, which of them each is.
    """

    def call(self, inputs):
        """Find the distinct indices; see the class for the arguments."""
        values, which = tf.unique(tf.reshape(inputs, [-1]))
        return values, tf.reshape(which, tf.shape(inputs))


def embed(layer: keras.layers.Embedding, indices: tf.Tensor) -> tf.Tensor:
    """Call an embedding layer for the first time, and mark its table."""
    vectors = layer(indices)
    mark_lookup(layer.embeddings)
    return vectors


def mark_lookup(weight) -> None:
    """Mark a layer's weight `[V, D]` as a table whose rows are looked up."""
    variable_of(weight).is_lookup_table = True


def is_lookup(variable: tf.Variable) -> bool:
    """Tell whether `mark_lookup` marked a variable."""
    return getattr(variable, "is_lookup_table", False)
