"""Fetches public data sets, word vectors and models, and checks what it fetched.

    python -m util.download --list
    python -m util.download unidep_pos
    python -m util.download komninos_english_embeddings.gz
    python -m util.download unidep_pos --from train.txt dev.txt test.txt

An interrupted download leaves a `.part` file, from which the next run goes on. A file
appears under its own name only once it is complete and verified.
"""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
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
from util.download.obtain import DownloadError, bring, is_in_place, match_given
from util.download.progress import LinesAboveTheBar, Progress

# By name: run as a program, this module is called `__main__`.
logger = logging.getLogger("util.download")

COMMAND = "python -m util.download"
_MEANWHILE = (
    "Meanwhile the scripts run on the sample that ships with them: --data data/sample"
)


def _silent(label: str, done: int, total: int | None) -> None:
    """Reports nothing."""


def download(
    name: str,
    folder: str | os.PathLike | None = None,
    sources: Mapping[str, Source] | None = None,
    from_files: Sequence[str | os.PathLike] = (),
    *,
    patience: Patience = DEFAULT_PATIENCE,
    report: Report = _silent,
) -> list[str]:
    """Puts a data set, vectors or a model where the scripts look for them.

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


def missing_data_message(name: str) -> str:
    """What a script says when a data set, vectors or a model is missing.

    Args:
        name: The name of the data set or of the file; a path to it will do.

    Returns:
        A few lines: the command that fetches it, and what works meanwhile.
    """
    path = Path(name)
    if path.name in ("train.txt", "dev.txt", "test.txt") and path.parent.name:
        path = path.parent
    key = find_source(path.name, SOURCES)
    if key is None:
        hint = nearest_source(path.name, SOURCES)
        return (
            f"{path} is missing, and it is not one of the public sources.{hint}\n"
            "If it is a data set of yours, put its train.txt, dev.txt and test.txt "
            f"into data/{path.name}.\n"
            f"What can be fetched: {COMMAND} --list\n"
            f"{_MEANWHILE}"
        )
    kind = SOURCES[key].kind
    home = Path(DEFAULT_FOLDERS[kind])
    folder = None if path.parent in (Path("."), home) else path.parent
    missing = (home if folder is None else folder) / path.name
    lines = [
        f"{missing} is missing. Fetch it with:",
        f"    {_command(key, folder)}",
        "If you have its files already, add: --from FILE [FILE ...]",
    ]
    if kind in ("data set", "vectors"):
        lines.append(_MEANWHILE)
    return "\n".join(lines)


def _command(key: str, folder: str | os.PathLike | None) -> str:
    place = "" if folder is None else f" --folder {shlex.quote(os.fspath(folder))}"
    return f"{COMMAND} {shlex.quote(key)}{place}"


def _listing(sources: Mapping[str, Source]) -> str:
    """What there is, one source per line, by kind."""
    lines = []
    width = max(len(key) for key in sources)
    for kind, folder in DEFAULT_FOLDERS.items():
        lines.append(
            f"{kind} (goes to {'the current folder' if folder == '.' else folder})"
        )
        for key, source in sources.items():
            if source.kind == kind:
                licence = source.licence or "not stated"
                facts = f"{source.about}; {_size(source)}; licence: {licence}"
                note = f". {source.note}" if source.note else ""
                lines.append(f"  {key:<{width}}  {facts}{note}")
    return "\n".join(lines)


def _size(source: Source) -> str:
    sizes = [file.size for file in source.files]
    if None not in sizes:
        return f"{sum(sizes):,} bytes"
    return source.rough_size or "size unknown"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=COMMAND, description="Fetch public data sets, word vectors and models."
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="what to fetch")
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument(
        "--from",
        dest="from_files",
        nargs="+",
        default=[],
        metavar="FILE",
        help="files on disk to use instead of downloading (after the NAME)",
    )
    parser.add_argument(
        "--folder",
        "--data",
        metavar="DIR",
        help="where to put it (default: data, models, embeddings for ELMo, or the "
        "current folder for vectors); a data set gets a folder of its own in there",
    )
    parser.add_argument(
        "--timeout", type=float, default=30.0, metavar="SECONDS", help="default: 30"
    )
    arguments = parser.parse_args(argv)
    if not arguments.list and not arguments.name:
        parser.error("give a NAME (before --from), or --list")
    if arguments.from_files and len(arguments.name) != 1:
        parser.error("--from needs exactly one NAME")
    if not arguments.timeout > 0:
        parser.error(f"--timeout must be positive. Received: {arguments.timeout}")
    return arguments


def main(
    argv: Sequence[str] | None = None, sources: Mapping[str, Source] | None = None
) -> int:
    """The command line.

    Args:
        argv: Arguments; those of the process by default.
        sources: Another table than `SOURCES`.

    Returns:
        The exit code: 0, 1 for a failure, 130 for Ctrl-C.
    """
    arguments = _arguments(argv)
    if arguments.list:
        print(_listing(SOURCES if sources is None else sources))
        return 0
    handler = LinesAboveTheBar()
    root = logging.getLogger("util")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    progress = Progress()
    try:
        for name in arguments.name:
            paths = download(
                name,
                arguments.folder,
                sources,
                arguments.from_files,
                patience=Patience(timeout=arguments.timeout),
                report=progress,
            )
            progress.close()
            print("\n".join(paths), flush=True)
    except (DownloadError, ValueError, OSError) as error:
        progress.close()
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.close()
        print("interrupted; the next run goes on from there", file=sys.stderr)
        return 130
    finally:
        root.removeHandler(handler)
    return 0
