"""Words to vectors: character CNN, highway layers, projection (Kim et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.elmo.characters import Spelling, character_ids
from neuralnets.elmo.options import Options
from neuralnets.elmo.weights import Affine, EncoderWeights
from neuralnets.framework import tf

# Characters at a time: at full size 8192 of them take 64 MB in the convolutions.
_CHARACTERS_AT_A_TIME = 8192


class CharacterEncoder:
    """Encodes words by their spelling; a word's vector depends on nothing else.

    Args:
        weights: The network's weights.
        options: The network's sizes and activation.
    """

    def __init__(self, weights: EncoderWeights, options: Options):
        self._most_characters = options.max_characters_per_token
        self._widest = max(width for width, _ in options.filters)
        activation = {"relu": tf.nn.relu, "tanh": tf.tanh}[options.activation]
        self._encode = tf.function(
            lambda ids: encode(ids, weights, activation),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
        )
        self.size = options.projection_dim

    def __call__(self, spellings: Sequence[Spelling]) -> np.ndarray:
        """Return the vectors of `W` words, `[W, P]`."""
        vectors = np.empty([len(spellings), self.size], np.float32)
        by_length = sorted(range(len(spellings)), key=lambda i: -len(spellings[i]))
        while by_length:
            # Beyond the longest word and the widest filter there is nothing but
            # padding, which changes no maximum any more.
            longest = len(spellings[by_length[0]]) + 2 + self._widest
            length = min(longest, self._most_characters)
            count = max(1, _CHARACTERS_AT_A_TIME // length)
            chunk, by_length = by_length[:count], by_length[count:]
            ids = character_ids([spellings[i] for i in chunk], length)
            vectors[chunk] = self._encode(tf.constant(ids)).numpy()
        return vectors


def encode(ids: tf.Tensor, weights: EncoderWeights, activation) -> tf.Tensor:
    """Return the vectors of words, `[W, P]`.

    Args:
        ids: Character ids `[W, C]`; `C` is at least the widest filter's width.
        weights: The network's weights.
        activation: Of the convolutions' maxima.
    """
    embedded = tf.gather(weights.characters, ids)  # [W, C, E]
    maxima = [
        tf.reduce_max(tf.nn.conv1d(embedded, kernel, 1, "VALID"), axis=1) + bias
        for kernel, bias in weights.convolutions
    ]
    x = activation(tf.concat(maxima, axis=1))  # [W, F]
    for transform, carry in weights.highways:
        gate = tf.sigmoid(_affine(x, carry))
        x = gate * tf.nn.relu(_affine(x, transform)) + (1.0 - gate) * x
    return x if weights.projection is None else _affine(x, weights.projection)


def _affine(x: tf.Tensor, weights: Affine) -> tf.Tensor:
    return tf.matmul(x, weights.kernel) + weights.bias
