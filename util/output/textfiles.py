"""Raw text files: looked at, split, or cut into pieces that others split."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Callable, TextIO

from util.corpus.layouts import conllu_names
from util.corpus.lines import split_line
from util.output.encodings import check_utf16, wrong_encoding
from util.output.segmentation import PLAIN, Style, read_text, split_text, windows
from util.output.streams import open_text

logger = logging.getLogger(__name__)

_HEAD = 1 << 16  # bytes of a text that tell what it is
_LEAST_LINES, _LINES = 4, 50  # that tell columns
_TAG = re.compile("O|[BIESLU]-.+")

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place

    # Sentences, and where they stand.
    Split = tuple[list[list[str]], list[Place] | None]
    # The same as `UntouchedText.place` says it.
    Found = tuple[list[list[str]], list[tuple] | None]
    Warn = Callable[[str], None]


class ForegroundSplitter:
    """Splits text files in this process; see `BackgroundSplitter`.

    Args:
        paths, places, style: As there.
    """

    def __init__(
        self, paths: str | Sequence[str], places: bool = False, style: Style = PLAIN
    ):
        self._paths = [paths] if isinstance(paths, str) else list(paths)
        self._places, self._style = places, style

    def text(self, number: int) -> Iterator[Split]:
        """Yield the sentences of each window of a file, and their places.

        Args:
            number: Which file, from 0.

        Raises:
            ValueError: The file cannot be read, or its text is not what `style` says.
        """
        path = self._paths[number]
        with naming_faults(path) as warn:
            for sentences, found in split_file(path, self._style, self._places, warn):
                yield sentences, found and placed(found)

    def pieces(self, number: int) -> Iterator[tuple[str, int]]:
        """Yield a file in pieces for `split_piece`, and where each starts in the file.

        Args:
            number: Which file, from 0.

        Raises:
            ValueError: As for `text`.
        """
        path = self._paths[number]
        with (
            naming_faults(path) as warn,
            _opened(path, self._style, self._places, warn) as file,
        ):
            if not self._places:
                for text in windows(file, style=self._style):
                    yield text, 0
                return
            from util.output.offsets import PiecesOfText

            text = PiecesOfText(file)
            for window in windows(text, style=self._style):
                yield text.take(len(window))

    def __exit__(self, *_: object) -> None:
        """Do nothing: no process is to be ended."""


def split_piece(text: str, start: int, style: Style, places: bool) -> Split:
    """Return the sentences of a piece of a file, and their places if asked for.

    Args:
        text: The piece.
        start: Where it starts in the file.
        style: How the text is written.
        places: Find where the tokens stand in the file.
    """
    if not places:
        return split_text(text, style), None
    from util.output.offsets import UntouchedText

    untouched = UntouchedText(io.StringIO(text, newline=""), start)
    sentences = split_text(untouched.read(len(text)), style)
    return sentences, placed(untouched.place(sentences)) if sentences else []


def split_file(path: str, style: Style, places: bool, warn: Warn) -> Iterator[Found]:
    """Yield the sentences of each window of a file, and their places if asked for.

    Args:
        path: The file, or `-` for standard input.
        style: How the text is written.
        places: Find where the tokens stand in the file.
        warn: Called with what looks wrong in it.

    Raises:
        OSError, ValueError: See `fault_in`.
    """
    with _opened(path, style, places, warn) as file:
        if not places:
            for sentences in read_text(file, style=style):
                yield sentences, None
            return
        from util.output.offsets import UntouchedText

        text = UntouchedText(file)
        for sentences in read_text(text, style=style):
            yield sentences, text.place(sentences)


def placed(found: Sequence[Sequence]) -> list[Place]:
    """Return the places of sentences, from what `UntouchedText.place` says."""
    from util.output.offsets import place_of_text

    return [place_of_text(*sentence) for sentence in found]


def fault_in(error: OSError | ValueError) -> str:
    """Return what is wrong with a file, without its name."""
    if isinstance(error, UnicodeDecodeError):
        return wrong_encoding(error)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def name_of(path: str) -> str:
    """Return what a message calls a file."""
    return "standard input" if path == "-" else path


@contextlib.contextmanager
def naming_faults(path: str) -> Iterator[Warn]:
    """Yield what logs warnings of a file; let errors begin with its name, too."""
    name = name_of(path)
    try:
        yield lambda text: logger.warning("%s: %s", name, text)
    except (OSError, ValueError) as error:
        raise ValueError(f"{name}: {fault_in(error)}") from None


@contextlib.contextmanager
def _opened(path: str, style: Style, places: bool, warn: Warn) -> Iterator[TextIO]:
    with open_text(path, places, style.encoding) as file:
        check_utf16(file, style.encoding)
        _look_at_beginning(file, warn)
        yield file


def _look_at_beginning(file: TextIO, warn: Warn) -> None:
    """Raise `ValueError` for CoNLL-U, and warn of other columns.

    Their numbers and labels are no words, and would be tagged as such.
    """
    head = file.buffer.peek(_HEAD).decode(file.encoding, "ignore")
    if conllu_names(head):
        raise ValueError(
            "this looks like CoNLL-U, not like raw text. Say --columns 1:tokens; a "
            "file of its own, in UTF-8, is recognised without it."
        )
    lines = [line for line in head.split("\n")[:-1] if line.strip()][:_LINES]
    rows = [split_line(line) for line in lines]
    widths = set(map(len, rows))
    if len(rows) < _LEAST_LINES or len(widths) > 1 or widths == {1}:
        return
    if all("\t" in line for line in lines) or all(_TAG.fullmatch(r[-1]) for r in rows):
        (width,) = widths
        warn(
            f"each line has {width} columns, as it seems, and all of them are read as "
            "text. If there is a word on each line, say where: --columns 0:tokens"
        )
