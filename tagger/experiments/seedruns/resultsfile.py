"""How far a training has come, from the results file that it writes."""

from __future__ import annotations

from typing import NamedTuple

from neuralnets.training import results


class Outcome(NamedTuple):
    """How far a task has come.

    Attributes:
        dev, test: Scores in [0, 1] at the epoch with the best dev score so far.
        best_epoch, epoch: That epoch and the last one, from 1.
    """

    dev: float
    test: float
    best_epoch: int
    epoch: int


def read(path: str) -> dict[str, Outcome]:
    """Return the outcome of each task of the last run in a results file.

    Raises:
        ValueError: A line is none of a results file.
    """
    outcomes = {}
    for task, lines in lines_of(path).items():
        last = lines[-1]
        # The best score stands there from the epoch on that reached it.
        best = next((o for o in lines if o.best_dev == last.best_dev), last)
        outcomes[task] = Outcome(last.best_dev, last.best_test, best.epoch, last.epoch)
    return outcomes


def lines_of(path: str) -> dict[str, list[results.Line]]:
    """Return the lines of each task of the last run in a results file.

    Raises:
        ValueError: A line is none of a results file.
    """
    with open(path, encoding="utf-8") as file:
        return results.parse(file, path)
