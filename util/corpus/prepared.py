"""Prepared data that come from a file: are they what `perpareDataset` stores?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from util.corpus.datasets import SPLITS


def check(content: Mapping[str, Any]) -> None:
    """Raise unless mappings, rows and word vectors have the right form and fit.

    Args:
        content: What `cache.load` returns.

    Raises:
        ValueError: What is wrong, in a few words.
    """
    mappings, data = content.get("mappings"), content.get("data")
    _expect(_is_table(mappings) and "tokens" in mappings, "no 'mappings' of tokens")
    for column, mapping in mappings.items():
        indices = list(mapping.values()) if _is_table(mapping) else [None]
        _expect(_are_below(indices, 1 << 31), f"the mapping '{column}' has no indices")
    vectors = content.get("embeddings")
    if vectors is not None:
        _expect(
            isinstance(vectors, np.ndarray)
            and vectors.ndim == 2
            and vectors.dtype.kind == "f"
            and _are_below(list(mappings["tokens"].values()), len(vectors)),
            "the word vectors do not fit the words",
        )
    _expect(_is_table(data), "no 'data'")
    seen: set[int] = set()
    for name, splits in data.items():
        _expect(
            _is_table(splits)
            and splits.keys() <= {f"{split}Matrix" for split in SPLITS}
            and all(isinstance(rows, list) for rows in splits.values()),
            f"the data set '{name}' has no splits",
        )
        for row in (row for rows in splits.values() for row in rows):
            if id(row) not in seen:
                seen.add(id(row))
                _check_row(row, mappings, seen)


def _check_row(
    row: Any, mappings: Mapping[str, Mapping[str, int]], seen: set[int]
) -> None:
    """Check a row of `createMatrices`; lists in `seen` were checked before."""
    _expect(
        _is_table(row) and row.keys() == {"raw_tokens", *mappings},
        "a sentence has other columns than the mappings",
    )
    length = len(row["tokens"]) if isinstance(row["tokens"], list) else -1
    for column, values in row.items():
        good = isinstance(values, list)
        if good and column == "raw_tokens":
            good = _are(str, values) and length - 1 <= len(values) <= length
        elif good:
            # A value that its mapping lacks has the index behind the last.
            most = len(mappings[column]) + 1
            good = len(values) in (0, length)
            if column == "characters":
                good = good and _are(list, values)
                for word in values if good else ():
                    if id(word) not in seen:
                        seen.add(id(word))
                        good = good and _are_below(word, most)
            else:
                good = good and _are_below(values, most)
        _expect(good, f"a sentence has bad values in the column '{column}'")


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and _are(str, value)


def _are(kind: type, values: Any) -> bool:
    return set(map(type, values)) <= {kind}


def _are_below(values: list, end: int) -> bool:
    return not values or (_are(int, values) and min(values) >= 0 and max(values) < end)


def _expect(good: bool, problem: str) -> None:
    if not good:
        raise ValueError(problem)
