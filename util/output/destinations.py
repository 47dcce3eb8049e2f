"""Where the tags of several files go: one output for all, or a folder of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SUFFIXES = {
    "conll": ".conll",
    "conllu": ".conllu",
    "json": ".jsonl",
    "html": ".html",
}


class Job(NamedTuple):
    """What is written in one go.

    Attributes:
        inputs: The files to tag.
        output: The file to write, None for standard output.
    """

    inputs: list[str]
    output: str | None


def is_folder(output: str | None, inputs: Sequence[str]) -> bool:
    """Tell whether an output is a folder, with a file in it for each input.

    It need not be there: `tags/` is one, and `tags`, where there are several inputs.
    """
    if output is None:
        return False
    if output.endswith((os.sep, "/")) or os.path.isdir(output):
        return True
    plain = not os.path.splitext(output)[1] and not os.path.exists(output)
    return plain and len(inputs) > 1


def jobs_of(inputs: Sequence[str], output: str | None, form: str) -> list[Job]:
    """Return what is to be written, and from which files.

    Args:
        inputs: The files to tag; `-` is standard input.
        output: A file, or a folder as `is_folder` has it; None: standard output.
        form: The format, which gives the files of a folder their suffix.

    Raises:
        ValueError: Two outputs would have one name, or one would replace an input.
    """
    if not is_folder(output, inputs):
        jobs = [Job(list(inputs), output)]
    else:
        jobs = [Job([path], _beneath(output, path, SUFFIXES[form])) for path in inputs]
    _check_names(jobs)
    return jobs


def _beneath(folder: str, path: str, suffix: str) -> str:
    base = "stdin" if path == "-" else os.path.basename(os.path.normpath(path))
    return os.path.join(folder, os.path.splitext(base)[0] + suffix)


def _check_names(jobs: Iterable[Job]) -> None:
    jobs = [job for job in jobs if job.output is not None]
    read = {_identity(path): path for job in jobs for path in job.inputs}
    written: dict[str, str] = {}
    for job in jobs:
        replaced = _identity(job.output)
        if replaced is not None and replaced in read:
            raise ValueError(
                f"{job.output} would replace {read[replaced]}, which is to be tagged. "
                "Give another --output."
            )
        # Some file systems do not tell small letters from capitals.
        key = job.output.casefold()
        if key in written:
            raise ValueError(
                f"{written[key]} and {job.inputs[0]} would both be written to "
                f"{job.output}. Tag them in two calls, to two folders."
            )
        written[key] = job.inputs[0]


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells a regular file from all others, whatever its names."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
