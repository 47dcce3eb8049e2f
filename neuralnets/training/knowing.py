"""What a data set says of its labels beside the labels: sets of them, and weights."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuralnets.batches.knowledge import Knowledge, sentence_weights
from neuralnets.batches.table import Row, SentenceTable
from neuralnets.keraslayers.parts import Chain
from neuralnets.tagging.agreeing import first_conflict
from util.corpus.checking.report import plural
from util.corpus.partial import sets_column
from util.task import Task

logger = logging.getLogger(__name__)

LABEL_WEIGHTS = "labelWeights"


def knowledge_of(
    task: Task,
    dataset: Mapping[str, Any],
    rows: Sequence[Row],
    table: SentenceTable,
    mappings: Mapping[str, Mapping[str, int]],
    label_weights: Mapping[str, Any],
    chain: Chain | None,
    all_train: bool = False,
) -> Knowledge | None:
    """Return what is known of training labels, None if that is just the labels.

    Args:
        task: What is trained.
        dataset: The definition of its data.
        rows: The training sentences.
        table: The same, in columns.
        mappings: The index of each value, by column.
        label_weights: By label, or by task and label.
        chain: Which transitions, first and last labels there may be; None: all.
        all_train: Whether sentences without any label train, too.

    Raises:
        ValueError: No sentence has a label, weights are wrong, or no label sequence
            agrees with the labels of a sentence.
    """
    sets, column = sets_column(task.label), dataset.get("weights")
    weights = _label_weights(task, label_weights)
    partial = sets in table.token_columns
    if not partial and column is None and not weights:
        return None
    of_sentences = None
    if column is not None:
        of_sentences = sentence_weights(
            rows, column, mappings.get(column, {}), task.name
        )
    known = Knowledge(
        *(table, task.label, task.labels, mappings.get(sets) if partial else None),
        *(of_sentences, weights),
    )
    if of_sentences is not None and not of_sentences[known.lengths > 0].any():
        raise ValueError(
            f"Data set '{task.name}': all weights in '{column}' are 0 where sentences "
            "have labels."
        )
    if partial:
        _check(task, rows, table, known, chain)
        _tell(task.name, table, known, all_train)
    return known


def _label_weights(task: Task, weights: Mapping[str, Any]) -> dict[str, float]:
    """Return the weights of a task's labels."""
    by_task = any(isinstance(value, Mapping) for value in weights.values())
    own = dict(weights.get(task.name, {}) if by_task else weights)
    unknown = [label for label in own if label not in task.labels]
    if unknown:
        raise ValueError(
            f"`{LABEL_WEIGHTS}` names labels that '{task.name}' does not have: "
            f"{', '.join(unknown)}. It has: {', '.join(task.labels)[:200]}"
        )
    return own


def _check(
    task: Task,
    rows: Sequence[Row],
    table: SentenceTable,
    known: Knowledge,
    chain: Chain | None,
) -> None:
    """Raise `ValueError` unless each sentence has a label sequence that agrees."""
    if not known.lengths.any():
        raise ValueError(
            f"Data set '{task.name}': none of its training tokens has a label of "
            f"'{task.label}': there is nothing to learn."
        )
    for number in range(len(table)):
        allowed = known.of_sentence(number)
        at = None if allowed is None else first_conflict(allowed, chain)
        if at is not None:
            words = rows[number].get("raw_tokens", ())
            where = f"token {at + 1} ({words[at]})" if at < len(words) else "its end"
            raise ValueError(
                f"Data set '{task.name}', sentence {number + 1} "
                f"({' '.join(words[:8])} ...): no sequence of labels agrees with what "
                f"is known of it up to {where}. Correct its labels there"
                + (", or leave `constrainTransitions` off." if chain else ".")
            )


def _tell(name: str, table: SentenceTable, known: Knowledge, all_train: bool) -> None:
    some = known.sets > 0
    without = int(np.count_nonzero((known.lengths == 0) & (table.lengths > 0)))
    nothing = int(np.count_nonzero(known.masks.all(1)[known.sets] & some))
    logger.info(
        "%s: of %s, %s have no label and %s a set of them.%s",
        name,
        *(plural(len(known.sets), "training token"), f"{nothing:,}"),
        f"{int(np.count_nonzero(some)) - nothing:,}",
        f" {plural(without, 'sentence')} without any label: left out of training."
        * bool(without and not all_train),
    )
