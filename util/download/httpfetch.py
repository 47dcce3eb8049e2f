"""Fetch one file over HTTP into a `.part` file, and resume what was cut off."""

from __future__ import annotations

import http.client
import logging
import re
import ssl
import time
import urllib.error
from dataclasses import dataclass
from pathlib import Path

from util.download.addresses import check_address, open_url
from util.download.dataconversion import CHUNK, LIMIT, Report
from util.download.partfile import PartFile, TransferError, open_part

logger = logging.getLogger(__name__)

# Worth another try although the server answered: timeout, too early, too many, 5xx.
_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}


class _CutOff(OSError):
    """The connection ended early; another attempt may go on from there."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Args:
        timeout: Seconds without a byte after which a connection counts as stalled.
        attempts: Attempts in a row that bring nothing new before giving up.
        pause: Seconds before the second attempt; doubled before each further one.
    """

    timeout: float = 30.0
    attempts: int = 3
    pause: float = 1.0


DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True)
class Fetched:
    """What a finished transfer tells.

    Args:
        resumed: Whether its bytes come from more than one response.
        declared: The bytes that were declared beforehand, if any.
    """

    resumed: bool
    declared: int | None


def fetch(
    url: str,
    path: Path,
    *,
    label: str,
    report: Report,
    size: int | None = None,
    detectable: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
) -> Fetched:
    """Bring the `.part` file at `path` to its full length.

    Args:
        url: The address.
        path: The `.part` file; one that is there is continued (HTTP Range) if a mix of
            two versions cannot go unnoticed.
        label: What to call the file in `report`.
        report: Called with the label, bytes so far, bytes in all.
        size: Exact bytes, if known beforehand.
        detectable: Whether a wrong mix would show afterwards (checksum, CRC).
        patience: Timeouts and attempts.

    Returns:
        Whether it was resumed, and the length that was declared, if any.

    Raises:
        TransferError: The file cannot be had from this address now.
        OSError: It cannot be written.
    """
    check_address(url)
    with open_part(path) as part:
        best, idle = 0, 0
        while True:
            mixable = detectable or part.validator(url) is not None
            if not mixable or (size is not None and part.length > size):
                part.clear()
            start = part.length
            best = max(best, start)
            try:
                if size is not None and start == size:
                    done = Fetched(resumed=True, declared=size)
                else:
                    done = _attempt(url, part, start, size, label, report, patience)
                part.forget()
                return done
            except (OSError, http.client.HTTPException) as error:
                _raise_if_hopeless(error)
                reached = part.length
                idle = 0 if reached > best else idle + 1
                best = max(best, reached)
                if idle >= patience.attempts:
                    raise TransferError(_describe(error)) from error
                logger.info("%s: %s; trying again", label, _describe(error))
                time.sleep(min(patience.pause * 2 ** max(idle - 1, 0), 30))


def _attempt(
    url: str,
    part: PartFile,
    start: int,
    size: int | None,
    label: str,
    report: Report,
    patience: Patience,
) -> Fetched:
    """One request; returns once all of the file is on disk."""
    headers = {"User-Agent": "tagger", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator := part.validator(url):
            headers["If-Range"] = validator
    try:
        response = open_url(url, headers, patience.timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416:
            raise
        if _range_of(error.headers) == (None, start) and size in (None, start):
            return Fetched(resumed=True, declared=start)
        part.clear()
        raise _CutOff("the server has less than the .part file") from error
    with response:
        if response.status == 206:
            begin, total = _range_of(response.headers)
            if begin != start or (total is not None and total < start):
                part.clear()
                raise _CutOff("the server sent another range than asked for")
        else:
            start, total = 0, _number(response.headers.get("Content-Length"))
        if size is not None and total not in (None, size):
            raise TransferError(f"the server has {total:,} bytes instead of {size:,}")
        total = size if total is None else total
        if (total or 0) > LIMIT:
            raise TransferError(f"the server declares {total:,} bytes; refused")
        if start == 0:
            part.clear()
            part.remember(url, response.headers)
        _receive(response, part, start, total, label, report)
    return Fetched(resumed=start > 0, declared=total)


def _receive(
    response, part: PartFile, done: int, total: int | None, label: str, report: Report
) -> None:
    part.handle.seek(done)
    end = LIMIT if total is None else total
    report(label, done, total)
    # `read1` hands over what has arrived, so that a stall loses nothing. It does not
    # stop by itself where the body ends (Python < 3.12), hence the bound.
    while done < end and (chunk := response.read1(min(CHUNK, end - done))):
        part.append(chunk)
        done += len(chunk)
        report(label, done, total)
    if total is None and done >= LIMIT:
        part.clear()
        raise TransferError(f"the server sends more than {LIMIT:,} bytes")
    if total is not None and done < total:
        raise _CutOff(f"the server cut off at {done:,} of {total:,} bytes")


def _range_of(headers) -> tuple[int | None, int | None]:
    """Start and full length that a Content-Range header states."""
    text = headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", text.strip())
    if match is None:
        return None, None
    return _number(match[1]), _number(match[2])


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _raise_if_hopeless(error: Exception) -> None:
    """Turn what another attempt cannot mend into a TransferError."""
    if isinstance(error, urllib.error.HTTPError):
        if error.code not in _PASSING_STATUS:
            raise TransferError(_describe(error)) from error
    elif isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
        raise TransferError(_describe(error)) from error
    elif isinstance(error, OSError) and error.filename is not None:
        raise error  # a problem of this disk, not of the server


def _describe(error: Exception) -> str:
    """One line for people."""
    if isinstance(error, urllib.error.HTTPError):
        text = f"HTTP {error.code} {error.reason}"
    else:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError) or "timed out" in str(reason):
            return "the server stalled"
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    # A server chooses part of this text: nothing in it may steer a terminal.
    line = " ".join(str(text).split())
    return "".join(char if char.isprintable() else "?" for char in line)
