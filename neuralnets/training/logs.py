"""Logs that TensorBoard shows: `tensorboard --logdir DIR`."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence

from neuralnets.framework import tf
from tagger.evaluation.report import TaskReport
from tagger.evaluation.text import conlleval


class TrainingLog:
    """Writes what training reaches, epoch by epoch.

    Args:
        folder: Where the logs go; None: nothing is written.
    """

    def __init__(self, folder: str | None):
        self._writer = _writer(folder) if folder else None

    def epoch(
        self,
        epoch: int,
        loss: float,
        tokens_per_second: float,
        scores: Mapping[str, tuple[float, float]],
    ) -> None:
        """Write the values of one epoch.

        Args:
            epoch: Its number, from 1.
            loss: The mean loss.
            tokens_per_second: The speed of training.
            scores: Dev and test score by task, in [0, 1]; NaN is left out.
        """
        if self._writer is None:
            return
        values = {"loss": loss, "tokens per second": tokens_per_second}
        for name, pair in scores.items():
            for split, score in zip(("dev", "test"), pair):
                if not math.isnan(score):
                    values[f"{name}/{split}"] = score
        _write(self._writer, values, epoch)


def log_report(folder: str, tasks: Sequence[TaskReport]) -> None:
    """Write the scores of an evaluation, and conlleval's table as text."""
    writer = _writer(folder)
    for task in tasks:
        precision, recall, f1 = task.counts.scores()
        values = {"accuracy": task.accuracy}
        if task.scheme:
            values.update({"precision": precision, "recall": recall, "F1": f1})
        for type_ in task.types:
            values[f"F1 by type/{type_}"] = task.counts.scores(type_)[2]
        for unit, found in task.calibration.items():
            values[f"calibration error/{unit}"] = found.error
        _write(writer, {f"{task.task}/{name}": v for name, v in values.items()}, 0)
        table = "\n".join(f"    {line}" for line in conlleval(task).splitlines())
        with _errors(folder), writer.as_default(step=0):
            tf.summary.text(f"{task.task}/scores", table)
            writer.flush()


def _writer(folder: str) -> tf.summary.SummaryWriter:
    os.makedirs(folder, exist_ok=True)
    with _errors(folder):
        return tf.summary.create_file_writer(folder)


def _write(
    writer: tf.summary.SummaryWriter, values: Mapping[str, float], step: int
) -> None:
    with _errors("TensorBoard's logs"), writer.as_default(step=step):
        for name, value in values.items():
            tf.summary.scalar(name, value)
        writer.flush()


@contextlib.contextmanager
def _errors(what: str) -> Iterator[None]:
    """Turn TensorFlow's errors of the file system into the system's own kind."""
    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(f"{what}: {error.message}") from None
