"""Annotations that arrive: one line each, on the disk before they are acknowledged."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import Any

from util.files import naming

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class Journal:
    """Appends records to a file of JSON lines, which only grows.

    Threads may share it, and so may processes. A line that a crash left half written
    is ended before the next one, so that it harms no other.

    Args:
        path: The file; it and its folder are made if they are not there.

    Raises:
        ValueError: It holds something else.
    """

    def __init__(self, path: str):
        self._path = path
        self._lock = threading.Lock()
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        with naming(path), open(path, "a+b") as file:
            os.fsync(file.fileno())
            file.seek(0)
            if file.read(1) not in (b"", b"{"):
                raise ValueError(
                    f"{path}: is there, and holds no annotations. Name a new file."
                )
        with contextlib.suppress(OSError):  # that it is there must last, too
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def append(self, *records: dict[str, Any]) -> None:
        """Write records; when this returns, a crash or a power cut keeps them.

        Raises:
            OSError: They could not be written.
            ValueError: They hold numbers that JSON has no place for.
        """
        lines = b"".join(
            json.dumps(record, separators=(",", ":"), allow_nan=False).encode("ascii")
            + b"\n"
            for record in records
        )
        with self._lock, naming(self._path), open(self._path, "a+b") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    lines = b"\n" + lines
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
