"""The character LSTM of Lample et al. (2016): both ends of a word's reading."""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.recurrent_layer import RecurrentLayer


class CharacterLSTM(RecurrentLayer):
    """Reads a word's characters in both directions and keeps the last outputs.

    >>> characters = tf.constant([[5, 3, 8], [5, 0, 0]])  # [W, C]
    >>> CharacterLSTM(25)(tf.ones([2, 3, 16]), characters=characters).shape
    TensorShape([2, 50])

    Args:
        units: Units per direction.
        gate, seed: See `RecurrentLayer`.

    Call arguments:
        inputs: Embedded characters `[W, C, E]`.
        characters: Their indices `[W, C]`, 0 being padding.

    Input shape:
        `[W, C, E]`

    Output shape:
        `[W, 2 * units]`
    """

    def __init__(self, units: int, gate: str = "sigmoid", seed: int = 0, **kwargs):
        super().__init__(units, gate=gate, seed=seed, return_sequences=False, **kwargs)

    def call(self, inputs, characters, training=False):
        """Encode each word; see the class for the arguments."""
        lengths = tf.math.count_nonzero(characters, axis=1, dtype=tf.int32)
        time_major = tf.transpose(inputs, [1, 0, 2])
        return super().call(
            time_major, tf.maximum(lengths, 1), step_seed=None, training=training
        )

    def compute_output_shape(self, input_shape):
        """Return the static output shape for an input shape."""
        return tf.TensorShape([input_shape[0], 2 * self.units])

    def get_config(self):
        """Return the constructor's arguments."""
        config = super().get_config()
        for fixed in ("return_sequences", "dropout", "recurrent_dropout"):
            del config[fixed]
        return config
