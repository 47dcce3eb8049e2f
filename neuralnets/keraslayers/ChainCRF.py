"""The layer that holds a CRF's weights; the mathematics is in `crf.py`."""

from __future__ import annotations

import numpy as np

from neuralnets.framework import keras, tf
from neuralnets.keraslayers import crf
from neuralnets.keraslayers.chain import at_temperature
from neuralnets.keraslayers.layer import Float32Layer
from neuralnets.randomness import initializer_seed


class ChainCRF(Float32Layer):
    """A linear-chain CRF on top of emissions.

    Calling the layer passes the emissions on; the methods of a head, such as `loss` and
    `decode`, add the transitions to them.

    >>> layer, emissions = ChainCRF(), tf.constant([[[0.0, 9.0], [9.0, 0.0]]])
    >>> layer.decode(layer(emissions), tf.constant([2])).numpy().tolist()
    [[1, 0]]

    Args:
        seed: The initial weights derive from it and from the layer's name.

    Attributes:
        allowed: Which transitions, first and last labels there may be, as booleans;
            None: all. No weights, and not part of the configuration.
        temperature: What all scores are divided by where probabilities are asked for.

    Input shape:
        Emissions `[B, T, K]`.

    Output shape:
        The same.
    """

    def __init__(self, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.allowed: crf.Chain | None = None
        self.temperature = 1.0

    def build(self, input_shape):
        """Make the transitions `U` `[K, K]`, `b_start` and `b_end` `[K]`."""
        labels = input_shape[-1]
        seed = initializer_seed(self.seed, self.name, "U")
        self.U = self.add_weight(
            name="U",
            shape=[labels, labels],
            initializer=keras.initializers.GlorotUniform(seed),
        )
        self.b_start = self.add_weight(
            name="b_start", shape=[labels], initializer="zeros"
        )
        self.b_end = self.add_weight(name="b_end", shape=[labels], initializer="zeros")
        super().build(input_shape)

    @property
    def chain(self) -> crf.Chain:
        """The transition, start and end scores; minus infinity forbids."""
        weights = self.U, self.b_start, self.b_end
        if self.allowed is None:
            return crf.Chain(*map(tf.convert_to_tensor, weights))
        return crf.Chain(
            *(
                tf.where(allowed, weight, float("-inf"))
                for allowed, weight in zip(self.allowed, weights)
            )
        )

    def call(self, emissions):
        """Return the emissions as they are."""
        return tf.identity(emissions)

    def loss(
        self, emissions: tf.Tensor, labels: tf.Tensor, lengths: tf.Tensor
    ) -> tf.Tensor:
        """Return the mean negative log-likelihood of the sentences' label paths."""
        return tf.reduce_mean(
            crf.negative_log_likelihood(emissions, labels, lengths, self.chain)
        )

    def counted(
        self, lengths: np.ndarray | tf.Tensor, allowed: np.ndarray | None = None
    ) -> np.ndarray | tf.Tensor:
        """Return 1 for each sentence."""
        return 0 * lengths + 1

    def partial_loss(
        self,
        emissions: tf.Tensor,
        allowed: tf.Tensor,
        lengths: tf.Tensor,
        sentences: tf.Tensor,
        tokens: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Return the loss where labels are known in part; see `heads.Head`."""
        losses = crf.negative_log_agreement(
            emissions, allowed, lengths, self.chain, tokens
        )
        return tf.reduce_mean(sentences * losses)

    def soft_loss(
        self,
        emissions: tf.Tensor,
        labels: tf.Tensor,
        lengths: tf.Tensor,
        pairs: tf.Tensor,
    ) -> tf.Tensor:
        """Return the loss where another model says the labels; see `heads.Head`."""
        return tf.reduce_mean(
            crf.cross_entropy(emissions, labels, pairs, lengths, self.chain)
        )

    def expected_share(
        self, emissions: tf.Tensor, lengths: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        """Return the expected share of tokens with some of the labels, a scalar."""
        return crf.expected_share(emissions, lengths, self.chain, labels)

    def decode(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the best label path of each sentence, `[B, T]`."""
        return crf.viterbi(emissions, lengths, self.chain)[0]

    def distribution(
        self, emissions: tf.Tensor, temperature: float | tf.Tensor | None = None
    ) -> tuple[tf.Tensor, crf.Chain]:
        """Return the emissions and the chain whose paths are the label sequences.

        Args:
            emissions: `[B, T, K]`.
            temperature: Instead of the layer's own.
        """
        own = self.temperature if temperature is None else temperature
        return at_temperature(emissions, self.chain, own)

    def marginals(self, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the probability of each label at each token, `[B, T, K]`."""
        emissions, chain = self.distribution(emissions)
        return crf.marginals(emissions, lengths, chain)

    def nbest(
        self, emissions: tf.Tensor, lengths: tf.Tensor, n: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the `n` best paths `[B, n, T]`, their log-probabilities `[B, n]`."""
        emissions, chain = self.distribution(emissions)
        paths, scores = crf.nbest(emissions, lengths, chain, n)
        logs = crf.log_probabilities(emissions, paths, lengths, chain)
        return paths, tf.where(tf.math.is_finite(scores), logs, scores)

    def compute_output_shape(self, input_shape):
        """Return the input shape."""
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "seed": self.seed}
