"""A folder has one run at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_FILE = ".lock"


@contextlib.contextmanager
def locked(folder: str) -> Iterator[int]:
    """Hold a folder's lock.

    The trainings inherit it. So it is also held by those that go on after the run
    that started them was killed.

    Yields:
        The file descriptor that holds it.

    Raises:
        ValueError: Somebody else holds it.
    """
    os.makedirs(folder, exist_ok=True)
    handle = os.open(os.path.join(folder, _FILE), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(
                    f"{folder}: another run, or a training that it left behind, is "
                    "still at work there. Wait for it, end it, or name another folder "
                    "with --output."
                ) from None
        yield handle
    finally:
        os.close(handle)
