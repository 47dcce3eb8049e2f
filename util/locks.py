"""One process at a time, by a lock that dies with the process that holds it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import socket
import tempfile
import time
from collections.abc import Iterator

logger = logging.getLogger(__name__)

# Beside a lock stands who holds it: the lock's own file cannot be read on Windows, and
# is emptied by whoever tries it.
_OWNER = ".owner"
_LONGEST_NAME = 200  # bytes; a file's name may have 255, endings included
# Where no file can be made there is none to protect; some file systems have no locks.
_NO_LOCKS_HERE = {
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP),
}


def lock_of(path: str) -> str:
    """Return the lock file of a path: hidden, beside what the path leads to."""
    folder, name = os.path.split(os.path.realpath(path))
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.blake2b(os.fsencode(name), digest_size=16).hexdigest()
    return os.path.join(folder, f".{name}.lock")


@contextlib.contextmanager
def locked(
    file: str, place: str, run: str, elsewhere: str, who: str = "another run"
) -> Iterator[int | None]:
    """Hold a lock.

    Args:
        file: The lock's file; missing folders are made.
        place: What it protects, for the message.
        run: What this process does there, for the message that another one gets.
        elsewhere: What to do if somebody else holds it, besides waiting.
        who: Who that may be.

    Yields:
        The file descriptor that holds it, for child processes to inherit, if there is
        one.

    Raises:
        ValueError: Somebody else holds it; the message says who and where.
    """
    from filelock import FileLock, Timeout  # not where text is tagged

    lock = FileLock(file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if not _can_lock(file):
            logger.warning("%s: not protected from another run meanwhile.", place)
            yield None
            return
        raise ValueError(
            f"{place}: {who} is still at work there{_owner(file)}. Wait until it "
            f"ends, end it, or {elsewhere}."
        ) from None
    except (NotImplementedError, OSError) as error:
        if getattr(error, "errno", errno.ENOSYS) not in _NO_LOCKS_HERE:
            raise
        logger.warning(
            "%s: not protected from another run meanwhile (%s).", place, error
        )
        yield None
        return
    try:
        with contextlib.suppress(OSError):  # it serves a message alone
            with open(file + _OWNER, "w", encoding="utf-8") as written:
                json.dump(
                    [os.getpid(), socket.gethostname(), time.time(), run], written
                )
        # There is no public name for it. Windows' processes cannot inherit it.
        inheritable = os.name == "posix"
        yield getattr(lock._context, "lock_file_fd", None) if inheritable else None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(file + _OWNER)
        lock.release()


def _can_lock(file: str) -> bool:
    """Tell whether a new file beside a lock can be locked.

    On some network drives none can, and each seems to be held by somebody.
    """
    from filelock import FileLock, Timeout

    with tempfile.TemporaryDirectory(dir=os.path.dirname(file)) as folder:
        try:
            with FileLock(os.path.join(folder, "x"), timeout=0):
                return True
        except Timeout:
            return False


def _owner(file: str) -> str:
    """Return who holds a lock, in brackets; empty if that cannot be told."""
    try:
        with open(file + _OWNER, encoding="utf-8") as written:
            process, host, since, run = json.load(written)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    except (OSError, OverflowError, TypeError, ValueError):
        return ""
    return f" (process {process} on {host}, since {since}: {run})"
