"""From files to files of tags, with one start-up for all of them."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tagger.tagging.feeding import Feeders
from tagger.tagging.pinning import Pins
from tagger.tagging.reading import Reader
from util.commandline import error_text
from util.flags import elmo_params
from util.output.destinations import Job, is_folder, jobs_of
from util.output.options import check_output_flags, open_writer, request_of


def tag_files(
    arguments: argparse.Namespace, columns: Mapping[int, str] | None = None
) -> None:
    """Tag files with a stored model.

    Args:
        arguments: With `model`, `inputs`, and the flags of reading, ELMo and output.
        columns: As for `Reader`.

    Raises:
        ValueError: A file cannot be tagged. Where each has an output of its own, the
            others are tagged before.
    """
    check_output_flags(arguments)
    inputs, output = arguments.inputs, arguments.output
    jobs = jobs_of(inputs, output, arguments.format)
    skips = is_folder(output, inputs) and len(jobs) > 1
    if not skips:
        for path in inputs:
            if path != "-":
                os.stat(path)  # what is missing is told at once
    with Reader(arguments, columns) as reader:
        from tagger.engines import load

        model, *feeding = [
            load(path, elmo_params(arguments), arguments.engine)
            for path in (arguments.model, *arguments.feeders)
        ]
        feeders = Feeders(
            list(zip(arguments.feeders, feeding)),
            (arguments.model, model),
            (arguments.columns or {}).values(),
        )
        pins = Pins(arguments.pinned, model.tasks.values())
        failed = 0
        numbers = itertools.count()  # of the files, over all jobs
        for job in jobs:
            files = list(itertools.islice(numbers, len(job.inputs)))
            try:
                _tag(job, files, reader, model, feeders, pins, arguments)
            except BrokenPipeError:
                raise
            except (OSError, ValueError) as error:
                if not skips:
                    raise
                failed += 1
                sys.stderr.write(f"Skipped: {_named(job, error_text(error))}\n")
    if failed:
        others = f" The others are in {output}." * (failed < len(jobs))
        raise ValueError(f"{failed} of {len(jobs)} files could not be tagged.{others}")


def _tag(
    job: Job,
    files: Sequence[int],
    reader: Reader,
    model: Any,
    feeders: Feeders,
    pins: Pins,
    arguments: argparse.Namespace,
) -> None:
    from util.output.window import Window, ask

    with open_writer(arguments, model, job) as writer:
        for number in files:
            pieces = reader.pieces(number, model, feeders.needed)
            with contextlib.closing(pieces):
                for sentences, places, lines in pieces:
                    feeders.feed(sentences)
                    given = pins.of(sentences)
                    with pins.naming(arguments.inputs[number], lines):
                        rows = model.rows(sentences)
                        tags = ask(model, rows, request_of(arguments), given)
                    tokens = [sentence["tokens"] for sentence in sentences]
                    writer.write(Window(tokens, *tags, places, lines))


def _named(job: Job, text: str) -> str:
    """Let a message begin with the file that it is about."""
    (path,) = job.inputs
    names = (path, os.path.abspath(path), job.output, "standard input")
    return text if text.startswith(names) else f"{path}: {text}"
