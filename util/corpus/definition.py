"""What the definition of a data set may hold."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from util.corpus import partial, tagcolumns
from util.corpus.datasets import label_column

# Columns that every sentence gets, so that no file's own can be called so.
_TAKEN = ("casing", "characters", "raw_tokens", "taskID", "elmo", "direct_features")

# What a definition may hold. Other keys are their owner's, unless they look like these.
_KEYS = frozenset(
    (
        "columns label evaluate commentSymbol path files invalidTags tagStyle partial "
        "weights"
    ).split()
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
        taken = name_ in _TAKEN or (isinstance(name_, str) and partial.label_of(name_))
        if not isinstance(name_, str) or names.count(name_) > 1 or taken:
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
    _check_partial(name, dataset)
    try:
        tagcolumns.styles_of(columns.values(), dataset.get(tagcolumns.KEY))
    except ValueError as error:
        raise ValueError(f"Data set '{name}': {error}") from None


def _check_partial(name: str, dataset: Mapping[str, Any]) -> None:
    """Check what goes with labels that are known in part, and with weights."""
    weights = dataset.get("weights")
    if weights is not None and weights not in dataset["columns"].values():
        raise ValueError(
            f"Data set '{name}': 'weights' must be the name of a column. There is no "
            f"{weights!r}; there are: {', '.join(dataset['columns'].values())}"
        )
    choice = dataset.get(partial.KEY, False)
    if not isinstance(choice, bool):
        raise ValueError(
            f"Data set '{name}': '{partial.KEY}' must be True or False. "
            f"Received: {choice!r}"
        )
    if not choice:
        return
    column, label = label_column(dataset), dataset["label"]
    written = label if column is None else dataset["columns"][column]
    style = dataset.get(tagcolumns.KEY)
    if isinstance(style, Mapping):
        style = style.get(written)
    if written != label or style:
        raise ValueError(
            f"Data set '{name}': with '{partial.KEY}' labels are read as the file "
            f"writes them, in no other scheme or style: set 'label': {written!r}, "
            f"without '{tagcolumns.KEY}' for it."
        )
    if dataset.get("invalidTags", "keep") != "keep":
        raise ValueError(
            f"Data set '{name}': 'invalidTags' does not go with '{partial.KEY}': what "
            "stands beside an unknown label may be valid. Leave one of them out."
        )
