"""Writing files so that a killed run never leaves half of one behind."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import TextIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

# What a killed run leaves: the file's name, eight random letters, the ending.
_LEFTOVER = re.compile(r"\..+\.[a-z0-9_]{8}\.part")
_LONGEST_NAME = 200  # of a file's name in that of its temporary file, in bytes


def must_spare(output: str | None, inputs: Iterable[str | None]) -> None:
    """Raise `ValueError` if a file to be written is one of those that are read."""
    if output is None or not os.path.isfile(output):
        return
    for path in inputs:
        if path and os.path.exists(path) and os.path.samefile(path, output):
            raise ValueError(f"{output} is read: name another file to write.")


def must_differ(*outputs: str | None) -> None:
    """Raise `ValueError` if two files to be written are one."""
    places = [os.path.realpath(output) for output in outputs if output]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None and not _is_special(twice):
        raise ValueError(f"{twice} would be written twice: name different files.")


def _is_special(path: str) -> bool:
    """Tell a pipe or a device, which may take several files one after the other."""
    return os.path.exists(path) and not os.path.isfile(path)


@contextlib.contextmanager
def atomic_path(path: str) -> Iterator[str]:
    """Yield a temporary path beside `path` that takes its place on success.

    Missing folders are made. After an exception the temporary file is removed and
    whatever stood at `path` before is untouched. A file that is replaced hands on its
    permissions. A symbolic link stays one: the file that it points to is replaced.
    What is no regular file (a device, a named pipe, standard output) gets the content
    when it is complete, and stays what it is.

    Args:
        path: Where the finished file shall stand.

    Yields:
        The path to write to; it can be opened in every mode.
    """
    path = os.fspath(path)
    before = _status(path)
    if before is not None and stat.S_ISDIR(before.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    stream = before and _own_stream(before)
    if before is None or (stat.S_ISREG(before.st_mode) and stream is None):
        with _replacing(path, before) as temporary:
            yield temporary
        return
    with tempfile.TemporaryDirectory() as folder:
        temporary = os.path.join(folder, "content")
        open(temporary, "xb").close()
        yield temporary
        with naming(path), open(temporary, "rb") as source:
            if stream is not None:
                stream.flush()
            with open(os.dup(stream.fileno()) if stream else path, "wb") as target:
                shutil.copyfileobj(source, target)


@contextlib.contextmanager
def _replacing(path: str, before: os.stat_result | None) -> Iterator[str]:
    """Yield a temporary file that replaces a regular file, or one that is not there."""
    place = os.path.realpath(path)
    folder = os.path.dirname(place)
    os.makedirs(folder, exist_ok=True)
    _remove_leftovers(folder)
    with naming(path):
        temporary, handle = _create_beside(place, path)
        try:
            yield temporary
            if before is not None:
                _hand_on(before, temporary)
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            os.replace(temporary, place)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        finally:
            if handle is not None:
                os.close(handle)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _own_stream(status: os.stat_result) -> TextIO | None:
    """Return standard output or error, if a file is just that, also a regular one.

    What is printed besides then stands before or behind it, and not over it.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            if os.path.samestat(os.fstat(stream.fileno()), status):
                return stream
    return None


def _create_beside(place: str, path: str) -> tuple[str, int | None]:
    """Make a temporary file in the folder of another, and lock it.

    The lock says that its writer lives; the system takes it away with the process.
    """
    folder, name = os.path.split(place)
    name = os.fsdecode(os.fsencode(name)[:_LONGEST_NAME])
    while True:
        temporary = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.part")
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            handle = os.open(temporary, flags, 0o666)  # the umask applies
        except FileExistsError:
            continue
        except OSError as error:
            error.filename = path
            raise
        if fcntl is None:  # and an open file cannot be renamed
            os.close(handle)
            return temporary, None
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        # Another run may have taken it for a leftover before it was locked.
        if os.path.exists(temporary):
            return temporary, handle
        os.close(handle)


def _remove_leftovers(folder: str) -> None:
    """Remove the temporary files of runs that were killed."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _LEFTOVER.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                handle = os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)
                finally:
                    os.close(handle)


def _hand_on(before: os.stat_result, path: str) -> None:
    """Give a file the owner, as far as that is allowed, and the mode of another."""
    now = os.stat(path)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with contextlib.suppress(OSError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, before.st_mode & 0o777)


@contextlib.contextmanager
def naming(path: str) -> Iterator[None]:
    """Let an error of the system that names no file, such as a full disk, name one."""
    try:
        yield
    except OSError as error:
        if error.errno and error.filename is None:
            error.filename = path
        raise
