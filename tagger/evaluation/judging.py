"""A tagger's answers beside the right ones, as `tagger evaluate` reports them."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralnets.batches.table import Row
from neuralnets.tagging.scores import gold_labels
from neuralnets.training.calibration import stored_weights
from tagger.evaluation.comparison import Judged
from tagger.evaluation.curves import parse_curves
from tagger.evaluation.report import TaskReport, Transitions, report_task
from tagger.evaluation.webpage.page import write_page
from util.CoNLL import Sentence
from util.corpus.partial import sets_column
from util.features import UNKNOWN

if TYPE_CHECKING:
    from neuralnets.BiLSTM import BiLSTM
    from neuralnets.tagging.tagger import Tagger

logger = logging.getLogger(__name__)

# The right labels of each sentence, by task.
Gold = Mapping[str, Sequence[Sequence[str]]]


def tasks_with_gold(
    tagger: Tagger, sentences: Sequence[Sentence], wanted: str | None = None
) -> list[str]:
    """Return the tasks whose labels stand in the sentences.

    Args:
        tagger: A loaded tagger.
        sentences: With the columns of a file.
        wanted: The only task to consider, None for all.

    Raises:
        ValueError: There is no such task, or no labels of any.
    """
    keys = tagger.labelKeys
    if wanted is not None and wanted not in keys:
        tasks = ", ".join(f"{name} ({label})" for name, label in keys.items())
        raise ValueError(f"The model has no task '{wanted}'. Its tasks: {tasks}")
    names = list(keys) if wanted is None else [wanted]
    found = [name for name in names if all(keys[name] in s for s in sentences)]
    if not found:
        labels = list(dict.fromkeys(keys[name] for name in names))
        raise ValueError(
            f"The model predicts {', '.join(labels)}, of which no column is named. Say "
            f"where the right labels stand, as in --columns 0:tokens,1:{labels[0]}"
        )
    return found


def judge(tagger: Tagger, rows: Sequence[Row], gold: Gold) -> dict[str, list[Judged]]:
    """Tag sentences and put the right labels beside."""
    looks_words_up = "tokens" in tagger.params["featureNames"]
    unknown: list[Sequence[bool]] = [
        [index == UNKNOWN for index in row["tokens"]] if looks_words_up else ()
        for row in rows
    ]
    taggings = tagger.tagWithConfidence(rows)
    return {
        name: [
            Judged(row["raw_tokens"], *values)
            for row, *values in zip(rows, labels, taggings[name], unknown)
        ]
        for name, labels in gold.items()
    }


def report(
    tagger: Tagger,
    judged: Mapping[str, Sequence[Judged]],
    model: str = "",
    data: str = "",
) -> list[TaskReport]:
    """Find out all that is to be said of tagged sentences.

    Args:
        tagger: What tagged them.
        judged: What `judge` returns.
        model, data: What was evaluated on what, for a reader.
    """
    own = tagger.params["trainWordEmbeddings"]
    reports = []
    for name, sentences in judged.items():
        label = tagger.labelKeys[name]
        found = report_task(
            name,
            label,
            sentences,
            tagger.mappings[label],
            "training" if own else "vectors",
        )
        found.transitions = _transitions(tagger, name)
        found.model, found.data = model, data
        reports.append(found)
    return reports


def _transitions(tagger: Tagger, name: str) -> Transitions | None:
    chain = tagger.heads[name].chain
    if chain is None:
        return None
    return Transitions(
        list(tagger.tasks[name].labels),
        *map(np.asarray, chain),
    )


def calibrate(
    tagger: BiLSTM, sentences: Sequence[Sentence], tasks: Sequence[str]
) -> dict[str, float]:
    """Fit the temperature of tasks on labelled sentences and return it by task."""
    rows = tagger.rows(sentences)
    return {name: tagger.fitTemperature(name, rows) for name in tasks}


# ------------------------------------------------------------------ after training


def write_training_report(tagger: BiLSTM, path: str) -> None:
    """Write the page on the best models of the last training run.

    Every task is evaluated on its test split, without one on its dev split.

    Args:
        tagger: After `fit`. A task is evaluated with the weights of its best model's
            file, where one was stored; the tagger has its own again afterwards.
        path: The HTML file.
    """
    curves = parse_curves(tagger.run.results.lines)
    reports = []
    for name in tagger.datasets:
        label = tagger.labelKeys[name]
        split, rows = _last_labelled_split(tagger.data[name], label)
        if rows is None:
            logger.warning("No report on %s: it has no labels to compare with.", name)
            continue
        whole = [row for row in rows if not any(row.get(sets_column(label)) or ())]
        if len(whole) < len(rows):
            logger.warning(
                "The report on %s leaves out %d of %d sentences, of which not all "
                "labels are known.",
                *(name, len(rows) - len(whole), len(rows)),
            )
            rows = whole
        if not rows:
            continue
        labels = tagger.idx2Labels[name]
        gold = gold_labels(rows, label, labels)
        model = tagger.run.stored.get(name, "")
        lent: contextlib.AbstractContextManager = contextlib.nullcontext()
        if model and os.path.exists(model):
            lent = stored_weights(tagger, [name], model)
        elif model:
            logger.warning("%s is gone: the report is on the last epoch.", model)
            model = ""
        with lent:
            (found,) = report(
                tagger,
                judge(tagger, rows, {name: gold}),
                model or "as it was after the last epoch",
                f"the {split} split of {name}",
            )
        found.curve = curves.get(name, [])
        reports.append(found)
    if reports:
        write_page(path, reports)
        logger.info("Report: %s", path)


def _last_labelled_split(
    data: Mapping[str, Sequence[Row]], label: str
) -> tuple[str, Sequence[Row] | None]:
    for split in ("test", "dev"):
        rows = data.get(f"{split}Matrix")
        if rows and all(row[label] for row in rows):
            return split, rows
    return "", None
