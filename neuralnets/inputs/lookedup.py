"""Word vectors that are looked up by the words themselves, as beside ELMo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neuralnets.elmo.wordvectors import row_of
from neuralnets.inputs.columns import Given, Input
from neuralnets.inputs.layout import WORDS
from neuralnets.inputs.words import WordInput
from util.features import Memo
from util.WordEmbeddings import PADDING

TOKENS_EMBEDDINGS = "tokens_embeddings"


class LookedUpWordInput(WordInput):
    """Word vectors as the ELMo sister tool looked them up.

    It reads the words, because the indices in rows are also those of normalised words.

    Args:
        index: The row of each word.
        vectors: `[V, D]`.
        trainable: Whether training changes them.
    """

    def __init__(
        self,
        index: Mapping[str, int],
        vectors: np.ndarray,
        trainable: bool,
        seed: int,
    ):
        super().__init__(vectors, *vectors.shape, trainable, seed)
        self.name = TOKENS_EMBEDDINGS
        self.column = WORDS
        self._index = index

    @classmethod
    def make(cls, name: str, given: Given) -> Input:
        """Return the input.

        Raises:
            ValueError: There are no vectors, or `tokens` reads them already.
        """
        if given.embeddings is None or "tokens" in given.params["featureNames"]:
            raise ValueError(
                f"The input '{name}' needs word vectors of a file, and no input "
                "'tokens' beside it."
            )
        params = given.params
        trainable, seed = params["trainWordEmbeddings"], params["seed"]
        return cls(given.mappings["tokens"], given.embeddings, trainable, seed)

    def encode(self, values: Sequence[str | None]) -> np.ndarray:
        """Return the rows of words `[N]`; None is the padding."""
        rows = Memo(lambda word: PADDING if word is None else row_of(word, self._index))
        found = map(rows.__getitem__, values)
        return np.fromiter(found, np.int32, len(values))
