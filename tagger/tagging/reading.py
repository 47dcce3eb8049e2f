"""Files to tag, piece by piece: raw text, CoNLL-U, or other columns."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from util.commandline import tag_style
from util.CoNLL import Sentence
from util.corpus.layouts import conllu_column, conllu_names
from util.languages import ENGLISH, language_code
from util.output.options import needs_places
from util.output.segmentation import BackgroundSplitter, Style
from util.task import comment_of

_HEAD = 1 << 16  # bytes of a file that tell CoNLL-U

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
        columns: The columns of files where the flags name none and that are no
            CoNLL-U; None: these are raw text.
    """

    def __init__(
        self, arguments: argparse.Namespace, columns: Mapping[int, str] | None = None
    ):
        self._arguments = arguments
        self._columns = columns
        self._begun: dict[str, BackgroundSplitter] = {}

    def begin(self, path: str) -> None:
        """Begin to split a raw text, while TensorFlow loads.

        Raises:
            OSError: It cannot be opened.
        """
        if not (self._arguments.columns or _names(path) or self._columns):
            self._begun[path] = self._splitter(path)

    def pieces(
        self, path: str, model: Any, needed: Mapping[str, str]
    ) -> Iterator[Piece]:
        """Yield the sentences of a file.

        Args:
            path: The file, or `-` for standard input.
            model: The `BiLSTM` that is to tag them.
            needed: The columns besides the tokens that the file must have, and the
                file of the model that needs each.

        Raises:
            OSError: It cannot be read.
            ValueError: It lacks a column that the model needs, or cannot be read as
                the flags say.
        """
        columns, comment = self._arguments.columns, self._arguments.comment
        if columns is None:
            names = _names(path)
            if names:
                columns = _named(names, needed)
                return self._lines(path, columns, comment)
            columns = self._columns
        if columns is None:
            _check(needed, "raw text lacks")
            return self._text(path)
        missing = {n: who for n, who in needed.items() if n not in columns.values()}
        _check(missing, "--columns does not name")
        if comment is None:
            comment = comment_of(model.tasks.values())
        return self._lines(path, columns, comment)

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
        return BackgroundSplitter(path, needs_places(flags, True), style)

    def _text(self, path: str) -> Iterator[Piece]:
        with self._begun.pop(path, None) or self._splitter(path) as windows:
            for window, places in windows:
                yield Piece([{"tokens": tokens} for tokens in window], places)

    def _lines(
        self, path: str, columns: Mapping[int, str], comment: str | None
    ) -> Iterator[Piece]:
        from util.output.offsets import ColumnPlaces
        from util.output.streams import read_blocks

        flags = self._arguments
        places = ColumnPlaces(path, columns) if needs_places(flags, False) else None
        blocks = read_blocks(
            path,
            columns,
            comment,
            numbered=places and places.lines,
            tagStyle=tag_style(flags.tag_style),
        )
        for lines, sentences in blocks:
            tokens = [sentence["tokens"] for sentence in sentences]
            yield Piece(sentences, places and places.place(lines, tokens), lines)


def _named(names: tuple[str, ...], needed: Mapping[str, str]) -> dict[int, str]:
    """Return the columns of CoNLL-U that are needed."""
    places = {name: conllu_column(names, name) for name in ("tokens", *needed)}
    _check({n: needed.get(n, "") for n in places if places[n] is None}, "CoNLL-U lacks")
    return {at: name for name, at in places.items()}


def _check(missing: Mapping[str, str], who: str) -> None:
    """Raise `ValueError` if a file lacks columns that models need."""
    for column, model in missing.items():
        raise ValueError(
            f"{model} needs the column {column}, which {who}. Tag it first with "
            "another model (--with MODEL.h5), or give a file that has it, with "
            f"--columns 0:tokens,1:{column} (or to RunModel_CoNLL_Format.py)."
        )


def _names(path: str) -> tuple[str, ...]:
    """Return what CoNLL-U calls the columns of a file; none for other files."""
    if not os.path.isfile(path):  # a pipe can be read only once
        return ()
    with open(path, "rb") as file:
        return conllu_names(file.read(_HEAD).decode("utf-8", "ignore"))


def _stored_language(path: str) -> str:
    """Return the language of a model's texts; `loadModel` says what is wrong with it.

    The text is being split before TensorFlow is loaded, and so before the model is.
    """
    from neuralnets.storage.h5file import sealed_attribute

    try:
        return language_code(json.loads(sealed_attribute(path, "params"))["language"])
    except (LookupError, TypeError, ValueError):
        return ENGLISH
