"""Sparse features that add to the scores of labels, past the encoder."""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.layer import Float32Layer, check_rate, check_size
from neuralnets.keraslayers.lookup import mark_lookup


class DirectScores(Float32Layer):
    """Adds up one row of label scores for each feature that a token has.

    It is the linear part of a maximum-entropy model or of a linear-chain CRF.

    >>> pairs = tf.constant([[4, 0], [9, 0], [4, 1]])  # feature, token
    >>> DirectScores(9, 3)(pairs, form_index=tf.zeros([1, 2], tf.int32)).shape
    TensorShape([2, 1, 3])

    Args:
        features: Number of features; they count from 1.
        labels: Number of labels, `K`.
        dropout: Share of the features that training leaves out, in [0, 1); the scores
            of those that stay are scaled up.
        use_bias: Add a bias per label.

    Call arguments:
        inputs: Pairs `[P, 2]` of a feature and of a token's place in the time-major
            batch, `t * B + b`.
        form_index: `[B, T]`; only its shape counts.
        training: Whether features were left out.

    Output shape:
        `[T, B, K]`
    """

    def __init__(
        self,
        features: int,
        labels: int,
        dropout: float = 0.0,
        use_bias: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_size("labels", labels)
        check_rate("dropout", dropout)
        self.features = features
        self.labels = labels
        self.dropout = dropout
        self.use_bias = use_bias

    def build(self, input_shape):
        """Make the scores `[features + 1, K]`, of which row 0 is not used."""
        self.scores = self.add_weight(
            name="embeddings",
            shape=[self.features + 1, self.labels],
            initializer="zeros",
        )
        mark_lookup(self.scores)
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=[self.labels], initializer="zeros"
            )
        super().build(input_shape)

    def call(self, inputs, form_index, training=False):
        """Add up; see the class for the arguments."""
        batch, steps = tf.unstack(tf.shape(form_index))
        rows = tf.gather(self.scores, inputs[:, 0])  # [P, K]
        total = tf.math.unsorted_segment_sum(rows, inputs[:, 1], batch * steps)
        if training and self.dropout:
            total /= 1.0 - self.dropout
        if self.use_bias:
            total += self.bias
        return tf.reshape(total, [steps, batch, self.labels])

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "features": self.features,
            "labels": self.labels,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
        }
