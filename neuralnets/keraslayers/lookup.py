"""Which weights are lookup tables, of which a batch uses a few rows."""

from __future__ import annotations

from neuralnets.framework import keras, tf, variable_of


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
