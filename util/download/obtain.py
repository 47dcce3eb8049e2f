"""Brings one published file to its place: found on disk, given, or downloaded."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from util.download.dataconversion import (
    Report,
    WrongContent,
    copy_file,
    extract_member,
    git_blob_of,
    sha256_of,
    verify,
)
from util.download.datasources import RemoteFile
from util.download.httpfetch import Patience, fetch
from util.download.partfile import TransferError, discard

logger = logging.getLogger(__name__)


class DownloadError(OSError):
    """A source could not be fetched; the text is one line, with what to do next."""


def match_given(
    files: Sequence[RemoteFile], given: Sequence[Path], key: str
) -> dict[RemoteFile, Path]:
    """Find out which given file stands for which published one.

    Args:
        files: The published files of one source.
        given: Files on disk, compared by checksum, then by name; if there is only one
            published file, one of any name is taken for it.
        key: The source, for the error text.

    Returns:
        Published file -> path, for those given.

    Raises:
        DownloadError: A given file does not exist, or belongs to none.
    """
    matched: dict[RemoteFile, Path] = {}
    for path in given:
        if not path.is_file():
            raise DownloadError(f"--from {path}: no such file")
        found = [file for file in files if _same_checksum(path, file)]
        found = found or [file for file in files if path.name in file.names]
        if not found and len(files) == 1:
            found = list(files)
        if not found:
            wanted = ", ".join(sorted({name for file in files for name in file.names}))
            raise DownloadError(
                f"--from {path}: neither its checksum nor its name is that of a file "
                f"of {key} ({wanted})"
            )
        matched.setdefault(found[0], path)
    return matched


def _same_checksum(path: Path, file: RemoteFile) -> bool:
    if file.size is not None and path.stat().st_size != file.size:
        return False
    if file.sha256 is not None:
        return sha256_of(path) == file.sha256
    return file.git_blob is not None and git_blob_of(path) == file.git_blob


def is_in_place(file: RemoteFile, target: Path, command: str) -> bool:
    """Whether all that a published file yields is in its place.

    Args:
        file: The published file.
        target: The folder.
        command: What to run again, for the error text.

    Returns:
        False if anything is missing.

    Raises:
        DownloadError: Something else is in its place; it is left alone.
    """
    outputs = [target / name for name in file.outputs]
    if not all(path.is_file() for path in outputs):
        return False
    for path in outputs:
        try:
            if not file.members:
                verify(path, file)
            elif path.stat().st_size == 0:
                raise WrongContent("it is empty")
        except WrongContent as error:
            raise DownloadError(
                f"{path} exists but is not the published file: {error}. "
                f"Move it away, then run: {command}"
            ) from error
        logger.info("%s is there already", path)
    return True


def bring(
    file: RemoteFile,
    target: Path,
    given: Path | None,
    command: str,
    patience: Patience,
    report: Report,
) -> None:
    """Put in place all that one published file yields.

    Args:
        file: The published file.
        target: The folder.
        given: A file on disk to use instead of a download.
        command: What to run again, for the error text.
        patience: How long to wait for a server.
        report: Called with what goes on, bytes so far, bytes in all.

    Raises:
        DownloadError: It could not be had, or is not what it should be.
    """
    place = target / file.save_as
    if given is not None:
        try:
            verify(given, file)
            _unpack_or_copy(file, given, target, report)
        except WrongContent as error:
            raise DownloadError(f"--from {given}: {error}") from error
        _say_if_unverified(file, given, None)
        return
    archive_was_there = bool(file.members) and place.is_file()
    if not archive_was_there:
        _fetch_verified(file, place, command, patience, report)
    if not file.members:
        return
    try:
        if archive_was_there:
            verify(place, file)
        _unpack_or_copy(file, place, target, report)
    except WrongContent as error:
        advice = f"Move it away, then run: {command}"
        if not archive_was_there:
            place.unlink()
            advice = f"If you have a good one: {command} --from PATH/{file.save_as}"
        raise DownloadError(
            f"{place} is not the published file: {error}. {advice}"
        ) from error
    if not (archive_was_there or file.keep_archive):
        place.unlink()


def _unpack_or_copy(
    file: RemoteFile, origin: Path, target: Path, report: Report
) -> None:
    if not file.members:
        copy_file(origin, target / file.save_as, report)
    for member, name in file.members:
        if not (target / name).is_file():
            extract_member(origin, member, target / name, report)


def _fetch_verified(
    file: RemoteFile, place: Path, command: str, patience: Patience, report: Report
) -> None:
    """Download to `place`, from the first address that has the right bytes."""
    part = place.with_name(place.name + ".part")
    failures = []
    for url in file.urls:
        try:
            declared = _fetch_right_bytes(url, file, part, patience, report)
        except (TransferError, WrongContent) as error:
            failures.append(f"{url} ({error})")
            continue
        os.replace(part, place)
        _say_if_unverified(file, place, declared)
        return
    raise DownloadError(
        f"cannot fetch {place} from {' or '.join(failures)}. If you have or find the "
        f"file elsewhere: {command} --from PATH/{file.published_name}"
    )


def _fetch_right_bytes(
    url: str, file: RemoteFile, part: Path, patience: Patience, report: Report
) -> int | None:
    """One address: returns the declared length once `part` is complete and right."""
    logger.info("fetching %s from %s", part.with_suffix(""), url)
    while True:
        fetched = fetch(
            url,
            part,
            label=file.save_as,
            report=report,
            size=file.size,
            detectable=file.has_checksum or file.save_as.endswith((".gz", ".zip")),
            patience=patience,
        )
        try:
            verify(part, file)
            return fetched.declared
        except WrongContent as error:
            discard(part)
            if not fetched.resumed:
                raise
            logger.info("%s: %s; starting afresh", part.with_suffix(""), error)


def _say_if_unverified(file: RemoteFile, path: Path, declared: int | None) -> None:
    if file.has_checksum:
        return
    size = "its format" if declared is None else f"its format and {declared:,} bytes"
    logger.warning(
        "%s: no checksum of it was ever published; checked %s only. Its SHA-256 is %s",
        path,
        size,
        sha256_of(path),
    )
