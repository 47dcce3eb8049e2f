"""An evaluation as logs that TensorBoard shows."""

from __future__ import annotations

from collections.abc import Sequence

from neuralnets.training.logs import Log
from tagger.evaluation.report import TaskReport
from tagger.evaluation.text import conlleval


def log_report(folder: str, tasks: Sequence[TaskReport]) -> None:
    """Write the scores of an evaluation, and conlleval's table as text."""
    log = Log(folder)
    for task in tasks:
        precision, recall, f1 = task.counts.scores()
        values = {"accuracy": task.accuracy}
        if task.scheme:
            values.update({"precision": precision, "recall": recall, "F1": f1})
        for type_ in task.types:
            values[f"F1 by type/{type_}"] = task.counts.scores(type_)[2]
        for unit, found in task.calibration.items():
            values[f"calibration error/{unit}"] = found.error
        log.scalars({f"{task.task}/{name}": v for name, v in values.items()})
        table = "\n".join(f"    {line}" for line in conlleval(task).splitlines())
        log.text(f"{task.task}/scores", table)
