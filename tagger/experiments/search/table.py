"""`runs.csv`: a line for each trial of a search, with its settings and scores."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tagger.experiments.seedruns.table import Row
from util.files import atomic_path

FINISHED, PRUNED, FAILED = "finished", "pruned", "failed"


class TrialRow(NamedTuple):
    """What a trial reached.

    Attributes:
        trial: Its number, from 1; its seed, too.
        state: `finished`, `pruned` or `failed`.
        dev, test: Scores in [0, 1] at the epoch with the best dev score, the mean of
            all tasks; NaN: none.
        best_epoch, epochs: That epoch (of several tasks the last), and how many were
            trained; from 1.
        seconds: What training took.
        model: Paths of the best models' files, with a blank between.
        settings: By name, what was chosen; those that play no part are missing.
    """

    trial: int
    state: str
    dev: float
    test: float
    best_epoch: int
    epochs: int
    seconds: float
    model: str
    settings: Mapping[str, Any]


def row(
    trial: int, state: str, settings: Mapping[str, Any], tasks: Sequence[Row]
) -> TrialRow:
    """Return the line of a trial, from those of its tasks; none: it has failed."""
    if not tasks:
        return TrialRow(trial, state, math.nan, math.nan, 0, 0, 0.0, "", settings)
    return TrialRow(
        trial,
        state,
        sum(task.dev for task in tasks) / len(tasks),
        sum(task.test for task in tasks) / len(tasks),
        max(task.best_epoch for task in tasks),
        max(task.epochs for task in tasks),
        tasks[0].seconds,
        " ".join(dict.fromkeys(task.model for task in tasks if task.model)),
        settings,
    )


def write(path: str, names: Sequence[str], rows: Iterable[TrialRow]) -> None:
    """Write the table, all of it or nothing; `names` are those of the settings."""
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*TrialRow._fields[:-1], *names])
            for found in rows:
                settings = [found.settings.get(name, "") for name in names]
                writer.writerow([*found[:-1], *settings])
