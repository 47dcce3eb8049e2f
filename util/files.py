"""Writing files so that a killed run never leaves half of one behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def atomic_path(path: str) -> Iterator[str]:
    """Yield a temporary path beside `path` that takes its place on success.

    Missing folders are made. After an exception the temporary file is removed and
    whatever stood at `path` before is untouched.

    Args:
        path: Where the finished file shall stand.

    Yields:
        The path to write to, in the same folder.
    """
    path = os.fspath(path)
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    try:
        handle, temporary = tempfile.mkstemp(
            prefix=f".{os.path.basename(path)}.", suffix=".part", dir=folder
        )
    except OSError as error:
        error.filename = path
        raise
    os.close(handle)
    try:
        with naming(path):
            yield temporary
            _give_usual_permissions(temporary)
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def naming(path: str) -> Iterator[None]:
    """Let an error of the system that names no file, such as a full disk, name one."""
    try:
        yield
    except OSError as error:
        if error.errno and error.filename is None:
            error.filename = path
        raise


def _give_usual_permissions(path: str) -> None:
    """Undo `mkstemp`'s private mode: new files follow the user's umask."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(path, 0o666 & ~umask)
