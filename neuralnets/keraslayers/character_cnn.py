"""The character CNN of Ma & Hovy (2016): convolution, then the maximum over a word."""

from __future__ import annotations

from neuralnets.framework import keras, tf
from neuralnets.keraslayers.layer import Float32Layer, check_size
from neuralnets.randomness import initializer_seed

# Added to what the convolution gives at padding, so that it is never the maximum.
_NEVER = -1e6


class CharacterCNN(Float32Layer):
    """A 'same' convolution over the characters and its maximum.

    >>> characters = tf.constant([[5, 3, 8], [5, 0, 0]])  # [W, C]
    >>> CharacterCNN(30, 3)(tf.ones([2, 3, 16]), characters=characters).shape
    TensorShape([2, 30])

    Args:
        filters: Size of the output.
        kernel_size: Characters that a filter sees.
        mask_padding: Leave the padding out of the maximum. Models of the original
            tool count it, so they are read with False.
        seed: The initial weights derive from it and from the layer's name.

    Call arguments:
        inputs: Embedded characters `[W, C, E]`.
        characters: Their indices `[W, C]`, 0 being padding.

    Input shape:
        `[W, C, E]`

    Output shape:
        `[W, filters]`
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        mask_padding: bool = True,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_size("filters", filters)
        check_size("kernel_size", kernel_size)
        self.filters = filters
        self.kernel_size = kernel_size
        self.mask_padding = mask_padding
        self.seed = seed

    def build(self, input_shape):
        """Make the filters `[kernel_size, E, filters]` and their bias."""
        seed = initializer_seed(self.seed, self.name, "kernel")
        self.kernel = self.add_weight(
            name="kernel",
            shape=[self.kernel_size, input_shape[-1], self.filters],
            initializer=keras.initializers.GlorotUniform(seed),
        )
        self.bias = self.add_weight(
            name="bias", shape=[self.filters], initializer="zeros"
        )
        super().build(input_shape)

    def call(self, inputs, characters):
        """Encode each word; see the class for the arguments."""
        present = tf.not_equal(characters, 0)[..., None]  # [W, C, 1]
        if self.mask_padding:
            inputs = tf.where(present, inputs, 0.0)
        convolved = tf.nn.conv1d(inputs, self.kernel, stride=1, padding="SAME")
        if self.mask_padding:
            convolved += tf.where(present, 0.0, _NEVER)
        highest = tf.reduce_max(convolved, axis=1)  # [W, F]
        if self.mask_padding:
            # A word without characters has nothing but what counts as never.
            highest = tf.where(tf.reduce_any(present, axis=1), highest, 0.0)
        return highest + self.bias

    def compute_output_shape(self, input_shape):
        """Return the static output shape for an input shape."""
        return tf.TensorShape([input_shape[0], self.filters])

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "mask_padding": self.mask_padding,
            "seed": self.seed,
        }
