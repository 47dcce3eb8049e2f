"""Models that tag first what another one reads as a column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from util.CoNLL import Sentence, with_all_schemes
from util.task import Task

# The file of a model and the model.
Named = tuple[str, Any]


class Feeders:
    """Adds columns to sentences, so that a model can tag them.

    Args:
        feeders: The files and `BiLSTM`s that add them, in order: each may read what
            those before it have added.
        fed: The file and the `BiLSTM` that needs them.
        columns: Those that the files are said to have.

    Attributes:
        needed: The columns that the files must have, and the file of the model that
            needs each of them.

    Raises:
        ValueError: One of them adds nothing that is needed, or what is there already.
    """

    def __init__(
        self, feeders: Sequence[Named], fed: Named, columns: Collection[str] = ()
    ):
        self.needed: dict[str, str] = {}
        self._steps: list[tuple[Any, dict[str, Task]]] = []
        given: set[str] = set()
        models = [*feeders, fed]
        for number, (path, model) in enumerate(models):
            for column in model.requiredColumns:
                if column not in given:
                    self.needed.setdefault(column, path)
            if number == len(feeders):
                break
            wanted = [c for _, m in models[number + 1 :] for c in m.requiredColumns]
            added = _added(path, model, [c for c in wanted if c not in given])
            _check(path, model, added, fed, columns)
            given.update(added)
            self._steps.append((model, added))

    def feed(self, sentences: Sequence[Sentence]) -> None:
        """Add the columns to sentences."""
        for model, added in self._steps:
            found = model.tagSentences(model.rows(sentences))
            for column, task in added.items():
                for sentence, tags in zip(sentences, found[task.name]):
                    if column not in (task.label, task.name):
                        tags = with_all_schemes({task.label: tags})[column]
                    sentence[column] = tags


def _added(path: str, model: Any, wanted: Collection[str]) -> dict[str, Task]:
    """Return the columns among those wanted that a model tags, and its task for each.

    A task tags the column that it was trained on, in every tag scheme, or one of its
    own name.
    """
    added: dict[str, Task] = {}
    for column in dict.fromkeys(wanted):
        tasks = [t for t in model.tasks.values() if t.name == column] or [
            task
            for task in model.tasks.values()
            if column in with_all_schemes({task.label: []})
        ]
        if len(tasks) > 1:
            raise ValueError(
                f"--with {path}: {', '.join(task.name for task in tasks)} all tag "
                f"{column}. Give a model with one of them."
            )
        added.update((column, task) for task in tasks)
    return added


def _check(
    path: str,
    model: Any,
    added: Mapping[str, Task],
    fed: Named,
    columns: Collection[str],
) -> None:
    if not added:
        tags = ", ".join(dict.fromkeys(task.label for task in model.tasks.values()))
        needs = ", ".join(fed[1].requiredColumns) or "no column besides the words"
        raise ValueError(
            f"--with {path}: it tags {tags}, which no model behind it still needs "
            f"({fed[0]} needs {needs}). Leave it out, or give another one."
        )
    twice = [column for column in added if column in columns]
    if twice:
        raise ValueError(
            f"--with {path}: it tags {', '.join(twice)}, which --columns names, too. "
            "Leave out one of them."
        )
