"""One large file, tagged piece by piece by all processes, written in order."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping

from tagger.tagging.bulk.display import Display
from tagger.tagging.bulk.journal import Journal, Place, Stamp
from tagger.tagging.bulk.tasks import Facts, Part, Written, reader_of
from tagger.tagging.bulk.workers import CannotStart, Workers
from tagger.tagging.reading import Piece
from util.files import atomic_path, naming
from util.output import conllu, html_page
from util.output.destinations import Job
from util.output.options import WRITTEN

_SECONDS_BETWEEN_RECORDS = 1.0


class LargeFile:
    """Grows beside the output until it is complete, and then takes its place.

    The pieces are those in which one process reads a file, so that each is tagged as
    it would be there. What was written of them before a kill is kept.

    Args:
        job: The file.
        stamp: What it is now.
        journal: Knows how far it has come.
        display: Is told, too.
    """

    def __init__(self, job: Job, stamp: Stamp, journal: Journal, display: Display):
        self._job, self._stamp = job, stamp
        self._journal, self._display = journal, display
        folder, name = os.path.split(job.output)
        self._path = os.path.join(folder, f".{name}.unfinished")
        self._sizes: deque[int] = deque()  # of the pieces that are being tagged
        self._place = Place()
        self._names: tuple[str, ...] = ()  # of the columns of CoNLL-U

    def tag(
        self,
        workers: Workers,
        arguments: argparse.Namespace,
        columns: Mapping[int, str] | None,
    ) -> None:
        """Write the output.

        Args:
            workers: They tag.
            arguments, columns: As for `tag_in_bulk`.

        Raises:
            OSError, ValueError: It cannot be tagged.
        """
        try:
            with naming(self._path):
                self._write(workers, arguments, columns)
            with atomic_path(self._job.output) as temporary:
                os.replace(self._path, temporary)
        except CannotStart:
            raise
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            raise

    def _write(self, workers, arguments, columns) -> None:
        tasks, needed = workers.submit(Facts()).result()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        with (
            open(handle, "r+b") as file,
            reader_of(self._job, arguments, columns) as reader,
        ):
            self._place = self._journal.place(self._job)
            if os.fstat(handle).st_size < self._place.bytes:
                self._place = Place()
            file.truncate(self._place.bytes)
            file.seek(self._place.bytes)
            pieces = reader.unsplit(0, tasks, needed)
            recorded = time.monotonic()
            try:
                with contextlib.closing(pieces):
                    for written in workers.in_order(self._parts(pieces)):
                        self._add(file, written, arguments.format)
                        if time.monotonic() - recorded > _SECONDS_BETWEEN_RECORDS:
                            self._record(file)
                            recorded = time.monotonic()
            finally:
                self._record(file)

    def _add(self, file, written: Written, form: str) -> None:
        pieces, size, sentences = self._place
        text = self._renumbered(form, written.text) if sentences else written.text
        content = text.encode(WRITTEN["encoding"], WRITTEN["errors"])
        file.write(content)
        self._place = Place(
            pieces + 1, size + len(content), sentences + written.sentences
        )
        self._display.tagged(written.tokens, self._sizes.popleft())

    def _renumbered(self, form: str, text: str) -> str:
        if form == "html":
            return html_page.renumbered(text, self._place.sentences)
        if form == "conllu" and not self._names:  # in CoNLL-U comments stay
            return conllu.renumbered(text, self._place.sentences)
        return text

    def _record(self, file) -> None:
        """Make sure that what was written so far is not lost."""
        file.flush()
        os.fsync(file.fileno())
        self._journal.add(self._job, self._stamp, self._place)

    def _parts(self, pieces: Iterator[Piece | tuple[str, int]]) -> Iterator[Part]:
        """Yield the tasks that are left to do."""
        following = next(pieces, ("", 0))
        if isinstance(following, Piece):
            self._names = conllu.names_in(following.lines)
        for number in itertools.count():
            piece, following = following, next(pieces, None)
            if number < self._place.pieces:
                self._display.left_out(_size(piece))
            else:
                self._sizes.append(_size(piece))
                yield Part(
                    self._job, piece, number == 0, following is None, self._names
                )
            if following is None:
                return


def _size(piece: Piece | tuple[str, int]) -> int:
    """Return about how many bytes a piece has in its file."""
    if isinstance(piece, Piece):
        return sum(len(line.text) + 1 for line, _ in piece.lines)
    return len(piece[0])
