"""From files to files of tags, with one start-up for all of them."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tagger.tagging.feeding import Feeders
from tagger.tagging.pinning import Pins
from tagger.tagging.reading import Piece, Reader
from util.commandline import error_text
from util.files import must_spare
from util.flags import elmo_params
from util.output.destinations import Job, is_folder, jobs_of
from util.output.options import check_output_flags, open_writer, request_of

if TYPE_CHECKING:
    from util.output.window import Window


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
    must_spare(output, [arguments.model, *arguments.feeders])
    skips = is_folder(output, inputs) and len(jobs) > 1
    if not skips:
        for path in inputs:
            if path != "-":
                os.stat(path)  # what is missing is told at once
    with Reader(arguments, columns) as reader:
        tagger = FileTagger(arguments)
        failed = 0
        numbers = itertools.count()  # of the files, over all jobs
        for job in jobs:
            files = list(itertools.islice(numbers, len(job.inputs)))
            try:
                tagger.tag(job, files, reader)
            except BrokenPipeError:
                raise
            except (OSError, ValueError) as error:
                if not skips:
                    raise
                failed += 1
                sys.stderr.write(f"Skipped: {named(job, error_text(error))}\n")
    check_failed(failed, len(jobs), output)


class FileTagger:
    """Tags files as the flags say.

    Args:
        arguments: As for `tag_files`.

    Attributes:
        model: The `BiLSTM`.
        needed: The columns that the files must have, as `Feeders` has them.

    Raises:
        ValueError: A model cannot be loaded, or does not fit the flags.
    """

    def __init__(self, arguments: argparse.Namespace):
        from tagger.engines import load

        self.model, *feeding = [
            load(path, elmo_params(arguments), arguments.engine)
            for path in (arguments.model, *arguments.feeders)
        ]
        self._feeders = Feeders(
            list(zip(arguments.feeders, feeding)),
            (arguments.model, self.model),
            (arguments.columns or {}).values(),
        )
        self.needed = self._feeders.needed
        self._pins = Pins(arguments.pinned, self.model.tasks.values())
        self._arguments = arguments

    def tag(self, job: Job, files: Sequence[int], reader: Reader) -> int:
        """Write the output of a job; return how many tokens it has.

        Args:
            job: What is written.
            files: The numbers of its inputs.
            reader: Reads them.
        """
        tokens = 0
        with open_writer(self._arguments, self.model, job) as writer:
            for number, path in zip(files, job.inputs):
                pieces = reader.pieces(number, self.model.tasks.values(), self.needed)
                with contextlib.closing(pieces):
                    for piece in pieces:
                        writer.write(self.window(path, piece))
                        tokens += sum(len(s["tokens"]) for s in piece.sentences)
        return tokens

    def window(self, path: str, piece: Piece) -> Window:
        """Tag a piece of a file.

        Args:
            path: The file.
            piece: The sentences; they get the columns that other models add.
        """
        from util.output.window import Window, ask

        sentences, places, lines = piece
        self._feeders.feed(sentences)
        given = self._pins.of(sentences)
        with self._pins.naming(path, lines):
            rows = self.model.rows(sentences)
            tags = ask(self.model, rows, request_of(self._arguments), given)
        tokens = [sentence["tokens"] for sentence in sentences]
        return Window(tokens, *tags, places, lines)


def check_failed(failed: int, count: int, output: str | None) -> None:
    """Raise `ValueError` if files were skipped.

    Args:
        failed: How many.
        count: Of how many.
        output: Where the outputs of the others are.
    """
    if failed:
        others = f" The others are in {output}." * (failed < count)
        raise ValueError(f"{failed} of {count} files could not be tagged.{others}")


def named(job: Job, text: str) -> str:
    """Let a message begin with the file that it is about."""
    (path,) = job.inputs
    names = (path, os.path.abspath(path), job.output, "standard input")
    return text if text.startswith(names) else f"{path}: {text}"
