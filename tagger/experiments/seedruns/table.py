"""`results.csv`: what many seeds of one configuration have reached."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import NamedTuple

from util.files import atomic_path


class Row(NamedTuple):
    """A line of the table: one task of one seed.

    Attributes:
        seed, task: What was trained.
        dev, test: Scores in [0, 1], both at the epoch with the best dev score.
        best_epoch, epochs: That epoch, and how many were trained; from 1.
        seconds: What training took.
        model: Path of the best model's file, empty if there is none.
    """

    seed: int
    task: str
    dev: float
    test: float
    best_epoch: int
    epochs: int
    seconds: float
    model: str


def write(path: str, rows: Iterable[Row]) -> None:
    """Write the table, all of it or nothing, sorted by seed."""
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Row._fields)
            # The tasks of a seed stay in the order of training.
            writer.writerows(sorted(rows, key=lambda row: row.seed))
