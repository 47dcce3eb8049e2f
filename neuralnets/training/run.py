"""The run of several epochs: scores, the best model, early stopping, checkpoints.

An epoch trains every task on each of its sentences once, whatever the sizes of the
data sets; the mini-batches of all tasks are spread evenly over it. Training stops when
no evaluated task has had a better dev score for `earlyStopping` epochs.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from neuralnets.batches.table import Row
from neuralnets.training import checkpoint
from neuralnets.training.logs import TrainingLog
from neuralnets.training.results import ResultsFile
from neuralnets.training.scoreboard import Scoreboard, Scores, mean_scores
from neuralnets.training.step import TaskTrainer
from util.task import Task


class Trainable(Protocol):
    """What a run needs of a `BiLSTM`; see there."""

    params: dict[str, Any]
    models: dict[str, Any]
    tasks: dict[str, Task]
    datasets: Mapping[str, Mapping[str, Any]]
    data: Mapping[str, Mapping[str, Sequence[Row]]]
    epoch: int
    modelSavePath: str | None
    resultsSavePath: str | None
    checkpointPath: str | None
    tensorboardPath: str | None

    def prepareTraining(self) -> Sequence[TaskTrainer]:
        """Build what is not built yet, and return the trainer of each task."""

    def trainModel(self) -> float:
        """Train one epoch and return the mean loss."""

    def computeScore(
        self, modelName: str, devMatrix: Sequence[Row], testMatrix: Sequence[Row] | None
    ) -> tuple[float, float]:
        """Return dev and test score."""

    def saveModel(
        self, modelName: str, epoch: int, dev_score: float, test_score: float
    ) -> str:
        """Store a task's model and return the file's path."""


class Run:
    """One run of `fit`: what it has reached, and the files that it keeps.

    Args:
        tagger: What to train.
    """

    def __init__(self, tagger: Trainable):
        self.tagger = tagger
        self.evaluated = evaluated_tasks(tagger)
        self.board = Scoreboard(tagger.params["earlyStopping"])
        self.results = ResultsFile(tagger.resultsSavePath)
        self.path = tagger.checkpointPath or _default_checkpoint(tagger)
        self.stored: dict[str, str] = {}  # the file of the best model, by task
        self.log = TrainingLog(tagger.tensorboardPath)
        self._description: dict[str, Any] = {}
        self._written = False

    def resume(self) -> None:
        """Go back to the last finished epoch of an earlier run, if there is one.

        Raises:
            ValueError: There is no place for checkpoints, none is whole, or it is of
                a run with other parameters or data.
        """
        tagger = self.tagger
        if not self.path:
            raise ValueError("To resume, set `modelSavePath` or `checkpointPath`.")
        content = checkpoint.read(self.path)
        if content is None:
            logging.info("%s: none there, starting from the beginning.", self.path)
            return
        then = content.run["params"]
        if tagger.params["seed"] is None and not tagger.models:
            tagger.params["seed"] = then["seed"]
        trainers = tagger.prepareTraining()
        now = self.description
        different = sorted(
            key
            for key in {*then, *now["params"]}
            if then.get(key) != now["params"].get(key)
        )
        if different or content.run != now:
            what = f"other parameters ({', '.join(different)})" if different else "data"
            raise ValueError(
                f"{self.path} is of a run with {'other ' * (not different)}{what}. "
                "Repeat that run's settings, or start anew without resuming."
            )
        checkpoint.restore(content, trainers)
        tagger.epoch = content.progress["epoch"]
        self.board.restore(content.progress["board"])
        self.results.restore(content.progress["results"])
        self.stored = dict(content.progress.get("stored", {}))
        self._written = True
        logging.info("Going on after epoch %d: %s", tagger.epoch, self.path)

    def begin(self) -> None:
        """Write a first checkpoint, unless this run goes on from one.

        It says where this run's lines in the results file start, and what its seed is.
        """
        if not self.path or self._written:
            return
        if os.path.exists(self.path):
            logging.warning(
                "%s of an earlier run is replaced. To go on from it instead, stop now "
                "and use --resume, or fit(epochs, resume=True).",
                self.path,
            )
        self._checkpoint()

    @property
    def description(self) -> dict[str, Any]:
        """What the run was started with."""
        if not self._description:
            tagger = self.tagger
            trainers = tagger.prepareTraining()
            self._description = checkpoint.describe_run(tagger.params, trainers)
        return self._description

    def epoch(self) -> None:
        """Train one epoch, score it, and store what has to be kept."""
        tagger = self.tagger
        tokens = sum(int(t.table.lengths.sum()) for t in tagger.prepareTraining())
        started = time.monotonic()
        loss = tagger.trainModel()
        speed = tokens / (time.monotonic() - started)
        scores = {name: _scores(tagger, name) for name in self.evaluated}
        if scores:
            improved, mean_improved = self.board.update(scores)
            self._report(scores)
            self.stored.update(_save(tagger, scores, improved, mean_improved))
        self.log.epoch(tagger.epoch, loss, speed, scores)
        if self.path:
            self._checkpoint()

    def _report(self, scores: dict[str, Scores]) -> None:
        """Log the epoch's scores and append them to the results file."""
        for name, score in scores.items():
            best = self.board.best[name]
            spans = self.tagger.tasks[name].scheme
            logging.info(
                "%s %s: dev %.4f, test %.4f (best dev %.4f, its test %.4f)",
                *(name, "F1" if spans else "accuracy", *score, *best),
            )
            self.results.append(self.tagger.epoch, name, *score, *best)

    def _checkpoint(self) -> None:
        progress = {
            "epoch": self.tagger.epoch,
            "board": self.board.as_plain_data(),
            "results": self.results.as_plain_data(),
            "stored": self.stored,
        }
        arrays = [
            v.numpy() for v in checkpoint.variables(self.tagger.prepareTraining())
        ]
        content = checkpoint.Checkpoint(self.description, progress, arrays)
        checkpoint.write(self.path, content, keep_previous=self._written)
        self._written = True


def fit(tagger: Trainable, epochs: int, resume: bool = False) -> Run:
    """Train a tagger for at most `epochs` epochs; see `BiLSTM.fit`."""
    run = Run(tagger)
    tagger.epoch = 0
    if resume:
        run.resume()
    run.begin()
    try:
        while tagger.epoch < epochs and not run.board.stop:
            run.epoch()
    except KeyboardInterrupt:
        if run.path and os.path.exists(run.path):
            logging.warning(
                "Interrupted. All finished epochs are kept; go on with the same "
                "command and --resume, or with fit(epochs, resume=True)."
            )
        raise
    if run.board.stop:
        logging.info("Stopped: no better dev score for %d epochs.", run.board.waited)
    if not run.evaluated and tagger.modelSavePath and epochs:
        for name in _tasks_with_files(tagger):
            tagger.saveModel(name, tagger.epoch - 1, math.nan, math.nan)
    return run


def _default_checkpoint(tagger: Trainable) -> str | None:
    """Return a path beside the models that tells the tasks, None without models."""
    if not tagger.modelSavePath:
        return None
    tasks = "_".join(f"{name}-{task.label}" for name, task in tagger.tasks.items())
    name = tasks.replace("/", "_")[:150] + ".checkpoint"
    return os.path.join(os.path.dirname(tagger.modelSavePath), name)


def evaluated_tasks(tagger: Trainable) -> list[str]:
    """Return the tasks to score.

    Raises:
        ValueError: There are no data sets, or one to evaluate has no dev labels.
    """
    if not tagger.datasets:
        raise ValueError("Call setDataset before fit.")
    names = [n for n, d in tagger.datasets.items() if d.get("evaluate", True)]
    for name in names:
        rows = tagger.data[name].get("devMatrix")
        if not rows or not any(row.get(tagger.tasks[name].label) for row in rows):
            raise ValueError(
                f"Data set '{name}' has no dev split with the labels "
                f"'{tagger.tasks[name].label}', which choosing the best epoch needs. "
                "Add one, or set 'evaluate': False."
            )
    return names


def _scores(tagger: Trainable, name: str) -> Scores:
    splits = tagger.data[name]
    return Scores(
        *tagger.computeScore(name, splits["devMatrix"], splits.get("testMatrix"))
    )


def _one_file_each(tagger: Trainable) -> bool:
    return "[ModelName]" in tagger.modelSavePath or len(tagger.tasks) == 1


def _tasks_with_files(tagger: Trainable) -> list[str]:
    names = list(tagger.tasks)
    return names if _one_file_each(tagger) else names[:1]


def _save(
    tagger: Trainable,
    scores: dict[str, Scores],
    improved: list[str],
    mean_improved: bool,
) -> dict[str, str]:
    """Store what got better: a task's own file, or the one file of all tasks.

    Returns:
        The file that was written, by task.
    """
    if not tagger.modelSavePath:
        return {}
    if _one_file_each(tagger):
        return {
            name: tagger.saveModel(name, tagger.epoch - 1, *scores[name])
            for name in improved
        }
    if not mean_improved:
        return {}
    mean = mean_scores(scores)
    path = tagger.saveModel(next(iter(scores)), tagger.epoch - 1, *mean)
    return dict.fromkeys(tagger.tasks, path)
