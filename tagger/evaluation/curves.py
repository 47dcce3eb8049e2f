"""Learning curves, from the results file that training writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Point(NamedTuple):
    """The scores after an epoch, in [0, 1] or NaN."""

    epoch: int
    dev: float
    test: float


def read_curves(path: str) -> dict[str, list[Point]]:
    """Return by task the scores of the last run in a results file.

    Raises:
        ValueError: A line is of another form; the message starts with file and line.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        return parse_curves(file, path)


def parse_curves(lines: Iterable[str], path: str = "") -> dict[str, list[Point]]:
    """Return by task the scores of the last run in lines of a results file.

    Args:
        lines: Epoch, task, dev and test score, and more, separated by tabs. A run ends
            where the epochs start anew.
        path: Of the file, for errors.
    """
    curves: dict[str, list[Point]] = {}
    for number, line in enumerate(lines, 1):
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
