"""The run of several epochs: scores, the best model, early stopping, the results file.

An epoch trains every task on each of its sentences once, whatever the sizes of the
data sets; the mini-batches of all tasks are spread evenly over it. Training stops when
no evaluated task has had a better dev score for `earlyStopping` epochs.
"""

from __future__ import annotations

import logging
import math
import os
from typing import TYPE_CHECKING, NamedTuple

from util import tagschemes

if TYPE_CHECKING:
    from neuralnets.BiLSTM import BiLSTM


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


def fit(tagger: BiLSTM, epochs: int) -> None:
    """Train a tagger for at most `epochs` epochs; see `BiLSTM.fit`."""
    evaluated = evaluated_tasks(tagger)
    board = Scoreboard(tagger.params["earlyStopping"])
    for _ in range(epochs):
        tagger.trainModel()
        if not evaluated:
            continue
        scores = {name: _scores(tagger, name) for name in evaluated}
        improved, mean_improved = board.update(scores)
        _report(tagger, scores, board)
        _save(tagger, scores, improved, mean_improved)
        if board.stop:
            logging.info("Stopped: no better dev score for %d epochs.", board.waited)
            break
    if not evaluated and tagger.modelSavePath and epochs:
        for name in _tasks_with_files(tagger):
            tagger.saveModel(name, tagger.epoch - 1, math.nan, math.nan)


def evaluated_tasks(tagger: BiLSTM) -> list[str]:
    """Return the tasks to score.

    Raises:
        ValueError: There are no data sets, or one to evaluate has no dev labels.
    """
    if not tagger.datasets:
        raise ValueError("Call setDataset before fit.")
    names = [n for n, d in tagger.datasets.items() if d.get("evaluate", True)]
    for name in names:
        rows = tagger.data[name].get("devMatrix")
        if not rows or not any(row[tagger.labelKeys[name]] for row in rows):
            raise ValueError(
                f"Data set '{name}' has no dev split with the labels "
                f"'{tagger.labelKeys[name]}', which choosing the best epoch needs. "
                "Add one, or set 'evaluate': False."
            )
    return names


def _scores(tagger: BiLSTM, name: str) -> Scores:
    splits = tagger.data[name]
    return Scores(
        *tagger.computeScore(name, splits["devMatrix"], splits.get("testMatrix"))
    )


def _one_file_each(tagger: BiLSTM) -> bool:
    return "[ModelName]" in tagger.modelSavePath or len(tagger.labelKeys) == 1


def _tasks_with_files(tagger: BiLSTM) -> list[str]:
    names = list(tagger.labelKeys)
    return names if _one_file_each(tagger) else names[:1]


def _save(
    tagger: BiLSTM, scores: dict[str, Scores], improved: list[str], mean_improved: bool
) -> None:
    """Store what got better: a task's own file, or the one file of all tasks."""
    if not tagger.modelSavePath:
        return
    if _one_file_each(tagger):
        for name in improved:
            tagger.saveModel(name, tagger.epoch - 1, *scores[name])
    elif mean_improved:
        tagger.saveModel(next(iter(scores)), tagger.epoch - 1, *mean_scores(scores))


def _report(tagger: BiLSTM, scores: dict[str, Scores], board: Scoreboard) -> None:
    """Log the epoch's scores and append them to the results file."""
    for name, score in scores.items():
        best = board.best[name]
        spans = tagschemes.scheme_of(tagger.labelKeys[name])
        logging.info(
            "%s %s: dev %.4f, test %.4f (best dev %.4f, its test %.4f)",
            *(name, "F1" if spans else "accuracy", *score, *best),
        )
        if tagger.resultsSavePath:
            line = map(str, (tagger.epoch, name, *score, *best))
            os.makedirs(os.path.dirname(tagger.resultsSavePath) or ".", exist_ok=True)
            with open(tagger.resultsSavePath, "a", encoding="utf-8") as file:
                file.write("\t".join(line) + "\n")
