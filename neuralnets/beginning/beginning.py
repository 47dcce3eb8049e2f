"""What a new model begins with: a stored one, and the data that shall change it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neuralnets.batches.softtargets import SoftTargets
from neuralnets.beginning import kept, marks
from neuralnets.beginning.marks import Rows
from neuralnets.beginning.origin import Mappings, Origin
from util.preprocessing import reindex
from util.task import Task, labels_of

if TYPE_CHECKING:
    from neuralnets.tagging.tagger import Tagger

logger = logging.getLogger(__name__)


class Beginning(NamedTuple):
    """A stored model and data, put together.

    Attributes:
        mappings: The index of each value; old values keep theirs.
        old, tasks: The stored model's task and the new one, by the new name.
        words: Word vectors, None where the model reads none.
        data: The rows of each data set, in the new indices and with all labels.
        targets: What the stored model says of training, by task that learns from it.
        added: By task, which splits have old labels from the stored model.
    """

    mappings: dict[str, dict[str, int]]
    old: dict[str, Task]
    tasks: dict[str, Task]
    words: np.ndarray | None
    data: dict[str, dict[str, Rows]]
    targets: dict[str, SoftTargets]
    added: dict[str, set[str]]

    @classmethod
    def of(
        cls,
        origin: Origin,
        datasets: Mapping[str, Mapping[str, Any]],
        data: Mapping[str, Mapping[str, Rows]],
        source: Mappings,
        adds_words: bool,
    ) -> Beginning:
        """Put a stored model and data together.

        Args:
            origin: The stored model.
            datasets, data: As for `setDataset`.
            source: The mappings of the data.
            adds_words: Whether the words of the data may be added.

        Raises:
            ValueError: The model has no such task, or the data cannot teach it.
        """
        old = origin.tasks(datasets)
        only_new = {}
        for name, task in old.items():
            rows = data[name]["trainMatrix"]
            only_new[name] = marks.marks_only_new(rows, task.label, source, task)
            if only_new[name]:
                params = origin.content.params
                marks.check_possible(name, datasets[name], rows, params)
            else:
                marks.warn_of_missing(name, rows, task.label, source, task)
        columns: dict[str, bool] = {}
        for name, task in old.items():
            columns[task.label] = columns.get(task.label, True) and only_new[name]
        weights = [d["weights"] for d in datasets.values() if d.get("weights")]
        mappings = origin.mappings(source, columns, adds_words, weights)
        begun = cls(mappings, old, {}, origin.words(mappings), {}, {}, {})
        for name, task in old.items():
            new = task._replace(name=name, labels=labels_of(mappings[task.label]))
            begun.tasks[name] = new
            _tell(name, origin, task, new)
            if only_new[name]:
                found = marks.complete(origin, task, new, data[name], source, mappings)
                begun.data[name], begun.added[name] = found.splits, found.added
                begun.targets[name] = found.targets
            else:
                begun.added[name] = set()
                begun.data[name] = {
                    split: reindex(rows, source, mappings, [task.label])
                    for split, rows in data[name].items()
                }
        return begun

    def kept(
        self, origin: Origin, data: Mapping[str, Mapping[str, Rows]], after: Tagger
    ) -> list[kept.Kept]:
        """Return the scores of old and new labels, before and after.

        Args:
            origin: The stored model.
            data: The rows, in the new indices.
            after: The new model.
        """
        found = []
        for name, task in self.tasks.items():
            for split in ("devMatrix", "testMatrix"):
                rows = data[name].get(split)
                if rows and any(row.get(task.label) for row in rows):
                    asked = reindex(rows, self.mappings, origin.teacher.mappings, [])
                    old = self.old[name]
                    before = origin.teacher.tagSentences(asked)[old.name]
                    now = after.tagSentences(rows)[name]
                    added = split in self.added[name]
                    which = name, split[: -len("Matrix")], added
                    found.append(kept.compared(*which, rows, old, task, before, now))
        return found


def _tell(name: str, origin: Origin, old: Task, new: Task) -> None:
    added = new.labels[len(old.labels) :]
    logger.info(
        "%s begins with %s and its %d labels%s.",
        *(name, origin.path, len(old.labels)),
        f"; new: {', '.join(added[:10])}{' ...' * (len(added) > 10)}" * bool(added),
    )
