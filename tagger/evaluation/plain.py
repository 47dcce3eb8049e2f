"""An evaluation as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tagger.evaluation.calibration import Reliability
from tagger.evaluation.report import TaskReport
from util.BIOF1Validation import SpanCounts
from util.files import atomic_path

FORMAT_VERSION = 1
_GROUPS = 50


def write_json(path: str, tasks: Iterable[TaskReport]) -> None:
    """Write a report as JSON; scores are in [0, 1], what is not known is null."""
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(as_plain_data(tasks), file, indent=1, allow_nan=False)
            file.write("\n")


def as_plain_data(tasks: Iterable[TaskReport]) -> dict[str, Any]:
    """Return a report as dictionaries, lists, strings and numbers."""
    return {
        "format_version": FORMAT_VERSION,
        "tasks": {task.task: _task(task) for task in tasks},
    }


def _task(task: TaskReport) -> dict[str, Any]:
    table = task.confusion
    return {
        "label": task.label,
        "model": task.model,
        "data": task.data,
        "scheme": task.scheme,
        "score": task.score,
        "score_name": task.score_name,
        "sentences": task.sentences,
        "tokens": task.counts.tokens,
        "accuracy": task.accuracy,
        **_scores(task.counts, None),
        "types": {type_: _scores(task.counts, type_) for type_ in task.types},
        "unknown_labels": task.unknown_labels,
        "known_words": task.known_words,
        "by": {
            breakdown.name: {
                group: _scores(breakdown.counts, group) for group in breakdown.groups
            }
            for breakdown in task.breakdowns
        },
        "confusion": [
            {
                "gold": table.gold[row],
                "predicted": table.predicted[column],
                "count": int(table.counts[row, column]),
            }
            for row, column in np.argwhere(table.counts).tolist()
        ],
        "errors": [_with_lists(group) for group in task.errors[:_GROUPS]],
        "error_count": task.error_count,
        "calibration": _calibration(task.calibration),
        "calibration_before": task.before and _calibration(task.before),
        "temperature": task.temperature,
        "transitions": _with_lists(task.transitions) if task.transitions else None,
        "curve": [_with_lists(point) for point in task.curve],
    }


def _scores(counts: SpanCounts, key: str | None) -> dict[str, Any]:
    precision, recall, f1 = counts.scores(key)
    numbers = {
        name: sum(counter.values()) if key is None else counter[key]
        for name, counter in (
            ("gold", counts.gold),
            ("predicted", counts.predicted),
            ("correct", counts.correct),
        )
    }
    return {**numbers, "precision": precision, "recall": recall, "f1": f1}


def _calibration(found: dict[str, Reliability]) -> dict[str, Any]:
    return {unit: _with_lists(value) for unit, value in found.items()}


def _with_lists(value: Any) -> Any:
    """Turn named tuples into dictionaries, arrays into lists, NaN into None."""
    if hasattr(value, "_asdict"):
        return {key: _with_lists(item) for key, item in value._asdict().items()}
    if isinstance(value, np.ndarray):
        return _with_lists(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_with_lists(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
