"""What of a bulk run is finished: lines of JSON in the folder of its outputs.

It is there as long as anything is left to do.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from util.files import naming
from util.output.destinations import Job

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NAME = ".tagging.jsonl"


class Stamp(NamedTuple):
    """What tells a file from its other versions: its size, and when it was written."""

    size: int
    nanoseconds: int


class Place(NamedTuple):
    """How far a large file has come: its pieces, and what was written of them."""

    pieces: int = 0
    bytes: int = 0
    sentences: int = 0


def stamp_of(path: str) -> Stamp | None:
    """Return the stamp of a file, None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


class Journal:
    """Says which files are finished, for one run at a time.

    Args:
        folder: Of the outputs; it is made if it is not there.
        run: What determines the outputs besides the files: plain data by name.

    Raises:
        ValueError: Another run is at work in the folder, or is not finished there.
    """

    def __init__(self, folder: str, run: Mapping[str, Any]):
        self._path = os.path.join(folder, NAME)
        self._records: dict[str, dict[str, Any]] = {}
        os.makedirs(folder, exist_ok=True)
        with naming(self._path):
            self._file = self._open(folder)
        try:
            self._read(folder, json.loads(json.dumps(run, default=str)))
        except BaseException:
            with contextlib.suppress(OSError):  # what a full disk did not take
                if not os.fstat(self._file.fileno()).st_size:
                    os.unlink(self._path)
                self._file.close()
            raise

    def finished(self, job: Job) -> bool:
        """Tell whether the output of a file stands there as it was written."""
        record = self._record(job)
        written = stamp_of(job.output)
        return written is not None and record.get("written") == list(written)

    def place(self, job: Job) -> Place:
        """Return how far a large file has come."""
        return Place(*self._record(job).get("place", ()))

    def add(self, job: Job, stamp: Stamp, place: Place | None = None) -> None:
        """Say that a file is finished.

        Args:
            job: The file.
            stamp: What it was before it was read.
            place: How far it has come, if it is not finished.
        """
        record = {"output": os.path.basename(job.output), "input": _key(job, stamp)}
        if place is None:
            record["written"] = stamp_of(job.output)
        else:
            record["place"] = place
        self._write(record)
        self._records[record["output"]] = record

    def close(self, complete: bool) -> None:
        """End the work; nothing is left to remember if it is complete, or not begun."""
        with naming(self._path):
            if complete or not self._records:
                os.unlink(self._path)
            self._file.close()

    def _open(self, folder: str):
        """Open the file and hold it; it is free again when this process ends."""
        while True:
            file = open(self._path, "a+b")  # noqa: SIM115 - `close` closes it
            if fcntl is not None:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    file.close()
                    raise ValueError(
                        f"{folder}: another run is still at work there. Wait until it "
                        "ends, or give another --output."
                    ) from None
                except OSError:  # a file system without locks
                    return file
            # Another run may have finished, and removed it, before it was held.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), os.stat(self._path)):
                    return file
            file.close()

    def _read(self, folder: str, run: dict[str, Any]) -> None:
        self._file.seek(0)
        content = self._file.read()
        lines = content.split(b"\n")
        # A killed run, or a full disk, may leave half a line.
        self._file.truncate(len(content) - len(lines.pop()))
        for line in lines:
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                record = json.loads(line)
                self._records[record.get("output", "")] = record
        before = self._records.pop("", {}).get("run")
        if not isinstance(before, dict):
            self._records.clear()
            self._write({"run": run})
        elif before != run:
            names = {*before, *run}
            other = sorted(n for n in names if before.get(n) != run.get(n))
            raise ValueError(
                f"{folder}: another command has begun to tag there and is not finished "
                f"(another {', '.join(other)}). Give that one again, or another "
                f"--output; or delete {self._path}, to begin anew."
            )

    def _record(self, job: Job) -> dict[str, Any]:
        """Return what is known of a file as it is now."""
        record = self._records.get(os.path.basename(job.output), {})
        stamp = stamp_of(job.inputs[0])
        if stamp is None or record.get("input") != _key(job, stamp):
            return {}
        return record

    def _write(self, record: dict[str, Any]) -> None:
        with naming(self._path):
            self._file.write(json.dumps(record).encode("ascii") + b"\n")
            self._file.flush()


def _key(job: Job, stamp: Stamp) -> list:
    return [os.path.abspath(job.inputs[0]), *stamp]
