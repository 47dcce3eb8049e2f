"""What the processes of a bulk run are asked, and what they answer."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagger.tagging.reading import Piece, Reader, style_of
from tagger.tagging.run import FileTagger
from util.output.destinations import Job
from util.output.options import needs_places, writer_of
from util.output.textfiles import ForegroundSplitter, naming_faults, split_piece
from util.task import Task


class Tagger:
    """What a process answers with.

    Args:
        arguments: As for `tag_files`.
        columns: As for `Reader`.
    """

    def __init__(
        self, arguments: argparse.Namespace, columns: Mapping[int, str] | None
    ):
        self.arguments, self.columns = arguments, columns
        self.files = FileTagger(arguments)


class Facts(NamedTuple):
    """Asks for what the reader of a file must know."""

    def answer(self, tagger: Tagger) -> tuple[list[Task], dict[str, str]]:
        """Return what the model predicts, and what it needs as `Feeders` has it."""
        return list(tagger.files.model.tasks.values()), tagger.files.needed


class WholeFile(NamedTuple):
    """Asks for the output of a file; the answer is how many tokens it has."""

    job: Job

    def answer(self, tagger: Tagger) -> int:
        """Read, tag and write the file."""
        return tagger.files.tag(
            self.job, [0], reader_of(self.job, tagger.arguments, tagger.columns)
        )


class Written(NamedTuple):
    """A part of an output.

    Attributes:
        text: The part; its sentences are numbered from 1.
        sentences, tokens: How many it has.
    """

    text: str
    sentences: int
    tokens: int


class Part(NamedTuple):
    """Asks for a part of the output of a file.

    Attributes:
        job: The file.
        piece: The sentences of a file of columns; or raw text, and where it starts.
        first, last: Whether it is the first or last one of the file.
        names: What CoNLL-U calls the columns of the file; none for other files.
    """

    job: Job
    piece: Piece | tuple[str, int]
    first: bool
    last: bool
    names: tuple[str, ...] = ()

    def answer(self, tagger: Tagger) -> Written:
        """Tag the piece and return what is to be written."""
        (path,), arguments, piece = self.job.inputs, tagger.arguments, self.piece
        if not isinstance(piece, Piece):
            places, style = needs_places(arguments, True), style_of(arguments)
            with naming_faults(path):
                sentences, found = split_piece(*piece, style, places)
            piece = Piece([{"tokens": tokens} for tokens in sentences], found)
        file = io.StringIO()
        model = tagger.files.model
        writer = writer_of(file, arguments, model, self.job, self.names)
        if self.first:
            writer.begin()
        if piece.sentences or piece.lines:
            writer.write(tagger.files.window(path, piece))
        if self.last:
            writer.end()
        tokens = sum(len(sentence["tokens"]) for sentence in piece.sentences)
        return Written(file.getvalue(), len(piece.sentences), tokens)


class Answer(NamedTuple):
    """What a process says.

    Attributes:
        result: What was asked for.
        fault: Why there is none.
        notes: What was logged meanwhile.
    """

    result: object = None
    fault: str | None = None
    notes: Iterable[str] = ()


def reader_of(
    job: Job, arguments: argparse.Namespace, columns: Mapping[int, str] | None
) -> Reader:
    """Return what reads the file of a job in this process."""
    own = argparse.Namespace(**{**vars(arguments), "inputs": job.inputs})
    return Reader(own, columns, ForegroundSplitter)
