"""The features that training data have, and those of any sentence as numbers.

Shapes: `N` tokens of all sentences in a row, `F` templates. Everything is done for all
tokens at once: a column's values become numbers; a template of several parts is looked
up part by part, each step a search in the sorted keys `prefix * base + value`.
It is long because counting features and finding them must number them alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets.inputs.directfeatures.gazetteer import Gazetteer, Names
from neuralnets.inputs.directfeatures.spelling import SPELLING
from neuralnets.inputs.directfeatures.templates import (
    GAZETTEER,
    Template,
    expand,
    parse,
)
from util.features import composed

Rows = Sequence[Mapping[str, list]]
Mappings = Mapping[str, Mapping[str, int]]

_MARKS = ["B", "I"]


class FeatureVocabulary:
    """Numbers the features that occur often enough in the training data.

    Attributes:
        templates: The templates, in order.
        size: Number of features. They count from 1; 0 stands for none.
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[str]],
        known: Mapping[str, Sequence[Sequence[int]]],
        names: Names,
    ):
        """Take the parts of a vocabulary; see `fit` for making one.

        Args:
            values: The values of each column that count, numbered from 1.
            known: For each template and each of its parts the sorted keys.
            names: The gazetteer's names, by class.
        """
        self._values = {column: list(found) for column, found in values.items()}
        self._known = {
            template: [np.asarray(keys, np.int64) for keys in steps]
            for template, steps in known.items()
        }
        self._names = names
        self._gazetteers = {
            f"{GAZETTEER}:{class_}": Gazetteer(found) for class_, found in names.items()
        }
        self.templates = list(self._known)
        self._parsed: list[Template] = [parse(text) for text in self.templates]
        for text, template in zip(self.templates, self._parsed):
            if len(self._known[text]) != len(template):
                raise ValueError(f"the feature template {text!r} has lost its keys")
            if any(column not in self._values for column, _ in template):
                raise ValueError(f"the feature template {text!r} has lost its values")
        counts = [len(self._known[text][-1]) for text in self.templates]
        self._offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.size = int(self._offsets[-1])

    @classmethod
    def fit(
        cls,
        rows: Rows,
        mappings: Mappings,
        names: Sequence[str],
        cutoff: int,
        gazetteer: Names | None = None,
        labels: Collection[str] = (),
    ) -> FeatureVocabulary:
        """Return the features that occur at least `cutoff` times in sentences.

        Args:
            rows: Sentences, from `createMatrices`.
            mappings: The mappings that they were made with.
            names: Templates, or groups of them; see `templates.py`.
            cutoff: The least number of occurrences.
            gazetteer: Names by class.
            labels: Columns that are predicted; templates must not read them.

        Raises:
            ValueError: A template reads a column that there is not, or a label.
        """
        gazetteer = gazetteer or {}
        readable = mappings.keys() - {"characters", *labels}
        texts = expand(names, readable, list(gazetteer))
        if not texts:
            raise ValueError(
                f"`directFeatures` {list(names)} give no feature for these data. "
                "(The group 'gazetteer' needs the parameter `gazetteer`.)"
            )
        # First everything is known; then the columns' frequent values; then the keys.
        columns = {part.column for text in texts for part in parse(text)}
        flat = _Flat(rows, [len(row["raw_tokens"]) for row in rows])
        draft = cls({}, {}, gazetteer)
        values = {
            column: draft._frequent(flat, column, mappings, cutoff)
            for column in sorted(columns)
        }
        draft = cls(values, {}, gazetteer)
        numbers = {column: draft._numbers(flat, column, mappings) for column in columns}
        reach = _reach(map(parse, texts))
        known = {}
        for text in texts:
            steps: list[np.ndarray] = []
            prefix = None
            for column, offset in parse(text):
                base = len(values[column]) + 2 * reach + 1
                shifted = flat.shifted(numbers[column], offset, base, reach)
                keys = _keys(prefix, shifted, base)
                found, counts = np.unique(keys[keys > 0], return_counts=True)
                steps.append(found[counts >= cutoff])
                prefix = _look_up(steps[-1], keys)
            known[text] = steps
        return cls(values, known, gazetteer)

    @property
    def columns(self) -> list[str]:
        """The columns of the data that sentences need, besides their tokens."""
        used = {part.column for template in self._parsed for part in template}
        of_words = {"tokens", "casing", *SPELLING}
        return sorted(used - of_words - self._gazetteers.keys())

    def encode(
        self, rows: Rows, lengths: Sequence[int], mappings: Mappings
    ) -> np.ndarray:
        """Return the features of all tokens, `[N, F]` int32, 0 where there is none.

        Args:
            rows: Sentences, from `createMatrices`.
            lengths: How many tokens of each count.
            mappings: The mappings that they were made with.
        """
        flat = _Flat(rows, lengths)
        features = np.zeros((flat.tokens, len(self.templates)), np.int32)
        columns = {part.column for template in self._parsed for part in template}
        numbers = {column: self._numbers(flat, column, mappings) for column in columns}
        reach = _reach(self._parsed)
        for index, (text, template) in enumerate(zip(self.templates, self._parsed)):
            prefix = None
            for (column, offset), known in zip(template, self._known[text]):
                base = len(self._values[column]) + 2 * reach + 1
                shifted = flat.shifted(numbers[column], offset, base, reach)
                prefix = _look_up(known, _keys(prefix, shifted, base))
            features[:, index] = np.where(prefix > 0, prefix + self._offsets[index], 0)
        return features

    def as_plain_data(self) -> dict[str, Any]:
        """Return what a model file stores, ready for JSON."""
        return {
            "values": self._values,
            "known": {
                text: [keys.tolist() for keys in steps]
                for text, steps in self._known.items()
            },
            "gazetteer": {class_: list(found) for class_, found in self._names.items()},
        }

    @classmethod
    def from_plain_data(cls, data: Mapping[str, Any]) -> FeatureVocabulary:
        """Return the vocabulary that `as_plain_data` was called on.

        Raises:
            ValueError: The data are damaged.
        """
        try:
            vocabulary = cls(data["values"], data["known"], data["gazetteer"])
        except (AttributeError, LookupError, OverflowError, TypeError) as error:
            raise ValueError(f"damaged direct features: {error!r}") from None
        for column, values in vocabulary._values.items():
            if not all(isinstance(value, str) for value in values):
                raise ValueError(f"damaged direct features: the values of '{column}'")
        for text, steps in vocabulary._known.items():
            for keys in steps:
                if keys.ndim != 1 or np.any(np.diff(keys, prepend=0) <= 0):
                    raise ValueError(f"damaged direct features: the keys of {text!r}")
        return vocabulary

    def _frequent(
        self, flat: _Flat, column: str, mappings: Mappings, cutoff: int
    ) -> list[str]:
        """Return the values of a column that occur at least `cutoff` times."""
        if column in self._gazetteers:
            return _MARKS
        if column == "tokens" or column in SPELLING:
            read = SPELLING.get(column, str)
            values = [read(word) for word in flat.words]
            counts = np.bincount(flat.word_of_token, minlength=len(values))
        else:
            values = list(mappings[column])
            indices = [mappings[column][value] for value in values]
            found = np.bincount(
                flat.column(column), minlength=max(indices, default=-1) + 1
            )
            counts = found[indices]
        totals: dict[str, int] = {}
        for value, count in zip(values, counts.tolist()):
            totals[value] = totals.get(value, 0) + count
        return [value for value, n in totals.items() if value and n >= max(cutoff, 1)]

    def _numbers(self, flat: _Flat, column: str, mappings: Mappings) -> np.ndarray:
        """Return the number of each token's value in a column, `[N]`, 0 if unknown."""
        number = {value: n for n, value in enumerate(self._values[column], 1)}
        if column in self._gazetteers:
            return flat.marks(self._gazetteers[column], number)
        if column == "tokens" or column in SPELLING:
            read = SPELLING.get(column, str)
            of_word = [number.get(read(word), 0) for word in flat.words]
            for index, word in flat.composed.items():
                of_word[index] = of_word[index] or number.get(read(word), 0)
            return np.array(of_word, np.int64)[flat.word_of_token]
        # A value that the mapping lacks has the index behind the last.
        translation = np.zeros(max(mappings[column].values(), default=0) + 2, np.int64)
        for value, index in mappings[column].items():
            translation[index] = number.get(value, 0)
        return translation[np.minimum(flat.column(column), len(translation) - 1)]


class _Flat:
    """The tokens of all sentences in a row.

    Attributes:
        words: The distinct words.
        composed: Those that can be composed, so, by their place.
        word_of_token: Which of them each token is, `[N]`.
    """

    def __init__(self, rows: Rows, lengths: Sequence[int]):
        self._rows = rows
        self._lengths = np.asarray(lengths, np.int64)
        self.tokens = int(self._lengths.sum())
        ends = np.cumsum(self._lengths)
        starts = np.repeat(ends - self._lengths, self._lengths)
        self._before = np.arange(self.tokens) - starts
        self._behind = np.repeat(self._lengths, self._lengths) - 1 - self._before
        seen: dict[str, int] = {}
        self.word_of_token = np.fromiter(
            (seen.setdefault(word, len(seen)) for word in self._values("raw_tokens")),
            np.int64,
            self.tokens,
        )
        self.words = list(seen)
        self.composed = {
            index: composed(word)
            for index, word in enumerate(self.words)
            if not word.isascii() and composed(word) != word
        }

    def column(self, name: str) -> np.ndarray:
        """Return a column of indices, `[N]`."""
        return np.fromiter(self._values(name), np.int64, self.tokens)

    def marks(self, gazetteer: Gazetteer, number: Mapping[str, int]) -> np.ndarray:
        """Return the numbers of a gazetteer's marks, `[N]`."""
        marks = (
            number.get(mark, 0)
            for row, length in zip(self._rows, self._lengths)
            for mark in gazetteer.marks(row["raw_tokens"][:length])
        )
        return np.fromiter(marks, np.int64, self.tokens)

    def shifted(
        self, numbers: np.ndarray, offset: int, base: int, reach: int
    ) -> np.ndarray:
        """Return the number at `offset` from each token, `[N]`.

        Beyond the sentence's ends stand numbers of their own, by their distance; they
        are the last ones below `base`.
        """
        inside = self._before + offset if offset < 0 else self._behind - offset
        where = np.clip(np.arange(self.tokens) + offset, 0, max(self.tokens - 1, 0))
        beyond = base - 1 + inside - (reach if offset < 0 else 0)
        return np.where(inside >= 0, numbers[where], beyond + 1)

    def _values(self, name: str):
        for number, (row, length) in enumerate(zip(self._rows, self._lengths)):
            if len(row.get(name, ())) < length:
                words = " ".join(row["raw_tokens"][:8])
                raise ValueError(
                    f"Sentence {number + 1} ({words} ...) lacks the column '{name}', "
                    "which the model's features need."
                )
        return itertools.chain.from_iterable(
            row[name][:length] for row, length in zip(self._rows, self._lengths)
        )


def _reach(templates) -> int:
    return max((abs(offset) for parts in templates for _, offset in parts), default=0)


def _keys(prefix: np.ndarray | None, numbers: np.ndarray, base: int) -> np.ndarray:
    """Return one key per token, 0 where a part is unknown."""
    if prefix is None:
        return numbers
    return np.where((prefix > 0) & (numbers > 0), prefix * base + numbers, 0)


def _look_up(known: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return where each key stands among the sorted known ones, from 1; 0: nowhere."""
    if not len(known):
        return np.zeros(len(keys), np.int64)
    position = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where((known[position] == keys) & (keys > 0), position + 1, 0)
