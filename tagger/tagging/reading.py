"""Files to tag, piece by piece: raw text, or columns."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from util.commandline import tag_style
from util.CoNLL import Sentence
from util.languages import ENGLISH, language_code
from util.output.options import needs_places
from util.output.segmentation import BackgroundSplitter, Style
from util.task import comment_of

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place
    from util.output.streams import PlacedLine


class Piece(NamedTuple):
    """Some sentences of a file.

    Attributes:
        sentences: Their columns by name, `tokens` among them.
        places: Where they stand; None where the output does not say it.
        lines: The lines of a column file and the tokens on them; None for raw text.
    """

    sentences: list[Sentence]
    places: list[Place] | None = None
    lines: list[PlacedLine] | None = None


class Reader:
    """Reads files as the flags say.

    Raw text is split in another process, which may begin before there is a model.

    Args:
        arguments: The flags of the text or of the columns, and of the output; `model`
            is the path of the model.
    """

    def __init__(self, arguments: argparse.Namespace):
        self._arguments = arguments
        self._columns = arguments.columns
        self._begun: dict[str, BackgroundSplitter] = {}

    def begin(self, path: str) -> None:
        """Begin to split a raw text, while TensorFlow loads.

        Raises:
            OSError: It cannot be opened.
        """
        if self._columns is None:
            self._begun[path] = self._splitter(path)

    def pieces(self, path: str, model: Any) -> Iterator[Piece]:
        """Yield the sentences of a file.

        Args:
            path: The file, or `-` for standard input.
            model: The `BiLSTM` that is to tag them.

        Raises:
            OSError: It cannot be read.
            ValueError: It lacks a column that the model needs, or cannot be read as
                the flags say.
        """
        if self._columns is None:
            return self._text(path, model)
        return self._lines(path, model)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for splitter in self._begun.values():
            splitter.__exit__()

    def _splitter(self, path: str) -> BackgroundSplitter:
        flags = self._arguments
        style = Style(
            flags.language or _stored_language(flags.model),
            flags.line_by_line,
            flags.pretokenized,
            flags.encoding or "utf-8",
        )
        return BackgroundSplitter(path, needs_places(flags), style)

    def _text(self, path: str, model: Any) -> Iterator[Piece]:
        if model.requiredColumns:
            raise ValueError(
                f"{self._arguments.model} needs the columns "
                f"{', '.join(model.requiredColumns)}, which raw text lacks. Tag a "
                "column file with --columns (or RunModel_CoNLL_Format.py)."
            )
        with self._begun.pop(path, None) or self._splitter(path) as windows:
            for window, places in windows:
                yield Piece([{"tokens": tokens} for tokens in window], places)

    def _lines(self, path: str, model: Any) -> Iterator[Piece]:
        from util.output.offsets import ColumnPlaces
        from util.output.streams import read_blocks

        flags = self._arguments
        missing = set(model.requiredColumns) - set(self._columns.values())
        if missing:
            raise ValueError(
                f"{flags.model} also needs {', '.join(sorted(missing))}: say in which "
                "column it stands, as in --columns 0:tokens,1:POS"
            )
        comment = flags.comment
        if comment is None:
            comment = comment_of(model.tasks.values())
        places = ColumnPlaces(path, self._columns) if needs_places(flags) else None
        blocks = read_blocks(
            path,
            self._columns,
            comment,
            numbered=places and places.lines,
            tagStyle=tag_style(flags.tag_style),
        )
        for lines, sentences in blocks:
            tokens = [sentence["tokens"] for sentence in sentences]
            yield Piece(sentences, places and places.place(lines, tokens), lines)


def _stored_language(path: str) -> str:
    """Return the language of a model's texts; `loadModel` says what is wrong with it.

    The text is being split before TensorFlow is loaded, and so before the model is.
    """
    from neuralnets.storage.h5file import sealed_attribute

    try:
        return language_code(json.loads(sealed_attribute(path, "params"))["language"])
    except (LookupError, TypeError, ValueError):
        return ENGLISH
