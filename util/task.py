"""What a task is: one record from the data to the output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from util import tagschemes


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


def labels_of(mapping: Mapping[str, int]) -> tuple[str, ...]:
    """Return the labels of a mapping whose indices count from 0, in their order.

    >>> labels_of({"O": 0, "B-X": 1})
    ('O', 'B-X')
    """
    return tuple(sorted(mapping, key=mapping.__getitem__))
