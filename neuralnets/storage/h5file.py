"""HDF5 files that carry a checksum, and a careful look at those that do not.

The HDF5 library itself can crash on a damaged file. So our files have a user block (512
bytes in front, which HDF5 skips) with a digest of all that follows, and it is compared
before the library sees the file. A file without one, such as those of the original
tool, is read once by a process of its own, whose crash is no harm.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import h5py
import numpy as np

from neuralnets.storage import h5look
from neuralnets.storage.h5look import check_inside, fits
from util.files import atomic_path

logger = logging.getLogger(__name__)

_SEAL = b"BiLSTM-CNN-CRF file, sealed with BLAKE2b: "
_BLOCK = 512
# What reading a damaged file, or one that was made to do harm, may raise.
DAMAGE = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
_PROBE_SECONDS = 4  # of computing, and more for a large file
_PROBE_WAIT = 20  # seconds by the clock, on a machine that does other things, too
_PROBE_SPEED = 10_000_000  # bytes per second


def brief(error: Exception) -> str:
    """Return an error's text in one line; what a file says may be endless."""
    text = " ".join(str(error).split())
    return text if len(text) <= 400 else f"{text[:400]}..."


@contextlib.contextmanager
def create(path: str) -> Iterator[h5py.File]:
    """Open a new file for writing; it appears at `path` complete and sealed.

    It is made in memory: the HDF5 library crashes when the disk is full.
    """
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=_BLOCK) as file:
        yield file
    _store(path, content)


def set_attribute(path: str, name: str, text: str) -> None:
    """Give the root of a file that `create` made a text, all of it or nothing."""
    with open(path, "rb") as raw:
        content = io.BytesIO(raw.read())
    with h5py.File(content, "r+") as file:
        file.attrs[name] = text
    _store(path, content)


def _store(path: str, content: io.BytesIO) -> None:
    with atomic_path(path) as temporary:
        with open(temporary, "wb") as raw:
            raw.write(content.getbuffer())
        seal(temporary)


def seal(path: str) -> None:
    """Write the checksum of a file that `create` made, after a change by hand, say."""
    with open(path, "r+b") as raw:
        digest = _digest(raw)
        raw.seek(0)
        raw.write((_SEAL + digest + b"\n").ljust(_BLOCK, b"\0"))


@contextlib.contextmanager
def open_checked(path: str) -> Iterator[tuple[h5py.File, bool]]:
    """Open a file for reading, after a check that it is whole.

    Yields:
        The file, and whether it carries a checksum.

    Raises:
        ValueError: The checksum is wrong, a file without one cannot be read, or what
            is in it leads elsewhere.
    """
    sealed = _check_seal(path)
    if not sealed:
        _probe(path)
    with h5py.File(path, "r") as file:
        for _ in check_inside(file):
            pass
        yield file, sealed


def plain_array(group: h5py.Group, name: str, most: int) -> np.ndarray:
    """Return an array of finite numbers that the file itself holds.

    Args:
        group: Where it stands.
        name: Its name in the group; may hold slashes.
        most: Most bytes that it may take.

    Raises:
        ValueError: It is something else, or takes more; nothing was read then.
    """
    data = group[name]
    if not isinstance(data, h5py.Dataset) or data.dtype.kind not in "fiu":
        raise ValueError(f"'{name}' is no array of numbers")
    if not fits(data, most):
        raise ValueError(f"'{name}' claims {data.nbytes:,} bytes, more than there are")
    values = np.asarray(data)
    if not np.isfinite(values).all():
        raise ValueError(f"'{name}' holds values that are not finite")
    return values


def sealed_attribute(path: str, name: str) -> str | None:
    """Return a text that a sealed file carries on its root, None if there is none.

    Nothing else in the file is looked at, and what is wrong with it is not told.
    """
    try:
        if not _check_seal(path):
            return None
        with h5py.File(path, "r") as file:
            text = file.attrs.get(name)
    except DAMAGE:
        return None
    return text if isinstance(text, str) else None


def checksum(path: str) -> str | None:
    """Return the checksum that a file carries, None if it has none or is not there."""
    try:
        with open(path, "rb") as raw:
            block = raw.read(_BLOCK)
    except FileNotFoundError:
        return None
    if not block.startswith(_SEAL):
        return None
    return block[len(_SEAL) :].split(b"\n")[0].decode("ascii", "replace")


def _check_seal(path: str) -> bool:
    """Tell whether a file has a seal; raise if it is broken."""
    expected = checksum(path)
    if expected is None:
        return False
    with open(path, "rb") as raw:
        if expected != _digest(raw).decode():
            raise ValueError("its checksum is wrong")
    return True


def _digest(raw) -> bytes:
    """Return the hexadecimal digest of an open file behind its user block."""
    digest = hashlib.blake2b(digest_size=32)
    raw.seek(_BLOCK)
    for part in iter(lambda: raw.read(1 << 20), b""):
        digest.update(part)
    return digest.hexdigest().encode()


def _probe(path: str) -> None:
    """Let another process read a whole file first."""
    with open(path, "rb") as raw:
        size = raw.seek(0, 2)
        raw.seek(0)
        if not h5py.is_hdf5(path):
            raise ValueError("it is not HDF5")
    logger.info("%s carries no checksum: looking at it with care.", path)
    seconds = _PROBE_SECONDS + size // _PROBE_SPEED
    try:
        result = subprocess.run(
            [sys.executable, "-I", h5look.__file__, path, str(size), str(seconds)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_WAIT + seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError("reading it takes too long") from None
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["it crashes the HDF5 library"]
        raise ValueError(lines[-1])
