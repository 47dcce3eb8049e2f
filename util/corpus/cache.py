"""The prepared data on disk: named by what it was made from, read without risk.

A file is a pickle of plain data with a checksum behind it. It is read in two steps: its
instructions are gone through first, without following them, and refused unless
they are among the few that plain data need. The others can name code, but also make a
few bytes take all memory or an eternity. Arrays are stored as their bytes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import math
import mmap
import os
import pickle
import re
import tempfile
from collections.abc import Iterable
from typing import Any, Union

import numpy as np

from util.files import atomic_path

logger = logging.getLogger(__name__)

# Raised with every change of what is stored, or of how data files are read, so that
# older files are made anew.
FORMAT = 4

_DIGEST = 16  # bytes
_ARRAY = {"dtype", "shape", "bytes"}
_DTYPE = re.compile(r"[<>|]?[fiub][1248]")

# What plain data are written with, by the size of the argument: none (None, True,
# False, empty dictionary and list, mark, fill them, memorise), 1 byte (small integer,
# recall), 2 and 4 bytes, 8 bytes (float), short strings. Runs of these are skipped at
# once.
_SHORT = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(30))
_SIMPLE = re.compile(
    rb"(?:[N\x88\x89}\](usae\x94]+|[Kh].|M..|[Jj].{4}|G.{8}|\x8c(?:"
    + _SHORT
    + rb")){0,1000}",
    re.DOTALL,
)
# Strings and bytes: how many bytes their own size takes.
_COUNTED = {0x8C: 1, ord("X"): 4, 0x8D: 8, ord("C"): 1, ord("B"): 4, 0x8E: 8, 0x96: 8}
_PROTOCOL, _FRAME, _STOP = 0x80, 0x95, ord(".")
_NAMES_CODE = {ord("c"), ord("i"), 0x93}

_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR)

Buffer = Union[bytes, mmap.mmap]


def content_key(description: Any, paths: Iterable[str]) -> str:
    """Return a key of 16 hex digits for a description and the bytes of files.

    Args:
        description: Anything that JSON can write; dictionaries keep their order.
        paths: Files whose contents count, in order.
    """
    digest = hashlib.blake2b(json.dumps([FORMAT, description]).encode(), digest_size=8)
    for path in paths:
        digest.update(file_digest(path))
    return digest.hexdigest()


def file_digest(path: str) -> bytes:
    """Return a hash of a file's bytes."""
    digest = hashlib.blake2b()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.digest()


def found(name: str, elsewhere: str | None = None) -> str | None:
    """Return where a file of prepared data stands, if it does; see `place`."""
    paths = [os.path.join(folder, name) for folder in _folders(elsewhere)]
    return next(filter(os.path.isfile, paths), None)


def place(name: str, elsewhere: str | None = None) -> str:
    """Return where a file of prepared data can be written.

    Args:
        name: The file's name.
        elsewhere: The folder to take if `pkl/` belongs to somebody else; by default one
            among the user's caches.
    """
    folders = _folders(elsewhere)
    why = _why_not_writable(folders[0])
    if why:
        logger.warning(
            "pkl: %s. Prepared data go to %s instead.", why, os.path.abspath(folders[1])
        )
    return os.path.join(folders[bool(why)], name)


def _folders(elsewhere: str | None) -> tuple[str, str]:
    caches = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    caches = caches or os.path.expanduser("~/.cache")
    return "pkl", elsewhere or os.path.join(caches, "tagger", "pkl")


def _why_not_writable(folder: str) -> str | None:
    """Make a folder; say why files cannot be made there, if it is not a full disk."""
    try:
        os.makedirs(folder, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        if error.errno in _NOT_OURS:
            return error.strerror
    return None


def store(path: str, content: dict[str, Any]) -> None:
    """Write plain data and, as values of `content`, arrays: all of it or nothing."""
    content = {"format": FORMAT, **content}
    for name, value in content.items():
        if isinstance(value, np.ndarray) and _DTYPE.fullmatch(value.dtype.str):
            content[name] = {
                "dtype": value.dtype.str,
                "shape": list(value.shape),
                "bytes": pickle.PickleBuffer(np.require(value, None, "CW")),
            }
    with atomic_path(path) as temporary, open(temporary, "w+b") as file:
        pickle.dump(content, file, protocol=5)
        file.flush()
        file.write(file_digest(temporary)[:_DIGEST])


def load(path: str) -> dict[str, Any]:
    """Read what `store` wrote, without running code from the file.

    Raises:
        ValueError: The file is damaged, foreign, or holds anything but plain data.
    """
    with open(path, "rb") as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                end = _end(data)
                content = _PlainUnpickler(file).load()
                whole = data[end:] == _digest(data, end)
            if isinstance(content, dict) and content.get("format") == FORMAT:
                if not whole:
                    raise ValueError("its checksum is wrong")
                return {name: _array(value) for name, value in content.items()}
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise ValueError(
                f"{path}: not a file of prepared data ({error}). Delete it and "
                "prepare the data again."
            ) from None
    raise ValueError(
        f"{path}: not a file of prepared data of this version. Delete it and "
        "prepare the data again."
    )


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that refuses every class and function."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse the file."""
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _end(data: Buffer) -> int:
    """Return where a pickle ends, or where it first names code: nobody reads on.

    Raises:
        UnpicklingError: It is cut off, claims to hold more than there is, or has
            an instruction that plain data do not need.
    """
    position = 0
    while position < len(data):
        run = _SIMPLE.match(data, position)
        if run.end() > position:
            position = run.end()
            continue
        code = data[position]
        position += 1
        if code in _COUNTED:
            start = position + _COUNTED[code]
            position = start + int.from_bytes(data[position:start], "little")
        elif code == _FRAME:
            position += 8
            size = int.from_bytes(data[position - 8 : position], "little")
            if size > len(data) - position:
                break
        elif code == _PROTOCOL:
            position += 1
        elif code == _STOP or code in _NAMES_CODE:
            return position
        else:
            raise pickle.UnpicklingError(
                f"it holds the instruction {code:#04x}, which plain data do not need"
            )
    raise pickle.UnpicklingError("it is cut off")


def _digest(data: Buffer, end: int) -> bytes:
    digest = hashlib.blake2b()
    with memoryview(data) as view:
        for start in range(0, end, 1 << 20):
            digest.update(view[start : min(start + (1 << 20), end)])
    return digest.digest()[:_DIGEST]


def _array(value: Any) -> Any:
    """Return the array that a stored value stands for, or else the value."""
    if not isinstance(value, dict) or value.keys() != _ARRAY:
        return value
    dtype, shape, content = value["dtype"], value["shape"], value["bytes"]
    if not _DTYPE.fullmatch(dtype) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("it holds an array of an unknown kind")
    if math.prod(shape) * np.dtype(dtype).itemsize != len(content):
        raise ValueError("it holds an array of another size than it says")
    return np.frombuffer(content, dtype).reshape(shape)
