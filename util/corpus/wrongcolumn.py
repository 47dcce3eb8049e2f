"""Tells a column of tokens that holds something else: the words' numbers, or tags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from util.corpus.layouts import is_range

Row = Sequence[str]

_FEWEST_TOKENS = 3
_NUMBER = re.compile(r"[0-9]{1,9}")
_TAG = re.compile(r"O|[BIESLUMW]-.+", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")
_SHOWN = 3


def instead_of_tokens(
    sentences: Sequence[Sequence[Row]], columns: Mapping[int, str], token: int
) -> tuple[str, str]:
    """Say what stands in the column of the tokens, and which columns to give.

    It is only told where another column holds words.

    Args:
        sentences: The rows of a file's first sentences; comments may be among them.
        columns: The columns that are wanted, by index.
        token: That of the tokens.

    Returns:
        What stands there, such as `the numbers 1, 2, 3`, and columns that would be
        right, as `--columns` takes them. Two empty strings if all seems well.
    """
    told = [
        [row for row in rows if row[0][:1] != "#" and len(row) > token]
        for rows in sentences
    ]
    told = [[row for row in r if not is_range(row[token])] for r in told]
    told = [rows for rows in told if rows]
    values = [[row[token] for row in rows] for rows in told]
    every = [value for some in values for value in some]
    if len(every) < _FEWEST_TOKENS:
        return "", ""
    shown = ", ".join(value[:20] for value in every[:_SHOWN])
    numbers = _counts(values)
    tags = len(set(every) - {"O"}) and all(map(_TAG.fullmatch, every))
    if not numbers and not tags:
        return "", ""
    every_row = [row for rows in told for row in rows]
    words = _column_of_words(every_row, token, len(told) == 1)
    if words is None:
        return "", ""
    # Numbers are a column more than was thought; tags have the place of the tokens.
    moved = (_shifted if numbers and words in columns else _swapped)(
        columns, words - token, token
    )
    return (
        f"the {'numbers' if numbers else 'tags'} {shown}",
        ",".join(f"{i}:{moved[i]}" for i in sorted(moved)),
    )


def _counts(sentences: Sequence[Sequence[str]]) -> bool:
    """Tell numbers that count the words, of each sentence or of all of them."""
    before = None
    for values in sentences:
        if not all(map(_NUMBER.fullmatch, values)):
            return False
        numbers = list(map(int, values))
        first = numbers[0]
        if first not in (0, 1) and first - 1 != before:
            return False
        if numbers != list(range(first, first + len(numbers))):
            return False
        before = numbers[-1]
    return True


def _column_of_words(rows: Sequence[Row], token: int, alone: bool) -> int | None:
    """Return the first of the columns that hold words, by their many values.

    Args:
        rows: Those of the tokens.
        token: The column of the tokens, which holds none.
        alone: Whether all are one sentence: it might be one of numbers, and `CD` no
            word.
    """
    distinct = {}
    for index in range(min(map(len, rows))):
        values = [row[index] for row in rows]
        if index == token or all(map(_TAG.fullmatch, values)):
            continue
        if 2 * sum(1 for value in values if _LETTER.search(value)) > len(values):
            distinct[index] = len(set(values))
    most = max(distinct.values(), default=0)
    if alone and 3 * most <= len(rows):
        return None
    return next((i for i, count in distinct.items() if count >= 0.8 * most), None)


def _shifted(columns: Mapping[int, str], by: int, token: int) -> dict[int, str]:
    return {i + by if i >= token else i: name for i, name in columns.items()}


def _swapped(columns: Mapping[int, str], by: int, token: int) -> dict[int, str]:
    swap = {token: token + by, token + by: token}
    return {swap.get(i, i): name for i, name in columns.items()}
