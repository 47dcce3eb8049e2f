"""The prepared data on disk: named by what it was made from, read without risk.

A file is a line that says what it is, the size of a header, the header in JSON, and
arrays: their bytes one behind the other, each from a multiple of 64 on. A checksum ends
it. Nothing in it is ever run. Arrays are mapped into memory, so they may be larger than
that: the system reads what is looked at.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import math
import mmap
import os
import re
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from util.files import atomic_path

logger = logging.getLogger(__name__)

# Raised with every change of what is stored, or of how data files are read, so that
# older files are made anew.
FORMAT = 5

_MARK = b"prepared data of the tagger\n"
_SIZE = 8  # bytes of the header's size
_ALIGNED = 64
_DIGEST = 16  # bytes
_DTYPE = re.compile(r"[<>|]?[fiub][1248]")

_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR)


class Pieces(NamedTuple):
    """An array that is made, and written, piece by piece.

    Attributes:
        dtype, shape: Of the whole.
        pieces: Its parts along the first axis.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    pieces: Iterable[np.ndarray]


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
    """Write plain data and, as values of `content`, arrays: all of it or nothing.

    Raises:
        TypeError: There is something else.
    """
    plain, arrays = {"format": FORMAT}, {}
    for name, value in content.items():
        if isinstance(value, np.ndarray):
            value = Pieces(value.dtype, value.shape, [value])
        if not isinstance(value, Pieces):
            plain[name] = value
        elif _DTYPE.fullmatch(value.dtype.str):
            arrays[name] = value
        else:
            raise TypeError(f"an array of {value.dtype} is not stored")
    kinds = [[name, a.dtype.str, list(a.shape)] for name, a in arrays.items()]
    header = json.dumps({"plain": plain, "arrays": kinds}).encode()
    with atomic_path(path) as temporary, open(temporary, "w+b") as file:
        file.write(_MARK + len(header).to_bytes(_SIZE, "little") + header)
        for array in arrays.values():
            _align(file)
            for piece in array.pieces:
                flat = np.ascontiguousarray(piece, array.dtype).reshape(-1)
                file.write(flat.view(np.uint8))
        file.flush()
        file.write(file_digest(temporary)[:_DIGEST])


def _align(file: BinaryIO) -> None:
    file.write(bytes(-file.tell() % _ALIGNED))


def load(path: str) -> dict[str, Any]:
    """Read what `store` wrote; arrays are read-only views of the file.

    Raises:
        ValueError: The file is damaged, foreign, or of another version.
    """
    with open(path, "rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            ours = data[: len(_MARK)] == _MARK
            content = _content(data) if ours else {}
            if content.pop("format", None) == FORMAT:
                return content
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


def _content(data: mmap.mmap) -> dict[str, Any]:
    """Return what a file holds.

    Raises:
        ValueError: It is damaged, or its header says something else than it holds.
    """
    end = len(data) - _DIGEST
    start = len(_MARK) + _SIZE
    size = int.from_bytes(data[len(_MARK) : start], "little")
    if size > end - start:
        raise ValueError("it is cut off")
    if data[end:] != _digest(data, end):
        raise ValueError("its checksum is wrong")
    header = json.loads(data[start : start + size])
    content = dict(header["plain"])
    position = start + size
    for name, dtype, shape in header["arrays"]:
        if not _DTYPE.fullmatch(dtype) or not all(
            type(n) is int and 0 <= n < 1 << 62 for n in shape
        ):
            raise ValueError("it holds an array of an unknown kind")
        position += -position % _ALIGNED
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size > end - position or len(shape) > 2:
            raise ValueError("it holds an array of another size than it says")
        content[name] = np.ndarray(shape, dtype, data, position)
        position += size
    if position != end:
        raise ValueError("it is longer than it says")
    return content


def _digest(data: mmap.mmap, end: int) -> bytes:
    digest = hashlib.blake2b()
    with memoryview(data) as view:
        for start in range(0, end, 1 << 20):
            digest.update(view[start : min(start + (1 << 20), end)])
    return digest.digest()[:_DIGEST]
