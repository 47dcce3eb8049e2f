"""Reading the results file that a training run writes: a line per epoch and task."""

from __future__ import annotations

from typing import NamedTuple


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

    A line that is still being written does not count.

    Raises:
        ValueError: A line is none of a results file.
    """
    found: dict[str, Outcome] = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith("\n"):
                break
            try:
                first, task, dev, _, best_dev, best_test = line.rstrip("\n").split("\t")
                epoch = int(first)
                dev, best_dev, best_test = map(float, (dev, best_dev, best_test))
            except ValueError:
                raise ValueError(
                    f"{path}:{number}: not a line of a results file."
                ) from None
            before = found.get(task)
            if before is None or epoch <= before.epoch or best_dev != before.dev:
                found[task] = Outcome(best_dev, best_test, epoch, epoch)
            else:
                found[task] = before._replace(epoch=epoch)
    return found
