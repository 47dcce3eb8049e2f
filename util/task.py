"""What a task is: one record from the data to the output."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from util import tagschemes

# Control signs, line and paragraph separators, halves of characters.
_NOT_PLAIN = {"Cc", "Zl", "Zp", "Cs"}


class Task(NamedTuple):
    """One thing to predict.

    Attributes:
        name: Its name, that of its data set.
        label: The column that it predicts.
        labels: The label of each index.
        index: Its number among the tasks that were trained together, None where an
            old file does not say.
        comment: What comments in its files begin with, None if they have none.
    """

    name: str
    label: str
    labels: tuple[str, ...]
    index: int | None = None
    comment: str | None = None

    @property
    def scheme(self) -> str | None:
        """The tag scheme of its labels, None if they write no spans."""
        return tagschemes.scheme_of(self.label)


def comment_of(tasks: Iterable[Task]) -> str | None:
    """Return what comments begin with in the files that tasks were trained on.

    Raises:
        ValueError: The tasks differ in it.
    """
    signs = dict.fromkeys(task.comment for task in tasks)
    if len(signs) > 1:
        raise ValueError(
            f"The model's tasks were trained on files with different comments "
            f"({', '.join(sign or 'none' for sign in signs)}). Say with --comment "
            "which of them this file has; --comment '' for none."
        )
    return next(iter(signs), None)


def is_plain(text: str) -> bool:
    """Tell whether a name can stand in a line of output: nothing in it ends lines.

    >>> is_plain("B-Größe"), is_plain("B-X\\nI-X"), is_plain("O\\0")
    (True, False, False)
    """
    return not any(unicodedata.category(sign) in _NOT_PLAIN for sign in text)


def labels_of(mapping: Mapping[str, int]) -> tuple[str, ...]:
    """Return the labels of a mapping whose indices count from 0, in their order.

    Raises:
        ValueError: A label holds a line end, a tab or another sign that controls.

    >>> labels_of({"O": 0, "B-X": 1})
    ('O', 'B-X')
    """
    for label in mapping:
        if not is_plain(label):
            raise ValueError(
                f"The label {label!r} holds a sign that ends lines or controls a "
                "terminal: no column can hold it. Rename it in the data."
            )
    return tuple(sorted(mapping, key=mapping.__getitem__))
