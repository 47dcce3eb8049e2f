"""Rows of indices for tagging, with a memory for words: they come again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from util import features
from util.corpus.rows import CHARACTERS, OF_WORDS, Row
from util.features import Memo
from util.preprocessing import UnseenValue, index_rows
from util.WordEmbeddings import word_index

MOST = 20_000  # words; what is remembered of them takes some megabytes


class Indexer:
    """Makes the rows of `createMatrices`, casing and characters among them.

    What is read off a word is found once, in however many calls it comes. Threads may
    share it.

    Args:
        mappings: The index of each value, by column.
        most: Words that are remembered; all are forgotten when there are more.
    """

    def __init__(self, mappings: Mapping[str, Mapping[str, int]], most: int = MOST):
        self.mappings = mappings
        self._most = most
        finders = {
            "tokens": self._word,
            "casing": self._casing,
            CHARACTERS: self._letters,
        }
        self._known = {
            name: Memo(finders[name]) for name in OF_WORDS if name in mappings
        }

    def rows(self, sentences: Iterable[Mapping[str, Sequence]]) -> list[Row]:
        """Return the rows of sentences.

        Args:
            sentences: Columns of values by name, `tokens` among them.

        Raises:
            ValueError: A sentence has no list of words.
        """
        rows = index_rows(sentences, self.mappings, True, UnseenValue, self._known)
        for known in self._known.values():
            if len(known) > self._most:
                known.clear()
        return rows

    def _word(self, word: str) -> int:
        return word_index(word, self.mappings["tokens"])

    def _casing(self, word: str) -> int:
        classes, found = self.mappings["casing"], features.casing(word)
        index = classes.get(found)
        return UnseenValue(len(classes), found) if index is None else index

    def _letters(self, word: str) -> list[int]:
        return features.spelled(word, self.mappings[CHARACTERS])
