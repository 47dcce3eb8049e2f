"""What a task is: one record from the data to the output."""

from __future__ import annotations

from collections.abc import Mapping
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
    """

    name: str
    label: str
    labels: tuple[str, ...]
    index: int | None = None

    @property
    def scheme(self) -> str | None:
        """The tag scheme of its labels, None if they write no spans."""
        return tagschemes.scheme_of(self.label)


def labels_of(mapping: Mapping[str, int]) -> tuple[str, ...]:
    """Return the labels of a mapping whose indices count from 0, in their order.

    >>> labels_of({"O": 0, "B-X": 1})
    ('O', 'B-X')
    """
    return tuple(sorted(mapping, key=mapping.__getitem__))
