"""The best scores of a run, and when to stop waiting for better ones."""

from __future__ import annotations

import math
from typing import Any, NamedTuple


class Scores(NamedTuple):
    """A dev and a test score in [0, 1]."""

    dev: float
    test: float


class Scoreboard:
    """The best scores so far, of each evaluated task and of the mean of all."""

    def __init__(self, patience: int):
        """Start empty; `patience` is the number of epochs to wait, 0 for ever."""
        self.best: dict[str, Scores] = {}
        self.best_mean: Scores | None = None
        self.patience = patience
        self.waited = 0

    def as_plain_data(self) -> dict[str, Any]:
        """Return what a checkpoint stores."""
        return {"best": self.best, "mean": self.best_mean, "waited": self.waited}

    def restore(self, data: dict[str, Any]) -> None:
        """Take over what a checkpoint stored."""
        self.best = {name: Scores(*score) for name, score in data["best"].items()}
        self.best_mean = Scores(*data["mean"]) if data["mean"] else None
        self.waited = data["waited"]

    def update(self, scores: dict[str, Scores]) -> tuple[list[str], bool]:
        """Take in an epoch's scores.

        Returns:
            The tasks with a better dev score, and whether the mean got better.
        """
        improved = [
            name
            for name, score in scores.items()
            if name not in self.best or score.dev > self.best[name].dev
        ]
        self.best.update({name: scores[name] for name in improved})
        mean = mean_scores(scores)
        mean_improved = self.best_mean is None or mean.dev > self.best_mean.dev
        if mean_improved:
            self.best_mean = mean
        self.waited = 0 if improved else self.waited + 1
        return improved, mean_improved

    @property
    def stop(self) -> bool:
        """Whether it has waited long enough for a better score."""
        return 0 < self.patience <= self.waited


def mean_scores(scores: dict[str, Scores]) -> Scores:
    """Return the mean over tasks; tasks without a score do not count."""

    def mean(values: list[float]) -> float:
        known = [value for value in values if not math.isnan(value)]
        return sum(known) / len(known) if known else math.nan

    return Scores(
        mean([score.dev for score in scores.values()]),
        mean([score.test for score in scores.values()]),
    )
