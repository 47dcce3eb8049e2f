"""What `perpareDataset` stores: the arrays of sentences, and what they must fulfil.

Tokens are numbers of distinct words, and indices of the other columns. Who reads a file
checks that all of them are below the size of what they point into: it may be anybody's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from util.corpus.cache import Pieces
from util.corpus.columns import Column, Columns, blocks
from util.corpus.datasets import SPLITS
from util.corpus.rows import CHARACTERS, OF_WORDS, RAW, Row, Rows, Words

# Data of no more values come as lists of rows, which a program may change in place.
MOST_IN_LISTS = 10_000_000
_OF_A_SENTENCE = 8  # an empty list and its place take as much as so many values
_NO_COLUMN = Column([], np.zeros(0, np.int32))

Mappings = Mapping[str, Mapping[str, int]]
Data = dict[str, dict[str, Sequence[Row]]]


def pack(
    words: Row,
    sentences: Mapping[str, Mapping[str, Columns]],
    mappings: Mappings,
    padded: bool,
) -> dict[str, Any]:
    """Return sentences as `cache.store` takes them, with their mappings.

    Args:
        words: All distinct words, as the row of one long sentence.
        sentences: By data set and split.
        mappings: The index of each value, by column.
        padded: Whether sentences of one token get a padding token.
    """
    arrays: dict[str, Pieces] = {}

    def put(table: Sequence[int], numbers: np.ndarray | None = None) -> str:
        """Note an array, of the smallest integers; return its name."""
        table = np.asarray(table, np.int64)
        dtype = np.min_scalar_type(int(table.max(initial=0)))
        table, name = table.astype(dtype), f"array {len(arrays)}"
        if numbers is None:
            arrays[name] = Pieces(dtype, table.shape, [table])
        else:
            pieces = (table[block] for block in blocks(numbers))
            arrays[name] = Pieces(dtype, numbers.shape, pieces)
        return name

    of_words = {name: put(words[name]) for name in OF_WORDS if name != CHARACTERS}
    of_words[CHARACTERS] = put([*itertools.chain.from_iterable(words[CHARACTERS])])
    of_words["ends"] = put(np.cumsum([*map(len, words[CHARACTERS])], dtype=np.int64))
    place = {word: number for number, word in enumerate(words[RAW])}
    data = {name: {} for name in sentences}
    for data_set, split in itertools.product(sentences, SPLITS):
        found = sentences[data_set].get(split) or Columns.of([])
        tokens = found.columns.get("tokens", _NO_COLUMN)
        data[data_set][f"{split}Matrix"] = {
            "lengths": put(found.lengths),
            "words": put([place[word] for word in tokens.values], tokens.numbers),
            "columns": {
                name: put(_indices(column.values, mappings[name]), column.numbers)
                for name, column in found.columns.items()
                if name not in OF_WORDS
            },
        }
    plain = {"mappings": mappings, "words": words[RAW], "of_words": of_words}
    return {**plain, "padded": padded, "data": data, **arrays}


def _indices(values: Iterable[str], mapping: Mapping[str, int]) -> list[int]:
    """Return the index of each value; what the mapping lacks is behind the last."""
    return [mapping.get(value, len(mapping)) for value in values]


def unpack(content: Mapping[str, Any]) -> Data:
    """Return the rows of each data set and split, after a look at everything.

    They come as lists, or, if they are many, as `Rows`, which make them when asked.

    Args:
        content: What `cache.load` returns.

    Raises:
        ValueError: What is wrong with it, in a few words.
    """
    mappings, data, texts = map(content.get, ("mappings", "data", "words"))
    _check_mappings(mappings, content.get("embeddings"))
    _expect(isinstance(texts, list) and _are(str, texts), "no list of 'words'")
    _expect(isinstance(content.get("padded"), bool), "it does not say if it is padded")
    arrays = {n: x for n, x in content.items() if isinstance(x, np.ndarray)}
    words = _words(texts, content.get("of_words"), mappings, arrays)
    _expect(_is_table(data), "no 'data'")
    rows: dict[str, dict[str, Rows]] = {}
    for name, splits in data.items():
        _expect(
            _is_table(splits)
            and splits.keys() <= {f"{split}Matrix" for split in SPLITS},
            f"the data set '{name}' has no splits",
        )
        rows[name] = {
            split: _rows(described, words, len(texts), mappings, arrays, content)
            for split, described in splits.items()
        }
    size = sum(_size(split) for splits in rows.values() for split in splits.values())
    if size * len(mappings) > MOST_IN_LISTS:
        return rows
    return {n: {s: list(r) for s, r in splits.items()} for n, splits in rows.items()}


def _check_mappings(mappings: Any, vectors: Any) -> None:
    _expect(_is_table(mappings) and "tokens" in mappings, "no 'mappings' of tokens")
    for column, mapping in mappings.items():
        indices = list(mapping.values()) if _is_table(mapping) else [None]
        _expect(_are_below(indices, 1 << 31), f"the mapping '{column}' has no indices")
    if vectors is not None:
        _expect(
            isinstance(vectors, np.ndarray)
            and vectors.ndim == 2
            and vectors.dtype.kind == "f"
            and _are_below(list(mappings["tokens"].values()), len(vectors)),
            "the word vectors do not fit the words",
        )


def _words(texts: list, of_words: Any, mappings: Mappings, arrays: dict) -> Words:
    """Return the distinct words."""
    size = len(texts)
    names = {*OF_WORDS, "ends"}
    _expect(_is_table(of_words) and of_words.keys() == names, "no columns 'of_words'")
    _expect(mappings.keys() >= {*OF_WORDS}, "no mappings of casing and characters")
    indices = {
        name: _taken(of_words[name], len(mappings[name]) + 1, arrays, size)
        for name in OF_WORDS
        if name != CHARACTERS
    }
    most = len(mappings[CHARACTERS]) + 1
    characters = _taken(of_words[CHARACTERS], most, arrays)
    ends = _taken(of_words["ends"], len(characters) + 1, arrays, size).astype(np.int64)
    _expect(
        np.all(np.diff(ends, prepend=0) >= 0)
        and (ends[-1] if size else 0) == len(characters),
        "the characters of words do not fit them",
    )
    return Words(texts, indices, characters, ends)


def _rows(
    described: Any,
    words: Words,
    size: int,
    mappings: Mappings,
    arrays: dict,
    content: Mapping[str, Any],
) -> Rows:
    """Return the rows of a split."""
    _expect(
        _is_table(described) and described.keys() == {"lengths", "words", "columns"},
        "a split has no lengths, words and columns",
    )
    numbers = _taken(described["words"], size, arrays)
    lengths = _taken(described["lengths"], 1 << 31, arrays)
    _expect(
        int(lengths.sum(dtype=np.float64)) == len(numbers),
        "the lengths of sentences do not fit their words",
    )
    columns = described["columns"]
    _expect(
        _is_table(columns) and columns.keys() <= mappings.keys() - {*OF_WORDS},
        "a sentence has other columns than the mappings",
    )
    found = {
        # A value that its mapping lacks has the index behind the last.
        column: _taken(name, len(mappings[column]) + 1, arrays, len(numbers))
        for column, name in columns.items()
    }
    return Rows(words, lengths, numbers, found, [*mappings], content["padded"])


def _taken(
    name: Any, end: int, arrays: dict[str, np.ndarray], size: int | None = None
) -> np.ndarray:
    """Return an array of integers below `end`; each may be asked for once."""
    array = arrays.pop(name, None) if isinstance(name, str) else None
    _expect(
        array is not None and array.ndim == 1 and array.dtype.kind in "iu",
        "an array is missing, or used twice",
    )
    _expect(size is None or len(array) == size, "an array is too long or too short")
    good = all(b.min() >= 0 and b.max() < end for b in blocks(array))
    _expect(good, "an index points at nothing")
    return array


def _size(rows: Rows) -> int:
    """Return how many values a column of lists would take."""
    return int(rows.lengths.sum()) + _OF_A_SENTENCE * len(rows)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and _are(str, value)


def _are(kind: type, values: Any) -> bool:
    return set(map(type, values)) <= {kind}


def _are_below(values: list, end: int) -> bool:
    return not values or (_are(int, values) and min(values) >= 0 and max(values) < end)


def _expect(good: bool, problem: str) -> None:
    if not good:
        raise ValueError(problem)
