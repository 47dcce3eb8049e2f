"""Opens a file of word vectors, whatever it is compressed with."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

_GZIP, _XZ, _ZIP = "gzip", "xz", "zip"
_BEGINNINGS = {_GZIP: b"\x1f\x8b", _XZ: b"\xfd7zXZ\0", _ZIP: b"PK"}
_ENDINGS = {".gz": _GZIP, ".xz": _XZ, ".zip": _ZIP}
_BUFFER = 1 << 18
_SHOWN = 5
# What a system adds to an archive of its own accord.
_NOBODYS = ("__MACOSX/", ".DS_Store")


@contextlib.contextmanager
def open_vectors(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading its bytes, uncompressed.

    What it is compressed with is told by its beginning, else by its name.

    Raises:
        ValueError: The compressed file is damaged, or an archive of several files.
    """
    kind = compression(path)
    damage = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
    try:
        with contextlib.ExitStack() as stack:
            if kind is None:
                yield stack.enter_context(open(path, "rb", _BUFFER))
                return
            if kind == _ZIP:
                archive = stack.enter_context(zipfile.ZipFile(path))
                raw = stack.enter_context(archive.open(_only_member(path, archive)))
            else:
                opener = gzip.open if kind == _GZIP else lzma.open
                raw = stack.enter_context(opener(path, "rb"))
            # It reads lines faster than what it wraps.
            yield stack.enter_context(io.BufferedReader(raw, _BUFFER))
    except (*damage, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: damaged {kind} file ({error}).") from None
    except OSError as error:
        if kind != _ZIP or error.errno != errno.EINVAL:
            raise
        raise ValueError(f"{path}: damaged zip file (a place outside of it).") from None
    except RuntimeError as error:  # a password, or a rare method of compression
        if kind != _ZIP:
            raise
        raise ValueError(f"{path}: {error}. Unpack it, and give its file.") from None


def compression(path: str) -> str | None:
    """Return what a file is compressed with, None if it is not."""
    with open(path, "rb") as file:
        beginning = file.read(max(map(len, _BEGINNINGS.values())))
    for kind, sign in _BEGINNINGS.items():
        # A text may begin with the letters PK.
        if beginning.startswith(sign) and (kind != _ZIP or zipfile.is_zipfile(path)):
            return kind
    return _ENDINGS.get(os.path.splitext(path)[1].lower())


def _only_member(path: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.filename.startswith(_NOBODYS)
        and not member.filename.endswith("/")
    ]
    if len(members) != 1:
        names = [member.filename for member in members[:_SHOWN]]
        names += ["..."] * (len(members) > _SHOWN)
        raise ValueError(
            f"{path}: holds {len(members)} files ({', '.join(names)}), and it must be "
            "one. Unpack it, and give the file that you want."
        )
    return members[0]
