"""One vector per token from several layers of it, by weights that are learned."""

from __future__ import annotations

from neuralnets.framework import keras, tf
from neuralnets.keraslayers.layer import Float32Layer


class WeightedAverage(Float32Layer):
    """Averages the layers of a language model (Peters et al. 2018, equation 1).

    `scale * sum over l of softmax(weights)[l] * inputs[l]`. At first all layers count
    the same.

    >>> layers = tf.constant([[[[1.0, 5.0], [3.0, 7.0]]]])  # [B, T, L, D]
    >>> WeightedAverage()(layers).numpy().tolist()
    [[[2.0, 6.0]]]

    Args:
        normalize: False for models of the original tool: one raw weight per layer,
            neither normalised nor scaled.

    Call arguments:
        inputs: `[B, T, L, D]`.

    Output shape:
        `[B, T, D]`.

    Weights:
        `weights` `[L]` and `scale` `[1]`; with `normalize=False` `weights` `[1, L]`.
    """

    def __init__(self, normalize: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.normalize = normalize

    def build(self, input_shape):
        """Make the weights."""
        layers = input_shape[-2]
        if self.normalize:
            self.layer_weights = self.add_weight(
                name="weights", shape=[layers], initializer="zeros"
            )
            self.scale = self.add_weight(name="scale", shape=[1], initializer="ones")
        else:
            self.layer_weights = self.add_weight(
                name="weights",
                shape=[1, layers],
                initializer=keras.initializers.Constant(1 / layers),
            )
        super().build(input_shape)

    def call(self, inputs):
        """Average; see the class for the arguments."""
        if not self.normalize:
            return tf.einsum("btld,l->btd", inputs, self.layer_weights[0])
        shares = self.scale * tf.nn.softmax(self.layer_weights)  # [L]
        return tf.einsum("btld,l->btd", inputs, shares)

    def compute_output_shape(self, input_shape):
        """Return `[B, T, D]`."""
        return tf.TensorShape([*input_shape[:-2], input_shape[-1]])

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "normalize": self.normalize}
