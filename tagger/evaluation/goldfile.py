"""Column files with the right labels, to compare a tagger's with."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping

from util.CoNLL import Sentence, readCoNLL
from util.corpus import lookalikes
from util.corpus.datasets import KNOWN_COLUMNS
from util.corpus.groups import first_width
from util.corpus.tagcolumns import Choice
from util.task import Task

logger = logging.getLogger(__name__)


def known_columns(path: str) -> dict[int, str]:
    """Return the columns of a file by the folder it stands in; else the tokens alone.

    >>> known_columns("data/conll2000_chunking/test.txt")[2]
    'chunk_BIO'
    """
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    return dict(KNOWN_COLUMNS.get(folder, {0: "tokens"}))


def read_gold(
    path: str,
    columns: Mapping[int, str],
    commentSymbol: str | None = None,
    tagStyle: Choice = None,
    tasks: Iterable[Task] = (),
) -> list[Sentence]:
    """Read the sentences of a column file, as `readCoNLL` does.

    Args:
        path, columns, commentSymbol, tagStyle: As for `readCoNLL`.
        tasks: What is to be evaluated, as far as the file has its labels.

    Raises:
        ValueError: The file lacks a column or holds no sentences, it is not what
            `readCoNLL` can read, or a label in it looks like one of a task and is not.
    """
    width = first_width(path, columns, commentSymbol)
    missing = [f"{name} ({index})" for index, name in columns.items() if index >= width]
    if missing:
        raise ValueError(
            f"{path}: its lines have {width} columns, so it lacks "
            f"{', '.join(missing)}. To evaluate, the right labels must stand in the "
            "file; say in which column, counted from 0, as in "
            "--columns 0:tokens,1:POS"
        )
    tasks = list(tasks)
    labels = [task.label for task in tasks]
    sentences = readCoNLL(
        path, columns, commentSymbol, tagStyle=tagStyle, labels=labels
    )
    if not sentences:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    for task in tasks:
        if task.label in sentences[0]:
            found = {label for s in sentences for label in s[task.label]}
            _check_looks(path, found - set(task.labels), task.labels)
    return sentences


def _check_looks(path: str, new: Collection[str], known: Collection[str]) -> None:
    """Refuse labels that look like known ones; warn of those in another letter case."""
    for group in lookalikes.alike([*known, *new]):
        if not set(group).isdisjoint(new):
            raise ValueError(
                f"{path}: labels that look the same and are not, in the file or the "
                f"model: {', '.join(map(lookalikes.spelt, group))}. Write them alike."
            )
    for group in lookalikes.same_but_for_case([*known, *new]):
        if not set(group).isdisjoint(new):
            logger.warning(
                "%s: labels that differ in letter case alone, in the file or the "
                "model: %s.",
                path,
                ", ".join(map(lookalikes.spelt, group)),
            )
