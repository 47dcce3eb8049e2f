"""Column files with the right labels, to compare a tagger's with."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping

from util.CoNLL import Sentence, readCoNLL, with_all_schemes
from util.corpus import lookalikes, partial
from util.corpus.datasets import KNOWN_COLUMNS, leaking_columns, read_sets
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
    isPartial: bool = False,
) -> list[Sentence]:
    """Read the sentences of a column file, as `readCoNLL` does.

    Args:
        path, columns, commentSymbol, tagStyle: As for `readCoNLL`.
        tasks: What is to be evaluated, as far as the file has its labels.
        isPartial: Labels are known in part; sentences with such labels are left out.

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
    given = leaking_columns(labels, columns.values()) if isPartial else ()
    if isPartial:
        sentences = read_sets(path, columns, commentSymbol, given, styles=tagStyle)
    else:
        sentences = readCoNLL(
            path, columns, commentSymbol, tagStyle=tagStyle, labels=labels
        )
    if not sentences:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    if isPartial:
        sentences = _known(path, sentences, given)
    for task in tasks:
        if task.label in sentences[0]:
            found = {label for s in sentences for label in s[task.label]}
            _check_looks(path, found - set(task.labels), task.labels)
    return sentences


def _known(path, sentences, given) -> list[Sentence]:
    """Return the sentences of which all labels are known, in every scheme."""
    known = [
        sentence
        for sentence in sentences
        if not any(any(sentence[partial.sets_column(name)]) for name in given)
    ]
    if not known:
        raise ValueError(
            f"{path}: in no sentence are all labels known. Label some to the end, to "
            "evaluate on them."
        )
    if len(known) < len(sentences):
        logger.warning(
            "%s: %d of %d sentences have labels that are not known and are left out.",
            *(path, len(sentences) - len(known), len(sentences)),
        )
    return [with_all_schemes(sentence) for sentence in known]


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
