"""Fetching public data sets, word vectors and models, and checking what came.

An interrupted download leaves a `.part` file, from which the next run goes on. A file
appears under its own name only once it is complete and verified.
"""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from util.download.dataconversion import Report
from util.download.datasources import (
    DEFAULT_FOLDERS,
    SOURCES,
    Source,
    find_source,
    nearest_source,
)
from util.download.httpfetch import DEFAULT_PATIENCE, Patience
from util.download.obtain import bring, is_in_place, match_given
from util.wording import command

logger = logging.getLogger(__name__)

COMMAND = command("download")
_CLONE = Path(__file__).resolve().parents[2]
_MEANWHILE = (
    "Meanwhile the scripts run on the sample that ships with them: --data data/sample"
)


def _silent(label: str, done: int, total: int | None) -> None:
    """Report nothing."""


def download(
    name: str,
    folder: str | os.PathLike | None = None,
    sources: Mapping[str, Source] | None = None,
    from_files: Sequence[str | os.PathLike] = (),
    *,
    patience: Patience = DEFAULT_PATIENCE,
    report: Report = _silent,
) -> list[str]:
    """Put a data set, vectors or a model where the scripts look for them.

    Files that are there already are verified and kept; one that differs from the
    published file is never overwritten.

    Args:
        name: A key of `sources`, an alias, or the file name of vectors or a model.
        folder: Where to put it; a data set gets a folder of its own in there. Default:
            `data`, `models`, `embeddings` (ELMo), or the current folder (vectors).
        sources: Another table than `SOURCES`.
        from_files: Files on disk to use instead of downloading; matched by checksum,
            else by name, and verified the same way.
        patience: How long to wait for a server.
        report: Called as `report(label, bytes_done, bytes_total)` while working.

    Returns:
        The paths of the files, complete and verified.

    Raises:
        ValueError: Nothing is known under `name`.
        DownloadError: A file could not be had, or is not what it should be. Files
            completed before stay.
        OSError: A file cannot be written.
    """
    table = SOURCES if sources is None else sources
    key = find_source(name, table)
    if key is None:
        hint = nearest_source(name, table)
        raise ValueError(f"`{name}` is not a known source.{hint} See: {COMMAND} --list")
    source = table[key]
    target = Path(DEFAULT_FOLDERS[source.kind] if folder is None else folder)
    if source.kind == "data set":
        target /= key
    if isinstance(from_files, (str, os.PathLike)):
        from_files = [from_files]
    given = match_given(source.files, [Path(path) for path in from_files], key)
    is_new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    command = _command(key, folder)
    try:
        # What is at hand comes first, so that a dead server cannot keep it out.
        for file in sorted(source.files, key=lambda file: file not in given):
            if not is_in_place(file, target, command):
                bring(file, target, given.get(file), command, patience, report)
    finally:
        if is_new:
            # An empty data/NAME would look like data; `rmdir` spares a filled one.
            with suppress(OSError):
                target.rmdir()
    if source.note:
        logger.info("%s: %s", key, source.note)
    return [str(target / name) for file in source.files for name in file.outputs]


def missing_data_message(name: str, vectors: bool = False) -> str:
    """What a script says when a data set, vectors or a model is missing.

    Args:
        name: The name of the data set or of the file; a path to it will do.
        vectors: Whether it is a file of word vectors.

    Returns:
        A few lines: the command that fetches it, and what works meanwhile. One line, if
        the name is that of something else, or if it is in the project's folder.
    """
    path = Path(name)
    other = _of_another_kind(path, vectors) or _in_the_clone(path)
    if other:
        return other
    if path.name in ("train.txt", "dev.txt", "test.txt") and path.parent.name:
        path = path.parent
    key = find_source(path.name, SOURCES)
    if key is None:
        hint = nearest_source(path.name, SOURCES)
        yours = (
            "It should be a file of word vectors: check its path (--embeddings)."
            if vectors
            else "If it is a data set of yours, put its train.txt, dev.txt and "
            f"test.txt into data/{path.name}."
        )
        return (
            f"{path} is missing, and it is not one of the public sources.{hint}\n"
            f"{yours}\n"
            f"What can be fetched: {_there()}{COMMAND} --list\n"
            f"{_MEANWHILE}"
        )
    kind = SOURCES[key].kind
    home = Path(DEFAULT_FOLDERS[kind])
    folder = None if path.parent in (Path("."), home) else path.parent
    missing = (home if folder is None else folder) / path.name
    lines = [
        f"{missing} is missing. Fetch it with:",
        f"    {_there()}{_command(key, folder)}",
        "If you have its files already, add: --from FILE [FILE ...]",
    ]
    if kind in ("data set", "vectors"):
        lines.append(_MEANWHILE)
    return "\n".join(lines)


def _of_another_kind(path: Path, vectors: bool) -> str:
    """Say what there is under a name, if it is not what is missing."""
    if vectors and path.is_dir():
        return f"{path} is a folder, and it must be a file of word vectors."
    if vectors or not path.is_file():
        return ""
    return (
        f"{path} is a file, and it must be a folder with train.txt, dev.txt and "
        f"test.txt. Train on the file alone with: {command('train', str(path))}"
    )


def _in_the_clone(path: Path) -> str:
    """Say that something is where the scripts are, and not where they were called."""
    if not _there() or path.is_absolute() or not (_CLONE / path).exists():
        return ""
    return (
        f"{path} is missing here, but it is in {_CLONE}. The scripts look for data in "
        "the current folder, and write there: change to the other one first (cd "
        f"{shlex.quote(str(_CLONE))}), or name the data by their whole path."
    )


def _there() -> str:
    """Return how to change to the clone that this is in, if that is another folder."""
    is_clone = (_CLONE / "pyproject.toml").is_file()
    if not is_clone or Path.cwd().resolve() == _CLONE:
        return ""
    return f"cd {shlex.quote(str(_CLONE))} && "


def _command(key: str, folder: str | os.PathLike | None) -> str:
    place = "" if folder is None else f" --folder {shlex.quote(os.fspath(folder))}"
    return f"{COMMAND} {shlex.quote(key)}{place}"
