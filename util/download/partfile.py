"""The `.part` file of a download, and what is needed to resume it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows: two runs for one file at once are then not caught
    fcntl = None


class TransferError(Exception):
    """An address did not yield its file; trying it again right away is no use."""


class PartFile:
    """The unfinished file, and what the server called the version it belongs to."""

    def __init__(self, path: Path, handle: BinaryIO) -> None:
        self.handle = handle
        self._path = path
        self._tag = path.with_name(path.name + ".tag")

    @property
    def length(self) -> int:
        """Bytes so far."""
        return self.handle.seek(0, os.SEEK_END)

    def clear(self) -> None:
        """Start from nothing."""
        self.handle.seek(0)
        self.handle.truncate()

    def append(self, chunk: bytes) -> None:
        """Write where the last write, or `length`, ended."""
        view = memoryview(chunk)
        try:
            while view:
                view = view[self.handle.write(view) :]
        except OSError as error:
            # The name tells a full disk from a broken connection.
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def validator(self, url: str) -> str | None:
        """The strong ETag or the date under which the bytes so far were sent."""
        try:
            tag = json.loads(self._tag.read_text(encoding="utf-8"))
            return str(tag["validator"]) if tag["url"] == url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, url: str, headers) -> None:
        """Note which version of which address the bytes to come belong to."""
        etag = headers.get("ETag", "")
        # RFC 9110: a weak ETag must not be used to resume.
        validator = etag if etag.startswith('"') else headers.get("Last-Modified")
        if validator:
            text = json.dumps({"url": url, "validator": validator})
            self._tag.write_text(text, encoding="utf-8")
        else:
            self.forget()

    def forget(self) -> None:
        """Drop that note."""
        with suppress(FileNotFoundError):
            self._tag.unlink()


@contextmanager
def open_part(path: Path) -> Iterator[PartFile]:
    """Open a `.part` file, old or new, for this run alone.

    An empty one does not outlive a failure.

    Raises:
        TransferError: Another run has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0))
    # Unbuffered, so that whatever ends the run leaves all that arrived on disk.
    with os.fdopen(descriptor, "r+b", buffering=0) as handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise TransferError(f"another run is writing {path}") from error
        part = PartFile(path, handle)
        try:
            yield part
        except BaseException:
            if part.length == 0:
                discard(path)
            raise


def discard(path: Path) -> None:
    """Remove a `.part` file and what belongs to it."""
    for leftover in (path, path.with_name(path.name + ".tag")):
        with suppress(FileNotFoundError):
            leftover.unlink()
