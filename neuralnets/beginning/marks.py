"""Data in which new labels alone are marked, completed by the stored model.

`O` says there that a token has no new label, and nothing of the old ones.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from neuralnets.batches.softtargets import SoftTargets
from neuralnets.batches.table import Row
from neuralnets.beginning.origin import Mappings, Origin
from neuralnets.inputs.layout import WORDS
from neuralnets.training.entityratio import KEY as RATIO
from neuralnets.training.knowing import LABEL_WEIGHTS
from util.corpus.datasets import SPLITS
from util.corpus.partial import label_of, parse, sets_column
from util.preprocessing import reindex
from util.tagschemes import OUTSIDE
from util.task import Task

logger = logging.getLogger(__name__)

Rows = Sequence[Row]


class Completed(NamedTuple):
    """The data of a task.

    Attributes:
        splits: The rows of each split, with labels of the new model.
        targets: What the stored model says of training; None: the labels say all.
        added: Which splits have old labels from the stored model.
    """

    splits: dict[str, Rows]
    targets: SoftTargets | None
    added: set[str]


def marks_only_new(rows: Rows, column: str, source: Mappings, old: Task) -> bool:
    """Tell whether a split marks new labels and no old ones.

    Args:
        rows: The sentences, in indices of `source`.
        column: That of the labels.
        source: The index of each value, by column.
        old: The stored model's task.
    """
    found = _labels(rows, column, source) - {OUTSIDE}
    return bool(found) and not found & set(old.labels)


def warn_of_missing(
    name: str, rows: Rows, column: str, source: Mappings, old: Task
) -> None:
    """Warn of old labels that whole labels lack: training on would forget them."""
    missing = set(old.labels) - _labels(rows, column, source)
    if missing:
        logger.warning(
            "%s: its labels are taken as they are, and %d of the stored model's do not "
            "occur in training: %s. They may be forgotten.",
            *(name, len(missing), ", ".join(sorted(missing))[:200]),
        )


def _labels(rows: Rows, column: str, source: Mappings) -> set[str]:
    """Return the labels that are named, alone or in sets."""
    found: set[str] = set()
    sets = sets_column(column)
    for name in (column, sets):
        values = {index: value for value, index in source.get(name, {}).items()}
        seen = {i for r in rows for i in r.get(name, ())[: len(r[WORDS])]}
        texts = (values[index] for index in seen if index in values)
        if label_of(name) is None:
            found.update(texts)
        else:
            found.update(part for text in texts if text for part in parse(text))
    return found


def check_possible(
    name: str, dataset: Mapping[str, Any], rows: Rows, params: Mapping[str, Any]
) -> None:
    """Raise `ValueError` where new labels alone are marked and more is asked for."""
    reasons = {
        "labels that are known in part (--partial); write O where no new label is": any(
            any(row.get(sets_column(dataset["label"]), ())) for row in rows
        ),
        f"`{LABEL_WEIGHTS}`": bool(params[LABEL_WEIGHTS]),
        f"`{RATIO}`": params[RATIO] is not None,
        "weights of sentences (--weights)": dataset.get("weights") is not None,
    }
    for reason, there in reasons.items():
        if there:
            raise ValueError(
                f"Data set '{name}' marks new labels alone, and the stored model says "
                f"the old ones. That does not go with {reason}."
            )


def complete(
    origin: Origin,
    old: Task,
    new: Task,
    splits: Mapping[str, Rows],
    source: Mappings,
    mappings: Mappings,
) -> Completed:
    """Return data in the new model's indices, old labels added where none are.

    Args:
        origin: The stored model.
        old, new: Its task, and the new model's.
        splits: The rows, in indices of `source`; the training split marks only new
            labels.
        source, mappings: The index of each value, by column: of the data, and of the
            new model.
    """
    teacher, column = origin.teacher, new.label
    values = {index: value for value, index in source[column].items()}
    index = {label: number for number, label in enumerate(new.labels)}
    size = len(old.labels)
    completed, added, targets = {}, set(), None
    for split, rows in splits.items():
        if not rows or not any(row.get(column) for row in rows):
            completed[split] = reindex(rows, source, mappings, [])
            continue
        if split != f"{SPLITS[0]}Matrix" and _labels(rows, column, source) & (
            set(old.labels) - {OUTSIDE}
        ):
            completed[split] = reindex(rows, source, mappings, [column])
            continue
        marks = []
        for row in rows:
            given = row[column][: len(row[WORDS])] or [None] * len(row[WORDS])
            at = [index.get(values.get(i), 0) for i in given]
            marks.append([n if n >= size else None for n in at])
        asked = reindex(rows, source, teacher.mappings, [])
        labels = teacher.labels_around(old.name, asked, marks)
        completed[split] = [
            {**row, column: [*own, *row[column][len(own) :]]}
            for row, own in zip(reindex(rows, source, mappings, []), labels)
        ]
        added.add(split)
        if split == f"{SPLITS[0]}Matrix":
            targets = teacher.targets(old.name, asked, marks, len(new.labels))
            tokens = sum(map(len, marks))
            own = sum(mark is not None for m in marks for mark in m)
            logger.info(
                "%s: new labels alone are marked, %s of %s training tokens; %s says "
                "what the others are.",
                *(new.name, f"{own:,}", f"{tokens:,}", origin.path),
            )
    return Completed(completed, targets, added)
