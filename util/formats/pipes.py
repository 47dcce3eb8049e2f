"""Files that can be read once alone: standard input, and what a shell calls a pipe."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

STREAM = "-"


@contextlib.contextmanager
def readable_twice(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Lend a file that can be read twice: a copy of what comes through a pipe.

    Yields:
        Its path, and what to call it, by path, where it is a copy.
    """
    there = os.path.exists(path) and not os.path.isdir(path)
    if path != STREAM and (os.path.isfile(path) or not there):
        yield path, {}
        return
    name = "standard input" if path == STREAM else path
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "content")
        with contextlib.ExitStack() as stack:
            source = sys.stdin.buffer
            if path != STREAM:
                source = stack.enter_context(open(path, "rb"))
            shutil.copyfileobj(source, stack.enter_context(open(copy, "wb")))
        try:
            yield copy, {copy: name}
        except ValueError as error:
            raise ValueError(str(error).replace(copy, name)) from None
