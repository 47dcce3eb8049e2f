"""JSON lines: an object per sentence, with the place of everything in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from util.jsonlines import to_line
from util.output.records import sentence_record
from util.output.window import Request, Window
from util.task import Task


class JsonWriter:
    """Writes a JSON object per sentence and line.

    Args:
        file: Where to write.
        tasks: The tasks, in order.
        request: What was asked of the tagger.
    """

    def __init__(self, file: TextIO, tasks: Sequence[Task], request: Request):
        self._file = file
        self._tasks = tasks
        self._request = request

    def begin(self) -> None:
        """Write nothing."""

    def end(self) -> None:
        """Write nothing."""

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""
        for number in range(len(window.sentences)):
            record = sentence_record(window, number, self._tasks, self._request)
            self._file.write(to_line(record))
