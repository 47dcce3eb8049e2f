"""Logs that TensorBoard shows: `tensorboard --logdir DIR`."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Iterator, Mapping

from neuralnets.framework import tf


class TrainingLog:
    """Writes what training reaches, epoch by epoch.

    Args:
        folder: Where the logs go; None: nothing is written.
    """

    def __init__(self, folder: str | None):
        self._log = Log(folder) if folder else None

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
        if self._log is None:
            return
        values = {"loss": loss, "tokens per second": tokens_per_second}
        for name, pair in scores.items():
            for split, score in zip(("dev", "test"), pair):
                if not math.isnan(score):
                    values[f"{name}/{split}"] = score
        self._log.scalars(values, epoch)


class Log:
    """The files of one folder that TensorBoard reads."""

    def __init__(self, folder: str):
        self._folder = folder
        os.makedirs(folder, exist_ok=True)
        with _errors(folder):
            self._writer = tf.summary.create_file_writer(folder)

    def scalars(self, values: Mapping[str, float], step: int = 0) -> None:
        """Write numbers by name."""
        with _errors(self._folder), self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
            self._writer.flush()

    def text(self, name: str, text: str, step: int = 0) -> None:
        """Write a text in Markdown."""
        with _errors(self._folder), self._writer.as_default(step=step):
            tf.summary.text(name, text)
            self._writer.flush()


@contextlib.contextmanager
def _errors(folder: str) -> Iterator[None]:
    """Turn TensorFlow's errors of the file system into the system's own kind."""
    try:
        yield
    except tf.errors.OpError as error:
        # Names of its operations, then `PATH; REASON`, then more of them.
        reason = re.search(r"; ([^\n]+)", error.message)
        told = reason[1].strip() if reason else error.message.splitlines()[0]
        raise OSError(f"{folder}: TensorBoard's logs: {told}") from None
