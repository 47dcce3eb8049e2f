"""Learning curves, from the results file that training writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from neuralnets.training import results


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
    """Return by task the scores of the last run in lines of a results file."""
    return {
        task: [Point(*line[:3]) for line in found]
        for task, found in results.parse(lines, path).items()
    }
