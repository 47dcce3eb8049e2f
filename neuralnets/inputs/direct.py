"""Features that go past the encoder, straight to the scores of the labels."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuralnets.inputs.columns import Input, Junction, Thinning
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.inputs.layout import WORDS, Chosen, Layout

if TYPE_CHECKING:
    from neuralnets.framework import keras, tf

DIRECT = "direct_features"


class DirectInput(Input):
    """The sparse features of a token.

    Args:
        vocabulary: The features that there are.
        mappings: The mappings of the sentences to come.
        dropout: See `DirectScores`.
    """

    def __init__(
        self,
        vocabulary: FeatureVocabulary,
        mappings: Mapping[str, Mapping[str, int]],
        dropout: float,
    ):
        missing = set(vocabulary.columns) - mappings.keys()
        if missing:
            raise ValueError(f"no mapping for the direct features' column {missing}")
        super().__init__(DIRECT, rows=vocabulary.size + 1, size=0, seed=0)
        self.column = WORDS
        self.vocabulary = vocabulary
        self.mappings = mappings
        self.dropout = dropout

    @property
    def columns(self) -> list[str]:
        """The columns that sentences need for it, besides their tokens."""
        return self.vocabulary.columns

    def lay_out(self, layout: Layout) -> None:
        """Add the features of all tokens, `[N, F]`, 0 where there is none."""
        layout.token_columns[self.name] = self.vocabulary.encode(
            layout.rows, layout.lengths, self.mappings
        )

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return the features of a batch, `[P, 2]`."""
        features = layout.token_columns[self.name][chosen.position]
        return self.pairs(features, chosen.present)

    def pairs(self, features: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Return the features of a batch as `DirectScores` wants them, `[P, 2]`.

        Args:
            features: `[B, T, F]`.
            present: Which tokens are real, `[B, T]`.
        """
        by_time = np.where(present[..., None], features, 0).transpose(1, 0, 2)
        flat = by_time.reshape(-1, features.shape[2])
        token, template = np.nonzero(flat)
        return np.stack([flat[token, template], token], axis=1).astype(np.int32)

    def thinned(self, pairs: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return pairs without those that dropout leaves out."""
        return pairs[drawn >= self.dropout]

    def thinning(self, layout: Layout, params: Mapping[str, Any]) -> Thinning | None:
        """Return the dropout of features, if there is one."""
        if not self.dropout:
            return None

        def of_share(whole: Chosen, rows: np.ndarray) -> np.ndarray:
            tokens = self.in_batch(layout, whole)[:, 1]
            return np.isin(tokens % len(whole.sentences), rows)

        return Thinning("direct features", self.thinned, of_share)

    def described(self) -> Any:
        """Return the features that there are."""
        return self.vocabulary.as_plain_data()

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input `[P, 2]`."""
        from neuralnets.framework import keras

        return keras.Input((2,), name=self.input_name, dtype="int32")

    def join(self, junction: Junction, x: tf.Tensor) -> None:
        """Go past the encoder."""
        junction.direct.append(functools.partial(self.scores, x, junction.form_index))

    def scores(
        self, x: tf.Tensor, form_index: tf.Tensor, name: str, labels: int, bias: bool
    ) -> tf.Tensor:
        """Return what the features add to the scores of a task, `[T, B, K]`."""
        from neuralnets.keraslayers.direct_scores import DirectScores

        layer = DirectScores(
            self.vocabulary.size, labels, self.dropout, bias, name=name
        )
        return layer(x, form_index=form_index)
