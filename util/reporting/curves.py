"""Learning curves, from the results file that training writes."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """The scores after an epoch, in [0, 1] or NaN."""

    epoch: int
    dev: float
    test: float


def read_curves(path: str) -> dict[str, list[Point]]:
    """Return by task the scores of the last run in a results file.

    Args:
        path: Tab-separated lines of epoch, task, dev and test score, and more. A run
            ends where the epochs start anew.

    Raises:
        ValueError: A line is no such line; the message starts with file and line.
    """
    curves: dict[str, list[Point]] = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            columns = line.rstrip("\r\n").split("\t")
            try:
                point = Point(int(columns[0]), float(columns[2]), float(columns[3]))
            except (IndexError, ValueError):
                raise ValueError(
                    f"{path}:{number}: not a line of a results file, which has epoch, "
                    "task, dev score and test score, separated by tabs."
                ) from None
            curve = curves.setdefault(columns[1], [])
            if curve and point.epoch <= curve[-1].epoch:
                curve.clear()
            curve.append(point)
    return curves
