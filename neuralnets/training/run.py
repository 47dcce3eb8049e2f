"""The run of several epochs: scores, the best model, early stopping, checkpoints.

An epoch trains every task on each of its sentences once, whatever the sizes of the
data sets; the mini-batches of all tasks are spread evenly over it. Training stops when
no evaluated task has had a better dev score for `earlyStopping` epochs.
It is long because all that an interrupted run must take up again is in one class.
"""

from __future__ import annotations

import contextlib
import logging
import math
import numbers
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from neuralnets.batches.table import Row
from neuralnets.storage import h5file
from neuralnets.tagging.scores import is_labelled
from neuralnets.training import checkpoint, identity, places
from neuralnets.training.averaging import Averaging
from neuralnets.training.calibration import calibrate
from neuralnets.training.logs import TrainingLog
from neuralnets.training.results import ResultsFile
from neuralnets.training.scoreboard import Scoreboard, Scores, mean_scores
from neuralnets.training.step import TaskTrainer
from neuralnets.training.trainable import Trainable
from util.modelpaths import MODEL_NAME
from util.process import told_to_end

logger = logging.getLogger(__name__)

DECAY = "averageWeights"


class Run:
    """One run of `fit`: what it has reached, and the files that it keeps.

    Args:
        tagger: What to train.
        evaluated: The tasks to score.
    """

    def __init__(self, tagger: Trainable, evaluated: list[str]):
        self.tagger = tagger
        self.evaluated = evaluated
        self.board = Scoreboard(tagger.params["earlyStopping"])
        self.results = ResultsFile(tagger.resultsSavePath, tagger.ownResults)
        self.path: str | None = None  # of the checkpoint; it may depend on the seed
        self.stored: dict[str, str] = {}  # the file of the best model, by task
        self.log = TrainingLog(tagger.tensorboardPath)
        self._averaging: Averaging | None = None
        self._description: dict[str, Any] = {}
        self._written = False

    def resume(self) -> None:
        """Go back to the last finished epoch of an earlier run, if there is one.

        Raises:
            ValueError: There is no place for checkpoints, none is whole, or it is of
                a run with other parameters or data.
        """
        tagger = self.tagger
        if not (tagger.modelSavePath or tagger.checkpointPath):
            raise ValueError("To resume, set `modelSavePath` or `checkpointPath`.")
        path = places.earlier_checkpoint(tagger)
        content = checkpoint.read(path) if path else None
        if content is None:
            logger.info("There is no checkpoint: starting from the beginning.")
            return
        if tagger.params["seed"] is None:
            tagger.params["seed"] = content.run["params"]["seed"]
        trainers = self._prepared()
        identity.check(path, content.run, self.description)
        self.path = path
        if self._averaging is not None:
            size = len(self._averaging.means)
            content, means = content.without(size), content.arrays[-size:]
            self._averaging.restore(means, content.progress["averaged"])
        checkpoint.restore(content, trainers)
        tagger.epoch = content.progress["epoch"]
        self.board.restore(content.progress["board"])
        self.results.restore(content.progress["results"])
        self._take_over_stored(content.progress)
        self._written = True
        logger.info("Going on after epoch %d: %s", tagger.epoch, self.path)

    def _take_over_stored(self, progress: dict[str, Any]) -> None:
        """Take over which models the earlier run stored, as far as they are its own."""
        checksums = progress.get("checksums", {})
        for name, path in progress.get("stored", {}).items():
            if name in checksums and checksums[name] != h5file.checksum(path):
                logger.warning(
                    "%s is no longer what this run stored there as its best model. To "
                    "keep those of several runs, give each its own --output.",
                    path,
                )
            else:
                self.stored[name] = path

    def begin(self) -> None:
        """Write a first checkpoint, unless this run goes on from one.

        It says where this run's lines in the results file start, and what its seed is.
        """
        tagger = self.tagger
        if self._written:
            return
        self._prepared()  # may draw the seed
        self.results.begin(tagger.params["seed"])
        if not (tagger.modelSavePath or tagger.checkpointPath):
            return
        self.path = places.checkpoint_path(tagger)
        if os.path.exists(self.path):
            logger.warning("%s of an earlier run is replaced.", self.path)
        self._checkpoint()

    def _prepared(self) -> Sequence[TaskTrainer]:
        """Return the trainers, and begin to average weights if that is wanted."""
        trainers, decay = self.tagger.prepareTraining(), self.tagger.params[DECAY]
        if decay and self._averaging is None:
            self._averaging = Averaging(checkpoint.weights(trainers), decay)
        return trainers

    @property
    def description(self) -> dict[str, Any]:
        """What the run was started with."""
        if not self._description:
            self._description = identity.describe(self.tagger, self.evaluated)
        return self._description

    def epoch(self) -> None:
        """Train one epoch, score it, and store what has to be kept."""
        tagger = self.tagger
        tokens = sum(int(t.lengths.sum()) for t in tagger.prepareTraining())
        started = time.monotonic()
        loss = tagger.trainModel()
        speed = tokens / (time.monotonic() - started)
        averaged: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        if self._averaging is not None:
            self._averaging.add()
            averaged = self._averaging.applied()
        with averaged:
            scores = {name: _scores(tagger, name) for name in self.evaluated}
            if scores:
                improved, mean_improved = self.board.update(scores)
                self._report(scores)
                before = dict(self.stored)
                self.stored.update(_save(tagger, scores, improved, mean_improved))
        self.log.epoch(tagger.epoch, loss, speed, scores)
        if self.path:
            self._checkpoint()
        self.results.write()
        if scores and tagger.keepBestOnly:
            # No checkpoint names them any more.
            for path in set(before.values()) - set(self.stored.values()):
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def _report(self, scores: dict[str, Scores]) -> None:
        """Log the epoch's scores and take them into the results."""
        for name, score in scores.items():
            best = self.board.best[name]
            spans = self.tagger.tasks[name].scheme
            logger.info(
                "%s %s: dev %.4f, test %.4f (best dev %.4f, its test %.4f)",
                *(name, "F1" if spans else "accuracy", *score, *best),
            )
            self.results.add(self.tagger.epoch, name, *score, *best)

    def _checkpoint(self) -> None:
        progress = {
            "epoch": self.tagger.epoch,
            "board": self.board.as_plain_data(),
            "results": self.results.as_plain_data(),
            "stored": self.stored,
            "checksums": {n: h5file.checksum(path) for n, path in self.stored.items()},
        }
        arrays = [
            v.numpy() for v in checkpoint.variables(self.tagger.prepareTraining())
        ]
        if self._averaging is not None:
            progress["averaged"] = self._averaging.count
            arrays += self._averaging.means
        content = checkpoint.Checkpoint(self.description, progress, arrays)
        checkpoint.write(self.path, content, keep_previous=self._written)
        self._written = True

    def end(self) -> None:
        """Put right what the stored models say, and leave the weights scored last."""
        changed = self.tagger.calibratesStored and calibrate(self.tagger, self.stored)
        if changed and self.path:
            self._checkpoint()  # it knows the files by their checksums
        if self._averaging is not None and self._averaging.count:
            self._averaging.leave()


def fit(tagger: Trainable, epochs: int, resume: bool = False) -> Run:
    """Train a tagger for at most `epochs` epochs; see `BiLSTM.fit`."""
    if not isinstance(epochs, numbers.Integral) or epochs < 1:
        raise ValueError(
            f"`epochs` must be a whole number from 1 on. Received: {epochs!r}"
        )
    evaluated = evaluated_tasks(tagger)
    with _shown(), places.held(tagger), tagger.keepingTables(splits_of(tagger)):
        if not tagger.modelSavePath:
            logger.warning(
                "The model will not be stored: `modelSavePath` is not set. Set it now, "
                "or before saveModel afterwards."
            )
        return _fit(tagger, evaluated, epochs, resume)


@contextlib.contextmanager
def _shown() -> Iterator[None]:
    """Show what is logged meanwhile, if the program has set up no logging at all."""
    package = logging.getLogger(__name__.partition(".")[0])
    if package.hasHandlers() or package.level != logging.NOTSET:
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    package.addHandler(handler)
    package.setLevel(logging.INFO)
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(logging.NOTSET)


def _fit(tagger: Trainable, evaluated: list[str], epochs: int, resume: bool) -> Run:
    run = Run(tagger, evaluated)
    tagger.epoch = 0
    if resume:
        run.resume()
        if tagger.epoch >= epochs and not run.board.stop:
            logger.info(
                "All %d epochs were done before. To train longer, ask for more.", epochs
            )
    run.begin()
    try:
        while tagger.epoch < epochs and not run.board.stop:
            run.epoch()
    except BaseException as error:
        ended = isinstance(error, KeyboardInterrupt) or told_to_end()
        if ended and run.path and os.path.exists(run.path):
            logger.warning(
                "All finished epochs are kept; go on with the same "
                "command and --resume, or with fit(epochs, resume=True)."
            )
        raise
    if run.board.stop:
        logger.info("Stopped: no better dev score for %d epochs.", run.board.waited)
    run.end()
    if not run.evaluated and tagger.modelSavePath:
        for name in _tasks_with_files(tagger):
            tagger.saveModel(name, tagger.epoch - 1, math.nan, math.nan)
    return run


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
        if not is_labelled(rows, tagger.tasks[name].label):
            raise ValueError(
                f"Data set '{name}' has no dev split with the labels "
                f"'{tagger.tasks[name].label}', which choosing the best epoch needs. "
                "Add one, or set 'evaluate': False. (Without any dev file, "
                "`tagger train` sets sentences of train aside.)"
            )
    return names


def splits_of(tagger: Trainable) -> list[Sequence[Row]]:
    """Return the rows of every split of all data sets."""
    return [rows for data in tagger.data.values() for rows in data.values()]


def _scores(tagger: Trainable, name: str) -> Scores:
    splits = tagger.data[name]
    return Scores(
        *tagger.computeScore(name, splits["devMatrix"], splits.get("testMatrix"))
    )


def _one_file_each(tagger: Trainable) -> bool:
    return MODEL_NAME in tagger.modelSavePath or len(tagger.tasks) == 1


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
