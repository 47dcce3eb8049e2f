"""Files to tag, piece by piece: raw text, CoNLL-U, or other columns."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Union

from tagger.tagging.pinning import pinned_columns
from util.CoNLL import Sentence
from util.corpus.layouts import conllu_column, conllu_names
from util.flags import tag_style
from util.languages import ENGLISH, language_code
from util.output.background import BackgroundSplitter
from util.output.options import needs_places
from util.output.segmentation import Style
from util.output.textfiles import ForegroundSplitter
from util.task import Task, comment_of

_HEAD = 1 << 16  # bytes of a file that tell CoNLL-U
_TEXTS = 100  # that one process splits

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place
    from util.output.streams import PlacedLine


Splitter = Union[BackgroundSplitter, ForegroundSplitter]


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

    Raw texts are split in another process, which begins before there is a model.

    Args:
        arguments: The flags of the text or of the columns, and of the output; `inputs`
            are the files, `-` standard input, and `model` is the path of the model.
        columns: The columns of files where the flags name none and that are no
            CoNLL-U; None: these are raw text.
        splitter: What splits raw texts.
    """

    def __init__(
        self,
        arguments: argparse.Namespace,
        columns: Mapping[int, str] | None = None,
        splitter: type[Splitter] = BackgroundSplitter,
    ):
        self._arguments, self._new_splitter = arguments, splitter
        # Under another name, nothing takes pins for tags.
        self._columns = pinned_columns(arguments) or columns
        self._names: list[tuple[str, ...]] = [()] * len(arguments.inputs)
        if arguments.columns is None:
            self._names = list(map(_names, arguments.inputs))
        self._texts: list[int] = []  # which files are raw text
        if self._columns is None:
            self._texts = [n for n, names in enumerate(self._names) if not names]
        self._splitter: Splitter | None = None
        self._first = -_TEXTS  # of the texts that it splits
        if self._texts:
            self._split(0)

    def pieces(
        self, number: int, tasks: Iterable[Task], needed: Mapping[str, str]
    ) -> Iterator[Piece]:
        """Yield the sentences of a file.

        Args:
            number: Which of the files, from 0; they are read in their order.
            tasks: What the model predicts that is to tag them.
            needed: The columns besides the tokens that the file must have, and the
                file of the model that needs each.

        Raises:
            OSError: It cannot be read.
            ValueError: It lacks a column that the model needs, or cannot be read as
                the flags say.
        """
        path, names = self._arguments.inputs[number], self._names[number]
        comment, columns = self._arguments.comment, self._columns
        if names:
            return self._lines(path, _named(names, needed), comment)
        if columns is None:
            _check(needed, "raw text lacks")
            return self._text(self._texts.index(number))
        missing = {n: who for n, who in needed.items() if n not in columns.values()}
        _check(missing, "--columns does not name")
        if comment is None:
            comment = comment_of(tasks)
        return self._lines(path, columns, comment)

    def unsplit(
        self, number: int, tasks: Iterable[Task], needed: Mapping[str, str]
    ) -> Iterator[Piece | tuple[str, int]]:
        """Yield the pieces of a file, those of raw text for `split_piece`.

        Only for a `ForegroundSplitter`; else as `pieces`.
        """
        if number not in self._texts:
            return self.pieces(number, tasks, needed)
        _check(needed, "raw text lacks")
        return self._splitter.pieces(self._texts.index(number) - self._first)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._splitter is not None:
            self._splitter.__exit__()

    def _split(self, first: int) -> None:
        """Start to split raw texts, as many as a command line can name."""
        self.__exit__()
        flags, self._first = self._arguments, first
        texts = [flags.inputs[n] for n in self._texts[first : first + _TEXTS]]
        self._splitter = self._new_splitter(
            texts, needs_places(flags, True), style_of(flags)
        )

    def _text(self, number: int) -> Iterator[Piece]:
        if number >= self._first + _TEXTS:
            self._split(number)
        for window, places in self._splitter.text(number - self._first):
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


def style_of(arguments: argparse.Namespace) -> Style:
    """Return how raw texts are written, as the flags and the model say."""
    return Style(
        arguments.language or _stored_language(arguments.model),
        arguments.line_by_line,
        arguments.pretokenized,
        arguments.encoding or "utf-8",
    )


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
    # A pipe can be read only once; what cannot be read is told at its turn.
    with contextlib.suppress(OSError):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return conllu_names(file.read(_HEAD).decode("utf-8", "ignore"))
    return ()


def _stored_language(path: str) -> str:
    """Return the language of a model's texts; `loadModel` says what is wrong with it.

    The text is being split before TensorFlow is loaded, and so before the model is.
    """
    from neuralnets.storage.h5file import sealed_attribute

    try:
        return language_code(json.loads(sealed_attribute(path, "params"))["language"])
    except (LookupError, TypeError, ValueError):
        return ENGLISH
