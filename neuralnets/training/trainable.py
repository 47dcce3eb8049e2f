"""What a run needs of a tagger."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from neuralnets.batches.table import Row, SentenceTable
from neuralnets.training.step import TaskTrainer
from neuralnets.training.workers import Workers
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
    ownResults: bool
    keepBestOnly: bool
    calibratesStored: bool
    checkpointPath: str | None
    tensorboardPath: str | None
    startingPoint: str
    mappings: Mapping[str, Mapping[str, int]]
    embeddings: np.ndarray | None
    origin: Any  # the stored model that it began with, or None
    workers: Workers | None

    def keepingTables(
        self, splits: Sequence[Sequence[Row]]
    ) -> contextlib.AbstractContextManager[None]:
        """Lay these rows out only once while it lasts."""

    def table(self, rows: Sequence[Row], label: str) -> SentenceTable:
        """Return rows with gold labels in columns."""

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

    def fitTemperature(self, modelName: str, sentences: Sequence[Row]) -> float:
        """Find, set and return the temperature that fits gold labels best."""
