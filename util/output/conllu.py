"""CoNLL-U: ten columns, of which one gets the tags.

The format: https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from util.corpus.layouts import CONLLU, conllu_names
from util.corpus.lines import is_blank
from util.output.conllu_tasks import MISC, keys_of, targets_of
from util.output.window import Window
from util.task import Task

if TYPE_CHECKING:
    from util.output.streams import PlacedLine

EMPTY = "_"
_NUMBER = "# sent_id = "
# No word stands at the beginning of a line.
_NUMBERED = re.compile(f"^({_NUMBER})([0-9]+)$", re.MULTILINE)
_ENDS = re.compile(r"[\t\r\n]+")
_ESCAPES = str.maketrans({"\\": "\\\\", "|": "\\p"})


class ConlluWriter:
    """Writes CoNLL-U; what is CoNLL-U already changes in the tags' column alone.

    Args:
        file: Where to write.
        tasks: The tasks.
        column: UPOS, XPOS or MISC; None: by the name and labels of each task.
        names: The columns of a file whose first lines another writer gets.

    Raises:
        ValueError: Labels cannot stand in that column.
    """

    def __init__(
        self,
        file: TextIO,
        tasks: Sequence[Task],
        column: str | None = None,
        names: Sequence[str] = (),
    ):
        self._file = file
        self._targets = targets_of(tasks, column)
        self._keys = keys_of(tasks)
        self._names = names  # of the columns of the file that is written
        self._open = False  # a sentence has no empty line behind it yet
        self._sentences = 0

    def begin(self) -> None:
        """Write nothing."""

    def end(self) -> None:
        """End the last sentence."""
        self._close()

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""
        if window.lines and window.lines[0][0].number == 1:
            self._close()
            self._names = names_in(window.lines)
        if window.lines is not None and self._names:
            self._write_lines(window)
        else:
            self._close()
            for number in range(len(window.sentences)):
                self._write_new(window, number)

    def _close(self) -> None:
        self._file.write("\n" * self._open)
        self._open = False

    def _write_lines(self, window: Window) -> None:
        """Write lines again, as they were but for the tags."""
        columns = [
            (*self._place(task, self._names), labels)
            for task, labels in window.labels.items()
        ]
        for line, where in window.lines:
            text = line.text
            if where is not None:
                cells = text.split("\t")
                if len(cells) != len(self._names):
                    raise ValueError(
                        f"line {line.number}: CoNLL-U needs {len(self._names)} columns "
                        f"separated by tabs, found {len(cells)}."
                    )
                sentence, token = where
                for at, key, labels in columns:
                    cells[at] = _cell(cells[at], key, labels[sentence][token])
                text = "\t".join(cells)
            self._file.write(text + "\n")
        if window.lines:
            self._open = not is_blank(text)

    def _place(self, task: str, names: Sequence[str]) -> tuple[int, str | None]:
        """Return the column that gets the labels of a task, and the key for MISC."""
        target = self._targets[task]
        if target not in names:
            raise ValueError(
                f"The file has no column {target}, but {', '.join(names)}. Say "
                "with --conllu-column which one gets the tags."
            )
        return names.index(target), self._keys[task] if target == MISC else None

    def _write_new(self, window: Window, number: int) -> None:
        """Write a sentence that was not in CoNLL-U before."""
        forms, glued = _forms(window, number)
        self._sentences += 1
        text = "".join(f + " " * (not g) for f, g in zip(forms, glued)).rstrip(" ")
        self._file.write(f"{_NUMBER}{self._sentences}\n# text = {text}\n")
        columns = [
            (*self._place(task, CONLLU), labels[number])
            for task, labels in window.labels.items()
        ]
        for token, form in enumerate(forms):
            cells = [str(token + 1), form or EMPTY] + [EMPTY] * (len(CONLLU) - 2)
            for at, key, labels in columns:
                cells[at] = _cell(cells[at], key, labels[token])
            if glued[token]:
                cells[-1] = _cell(cells[-1], "SpaceAfter", "No")
            self._file.write("\t".join(cells) + "\n")
        self._file.write("\n")


def names_in(lines: Sequence[PlacedLine]) -> tuple[str, ...]:
    """Return what CoNLL-U calls the columns of a file; none for other files.

    Args:
        lines: The first lines of the file, down to the first token or further.
    """
    texts = []
    for line, where in lines:
        texts.append(line.text)
        if where is not None:
            break
    return conllu_names("\n".join(texts))


def renumbered(text: str, before: int) -> str:
    """Return sentences that were numbered from 1, with others before them.

    Args:
        text: What a writer made of text that was not in CoNLL-U.
        before: How many sentences stand before it.
    """
    return _NUMBERED.sub(lambda match: match[1] + str(int(match[2]) + before), text)


def _forms(window: Window, number: int) -> tuple[list[str], list[bool]]:
    """Return the words of a sentence as they stand there, and if no blank follows."""
    tokens = window.sentences[number]
    glued = [False] * len(tokens)
    if window.lines is None and window.places is not None:
        text, within, _ = window.places[number]
        tokens = [text[start:end] for start, end in within]
        glued = [a[1] == b[0] for a, b in zip(within, within[1:])] + [False]
    return [_ENDS.sub(" ", token) for token in tokens], glued


def _cell(value: str, key: str | None, label: str) -> str:
    """Return a cell with a label in it; in MISC other keys stay.

    >>> _cell("SpaceAfter=No", "NER", "O"), _cell("_", None, "NOUN")
    ('SpaceAfter=No|NER=O', 'NOUN')
    """
    if key is None:
        return label
    pair = f"{key}={label.translate(_ESCAPES)}"
    pairs = [] if value in (EMPTY, "") else value.split("|")
    for number, other in enumerate(pairs):
        if other.partition("=")[0] == key:
            pairs[number] = pair
            return "|".join(pairs)
    return "|".join([*pairs, pair])
