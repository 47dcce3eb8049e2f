"""Labels that a column of the file gives, so that the tagger finds the rest."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from util.CoNLL import Sentence
from util.corpus.partial import NoSet, parse, sets_column
from util.flags import tag_style
from util.tagschemes import scheme_of
from util.task import Task

if TYPE_CHECKING:
    from util.output.streams import PlacedLine


def pinned_columns(arguments: argparse.Namespace) -> dict[int, str] | None:
    """Return the columns of the files, those of pins under a name of their own.

    Args:
        arguments: With `columns` and `pinned`.

    Raises:
        ValueError: Pins must stand in a column that the flags do not name.
    """
    columns, pinned = arguments.columns, arguments.pinned
    for name in pinned:
        if name == "tokens" or name not in (columns or {}).values():
            raise ValueError(
                f"--pinned {name}: name the column, too, as in "
                f"--columns 0:tokens,1:{name}"
            )
    if columns is None:
        return None
    style = tag_style(arguments.tag_style) or {}
    if pinned and (isinstance(style, str) or set(pinned) & set(style)):
        raise ValueError(
            "--tag-style does not convert what is --pinned: write it as the model "
            "writes its labels. For another column say --tag-style COLUMN:STYLE."
        )
    return {
        index: sets_column(name) if name in pinned else name
        for index, name in columns.items()
    }


class Pins:
    """Which columns hold pins, and of which tasks.

    Args:
        columns: Their names.
        tasks: What the model predicts.

    Raises:
        ValueError: It is not clear whose pins a column holds.
    """

    def __init__(self, columns: Sequence[str], tasks: Iterable[Task]):
        tasks = list(tasks)
        self._tasks: dict[str, str] = {}  # by task, the column in sentences
        for column in columns:
            named = [t.name for t in tasks if column in (t.label, t.name)]
            named = named or [t.name for t in tasks if len(tasks) == 1]
            if len(named) != 1 or named[0] in self._tasks:
                labels = ", ".join(dict.fromkeys(task.label for task in tasks))
                raise ValueError(
                    f"--pinned {column}: call the column, in --columns, by the label "
                    f"that it gives, each once. The model predicts {labels}."
                )
            label = next(task.label for task in tasks if task.name == named[0])
            wanted = scheme_of(label)
            if wanted and scheme_of(column) not in (wanted, None):
                raise ValueError(
                    f"--pinned {column}: pins are read as they stand, and the model "
                    f"writes {wanted}. Write them so, and call the column {label}."
                )
            self._tasks[named[0]] = sets_column(column)

    def of(self, sentences: Sequence[Sentence]) -> dict[str, list] | None:
        """Return the pins of sentences by task, None if there are none at all."""
        if not self._tasks:
            return None
        return {
            task: [list(map(_pin, sentence[column])) for sentence in sentences]
            for task, column in self._tasks.items()
        }

    @contextlib.contextmanager
    def naming(self, path: str, lines: Sequence[PlacedLine] | None) -> Iterator[None]:
        """Let errors of pins begin with file and line.

        Args:
            path: The file.
            lines: Its lines and the tokens on them.
        """
        if not self._tasks:
            yield
            return
        from neuralnets.tagging.pins import PinError

        try:
            yield
        except PinError as error:
            place = (error.sentence, error.token or 0)
            number = next((n.number for n, at in lines or () if at == place), None)
            if number is None:
                raise
            raise ValueError(f"{path}:{number}: {error.reason}") from None


def _pin(value: str) -> list[str] | None:
    try:
        return list(parse(value)) or None
    except NoSet:
        return [value]  # it is no label, and told with its place
