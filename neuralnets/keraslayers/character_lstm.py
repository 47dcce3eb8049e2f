"""The character LSTM of Lample et al. (2016): both ends of a word's reading."""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.packed_recurrence import Packing, packed_lstm
from neuralnets.keraslayers.recurrent_layer import RecurrentLayer


class CharacterLSTM(RecurrentLayer):
    """Reads a word's characters in both directions and keeps the last outputs.

    The alphabet is small: each character is projected once, and not at every place.
    Words differ much in length: there is no padding.

    >>> from neuralnets.keraslayers.lookup import Distinct
    >>> characters = tf.constant([[5, 3, 8], [5, 0, 0]])  # [W, C]
    >>> alphabet, which = Distinct()(characters)
    >>> vectors = tf.ones([len(alphabet), 16])
    >>> CharacterLSTM(25)(vectors, characters=characters, which=which).shape
    TensorShape([2, 50])

    Args:
        units: Units per direction.
        gate, seed: See `RecurrentLayer`.

    Call arguments:
        inputs: The vectors of the characters that there are, `[A, E]`.
        characters: The indices of the words' characters, `[W, C]`, 0 being padding.
        which: Which of the vectors each character has, `[W, C]`.

    Input shape:
        `[A, E]`

    Output shape:
        `[W, 2 * units]`
    """

    def __init__(self, units: int, gate: str = "sigmoid", seed: int = 0, **kwargs):
        super().__init__(units, gate=gate, seed=seed, return_sequences=False, **kwargs)

    def call(self, inputs, characters, which, training=False):
        """Encode each word; see the class for the arguments."""
        lengths = tf.math.count_nonzero(characters, axis=1, dtype=tf.int32)
        packing = Packing(tf.maximum(lengths, 1), tf.shape(characters)[1])
        ends = []
        for number, (kernel, recurrent, bias) in enumerate(self.directions):
            projected = tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
            packed = tf.gather(projected, packing.pack(which, mirrored=number > 0))
            outputs = packed_lstm(packed, recurrent, packing, self.gate, training)
            ends.append(packing.last(outputs))
        return tf.concat(ends, axis=1)

    def compute_output_shape(self, input_shape):
        """Return the static output shape for an input shape."""
        return tf.TensorShape([None, 2 * self.units])

    def get_config(self):
        """Return the constructor's arguments."""
        config = super().get_config()
        for fixed in ("return_sequences", "dropout", "recurrent_dropout"):
            del config[fixed]
        return config
