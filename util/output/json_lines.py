"""JSON lines: an object per sentence, with the place of everything in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from util.output.records import sentence_record
from util.output.window import Request, Window
from util.task import Task

# Some programs end a line at these, which JSON lets stand in a string.
_LINE_ENDS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
            line = _encode(sentence_record(window, number, self._tasks, self._request))
            self._file.write(line.translate(_LINE_ENDS) + "\n")
