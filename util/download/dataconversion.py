"""From a file as published to a file as the tagger reads it: checks, copies, unzips."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from util.download.datasources import RemoteFile
from util.files import atomic_path

CHUNK = 1 << 20
# No file here comes near it: a server or an archive that wants more is refused.
LIMIT = 8 << 30
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"

Report = Callable[[str, int, "int | None"], None]


class WrongContent(Exception):
    """The bytes are not those of the published file."""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    return _digest(path, hashlib.sha256())


def git_blob_of(path: Path) -> str:
    r"""The git blob id of a file: SHA-1 over `blob <size>\0` and the bytes."""
    header = b"blob %d\0" % path.stat().st_size
    return _digest(path, hashlib.sha1(header, usedforsecurity=False))


def _digest(path: Path, digest) -> str:
    with open(path, "rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify(path: Path, file: RemoteFile) -> None:
    """Check size and checksum; without a checksum, that the format is intact.

    Args:
        path: The file on disk.
        file: What it should be.

    Raises:
        WrongContent: It is something else, or damaged.
    """
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        raise WrongContent(f"it has {size:,} bytes instead of {file.size:,}")
    for kind, expected, compute in (
        ("SHA-256", file.sha256, sha256_of),
        ("git blob id", file.git_blob, git_blob_of),
    ):
        if expected is not None and (found := compute(path)) != expected.lower():
            raise WrongContent(f"its {kind} is {found} instead of {expected}")
    if not file.has_checksum:
        check_format(path, file.save_as)


def check_format(path: Path, name: str) -> None:
    """Check that a file is whole, as far as its format shows.

    Args:
        path: The file on disk.
        name: The name whose ending says what it should be.

    Raises:
        WrongContent: It is of another format, or damaged.
    """
    ending = Path(name).suffix.lower()
    if ending == ".gz":
        _check_gzip(path)
    elif ending == ".zip":
        if not zipfile.is_zipfile(path):
            raise WrongContent("it is not a complete zip file")
    elif ending in (".h5", ".hdf5"):
        _check_hdf5(path)
    elif ending == ".json":
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise WrongContent("it is not valid JSON") from error
    elif path.stat().st_size == 0:
        raise WrongContent("it is empty")


def _check_gzip(path: Path) -> None:
    """Unpack to nowhere, which checks the lengths and CRCs inside."""
    total = 0
    try:
        with gzip.open(path) as handle:
            while chunk := handle.read(CHUNK):
                total += len(chunk)
                if total > LIMIT:
                    raise WrongContent(f"it unpacks to more than {LIMIT:,} bytes")
    except (OSError, EOFError, zlib.error) as error:
        raise WrongContent(f"it is not a complete gzip file ({error})") from error
    if total == 0:
        raise WrongContent("it unpacks to nothing")


def _check_hdf5(path: Path) -> None:
    """Compare the length that the superblock states with the length of the file."""
    with open(path, "rb") as handle:
        head = handle.read(64)
    if len(head) < 64 or not head.startswith(HDF5_MAGIC):
        raise WrongContent("it is not an HDF5 file")
    # End-of-file address: HDF5 file format 3.0, sections II.A (8-byte offsets).
    at = {0: 40, 1: 44, 2: 28, 3: 28}.get(head[8])
    if at is None:
        raise WrongContent(f"its HDF5 superblock has version {head[8]}, not 0 to 3")
    if head[13 if head[8] < 2 else 9] != 8:
        return  # another width of addresses: what follows cannot be read like this
    stated, found = int.from_bytes(head[at : at + 8], "little"), path.stat().st_size
    if found < stated:
        raise WrongContent(f"it has {found:,} of its {stated:,} bytes")


def copy_file(origin: Path, target: Path, report: Report) -> None:
    """Copy a file as it is; `target` is complete or does not exist."""
    with open(origin, "rb") as source:
        size = os.fstat(source.fileno()).st_size
        _pour(source, target, size, f"copying {target.name}", report)


def extract_member(archive: Path, member: str, target: Path, report: Report) -> None:
    """Take one named member out of a zip file.

    No name inside the archive decides where anything is written, and no more than the
    declared size is read.

    Args:
        archive: The zip file.
        member: The member's full name.
        target: Where its bytes go; complete or not there at all.
        report: Called with what goes on, bytes so far, bytes in all.

    Raises:
        WrongContent: The archive is damaged, lacks the member, or declares too much.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            info = opened.getinfo(member)
            if info.file_size > LIMIT:
                raise WrongContent(f"its {member} unpacks to {info.file_size:,} bytes")
            with opened.open(info) as source:
                label = f"unpacking {target.name}"
                _pour(source, target, info.file_size, label, report)
    except KeyError as error:
        raise WrongContent(f"it holds no {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise WrongContent(f"{member} cannot be unpacked ({error})") from error


def _pour(
    source: BinaryIO, target: Path, size: int, label: str, report: Report
) -> None:
    done = 0
    with atomic_path(target) as temporary, open(temporary, "wb") as sink:
        while chunk := source.read(min(CHUNK, size - done + 1)):
            done += len(chunk)
            if done > size:
                raise WrongContent(f"it holds more than the {size:,} bytes it declares")
            sink.write(chunk)
            report(label, done, size)
        if done != size:
            raise WrongContent(f"it ended after {done:,} of {size:,} bytes")
