"""Columns: a token per line with its labels, an empty line behind each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from util.CoNLL import write_sentence
from util.output.window import Request, Window, sequence_number
from util.task import Task

# The label of a sequence that is not among the likeliest: there are not so many.
NONE = "_"


class ConllWriter:
    """Writes columns; the lines of a column file stand again as they were.

    Behind each token stand, per task, its label, with `confidence` the label's
    probability, and with `nbest` the labels of the next likeliest sequences. The
    probabilities of all these sequences are in a comment before the sentence.

    Args:
        file: Where to write.
        tasks: The tasks, in the order of their columns.
        request: What was asked of the tagger.
    """

    def __init__(self, file: TextIO, tasks: Sequence[Task], request: Request):
        self._file = file
        self._tasks = [task.name for task in tasks]
        self._request = request

    def begin(self) -> None:
        """Write nothing."""

    def end(self) -> None:
        """Write nothing."""

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""
        if window.lines is not None:
            self._write_lines(window)
            return
        for number, tokens in enumerate(window.sentences):
            self._write_comments(window, number)
            write_sentence(self._file, [tokens, *self._columns(window, number)])

    def _write_lines(self, window: Window) -> None:
        sentences = range(len(window.sentences))
        columns = [self._columns(window, number) for number in sentences]
        for line, where in window.lines:
            cells = [line.text]
            if where is not None:
                number, token = where
                if token == 0:
                    self._write_comments(window, number)
                cells += [column[token] for column in columns[number]]
            separator = " " if " " in line.text and "\t" not in line.text else "\t"
            self._file.write(separator.join(cells) + "\n")

    def _columns(self, window: Window, number: int) -> list[Sequence[str]]:
        """Return the columns that a sentence gets behind its tokens."""
        columns = []
        for task in self._tasks:
            labels = window.labels[task][number]
            columns.append(labels)
            if window.taggings is None:
                continue
            tagging = window.taggings[task][number]
            if self._request.confidence:
                columns.append([f"{p:.4f}" for p in tagging.token_probabilities])
            others = [
                found.labels for found in tagging.alternatives[1 : self._request.nbest]
            ]
            missing = max(self._request.nbest - 1 - len(others), 0)
            columns += others + [[NONE] * len(labels)] * missing
        return columns

    def _write_comments(self, window: Window, number: int) -> None:
        if not self._request.nbest:
            return
        for task in self._tasks:
            found = window.taggings[task][number].alternatives
            numbers = " ".join(sequence_number(probability) for _, probability in found)
            self._file.write(f"# nbest {task} {numbers}\n")
