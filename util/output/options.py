"""The flags that say what to write, and the writer that they ask for."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from util.files import atomic_path
from util.flags import whole_number
from util.output.destinations import Job
from util.output.window import Request, Writer

FORMATS = ("conll", "conllu", "json", "html")
# A label may hold half a surrogate pair, which UTF-8 cannot express.
WRITTEN = {"encoding": "utf-8", "errors": "backslashreplace", "newline": "\n"}


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of format, confidence and output file."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="conll",
        help="columns, CoNLL-U, lines of JSON, or a web page (default: %(default)s)",
    )
    parser.add_argument(
        "--conllu-column",
        choices=("UPOS", "XPOS", "MISC"),
        help="where CoNLL-U gets the tags (default: by the task's name and labels)",
    )
    parser.add_argument(
        "--confidence",
        action="store_true",
        help="also write how probable each label is; in JSON and HTML each span and "
        "sentence, too",
    )
    parser.add_argument(
        "--nbest",
        type=whole_number(1),
        default=0,
        metavar="N",
        help="also write the N likeliest label sequences of each sentence",
    )
    parser.add_argument(
        "--output",
        metavar="FILE|FOLDER",
        help="where to write (default: standard output); in a folder there is a file "
        "for each input",
    )


def request_of(arguments: argparse.Namespace) -> Request:
    """Return what the flags ask of the tagger."""
    return Request(arguments.confidence, arguments.nbest)


def check_output_flags(arguments: argparse.Namespace) -> None:
    """Raise `ValueError` for flags that do not go together."""
    if arguments.format != "conllu":
        if arguments.conllu_column:
            raise ValueError("--conllu-column goes with --format conllu.")
    elif arguments.confidence or arguments.nbest:
        raise ValueError(
            "CoNLL-U has no place for --confidence and --nbest: give them with "
            "--format conll, json or html."
        )


def needs_places(arguments: argparse.Namespace, text: bool) -> bool:
    """Tell whether the format says where tokens stand in the file.

    Args:
        arguments: With the flags.
        text: The file is raw text, of which CoNLL-U says where it has blanks.
    """
    return arguments.format in ("json", "html") or (
        text and arguments.format == "conllu"
    )


@contextlib.contextmanager
def open_writer(
    arguments: argparse.Namespace, model: Any, job: Job
) -> Iterator[Writer]:
    """Open the output and yield the writer that the flags ask for.

    Args:
        arguments: With the flags, and `model`, the name of its file.
        model: The `BiLSTM`.
        job: What is tagged, and where its tags go.
    """
    with _open_output(job.output) as file:
        writer = writer_of(file, arguments, model, job)
        writer.begin()
        yield writer
        writer.end()


def writer_of(
    file: TextIO,
    arguments: argparse.Namespace,
    model: Any,
    job: Job,
    names: Sequence[str] = (),
) -> Writer:
    """Return the writer that the flags ask for.

    Args:
        file: The open output.
        arguments: With the flags, and `model`, the name of its file.
        model: The `BiLSTM`.
        job: What is tagged, and where its tags go.
        names: As for `ConlluWriter`.
    """
    tasks, request = list(model.tasks.values()), request_of(arguments)
    if arguments.format == "json":
        from util.output.json_lines import JsonWriter

        return JsonWriter(file, tasks, request)
    if arguments.format == "html":
        from util.output.html_page import HtmlWriter

        names = ", ".join(map(os.path.basename, job.inputs))
        model = os.path.basename(arguments.model)
        return HtmlWriter(file, tasks, request, names, model)
    if arguments.format == "conllu":
        from util.output.conllu import ConlluWriter

        return ConlluWriter(file, tasks, arguments.conllu_column, names)
    from util.output.conll import ConllWriter

    return ConllWriter(file, tasks, request)


@contextlib.contextmanager
def _open_output(path: str | None) -> Iterator[TextIO]:
    """Open a file that stands there only when it is complete, or standard output."""
    if path is None:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        return
    with atomic_path(path) as temporary, open(temporary, "w", **WRITTEN) as file:
        yield file
