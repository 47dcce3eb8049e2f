"""What the definition of a data set may hold."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from util.corpus import tagcolumns

# Columns that every sentence gets, so that no file's own can be called so.
_TAKEN = ("casing", "characters", "raw_tokens", "taskID", "elmo", "direct_features")

# What a definition may hold. Other keys are their owner's, unless they look like these.
_KEYS = frozenset(
    "columns label evaluate commentSymbol path files invalidTags tagStyle".split()
)
_LIKE = 0.75


def check_definition(name: str, dataset: Mapping[str, Any]) -> None:
    """Raise a `ValueError` that says what is wrong with a data set's definition."""
    for key in set(map(str, dataset)) - _KEYS:
        for meant in difflib.get_close_matches(key, _KEYS, 1, _LIKE):
            raise ValueError(
                f"Data set '{name}' has an unknown key '{key}'. Did you mean '{meant}'?"
            )
    columns = dataset.get("columns")
    if not isinstance(columns, Mapping) or "tokens" not in columns.values():
        raise ValueError(
            f"Data set '{name}' needs 'columns', a dictionary of column index to name "
            f"with one called 'tokens'. Received: {columns!r}"
        )
    for index in columns:
        if not isinstance(index, int) or index < 0:
            raise ValueError(
                f"Data set '{name}': the keys of 'columns' must be column indices "
                f"from 0. Received: {index!r}"
            )
    names = list(columns.values())
    for name_ in names:
        if not isinstance(name_, str) or names.count(name_) > 1 or name_ in _TAKEN:
            raise ValueError(
                f"Data set '{name}': the names in 'columns' must be different strings, "
                f"and none of {', '.join(_TAKEN)}, which every sentence gets. "
                f"Received: {name_!r}"
            )
    if not isinstance(dataset.get("label"), str):
        raise ValueError(
            f"Data set '{name}' needs 'label', the name of the column to predict. "
            f"Received: {dataset.get('label')!r}"
        )
    if dataset.get("invalidTags", "keep") not in ("keep", "error", "repair"):
        raise ValueError(
            f"Data set '{name}': 'invalidTags' must be 'keep', 'error' or 'repair'. "
            f"Received: {dataset['invalidTags']!r}"
        )

    try:
        tagcolumns.styles_of(columns.values(), dataset.get(tagcolumns.KEY))
    except ValueError as error:
        raise ValueError(f"Data set '{name}': {error}") from None
