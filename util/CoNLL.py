"""Column files in and out: one token per line, an empty line between sentences."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import os
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Callable, NamedTuple, TextIO

from util import tagschemes
from util.corpus import tagcolumns
from util.files import atomic_path, naming

ValTransformation = Callable[[str, str, Sequence[str]], str]
Sentence = dict[str, list[str]]

# CoNLL-U's rows for contractions (`1-2`) and for elided words (`8.1`).
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")
_CONLLU_COLUMNS = 10
_BLANKS = " \t\r\n\v\f"
# Lines of comments that are held back until the first token shows what they are.
_LONGEST_HEAD = 100_000


def readCoNLL(
    inputPath: str,
    cols: Mapping[int, str],
    commentSymbol: str | None = None,
    valTransformation: ValTransformation | None = None,
    tagStyle: tagcolumns.Choice = None,
) -> list[Sentence]:
    """Read the sentences of a column file.

    Lines split on tabs if they hold one, else on ASCII blanks. In CoNLL-U files (ten
    columns, tokens not in the first) comments and the rows `1-2` and `8.1` are
    skipped.

    Args:
        inputPath: The file, in UTF-8, with or without a byte-order mark.
        cols: Name of each column that is wanted, by its index from 0.
        commentSymbol: Lines that start with it are skipped; None: there are none.
        valTransformation: Called with the column's name, the value and all columns of
            the line, returns the value to use.
        tagStyle: The style in which columns of tags are written, if it is none of our
            schemes: see `util.tagstyles`. A dictionary names it by column.

    Returns:
        One dictionary per sentence, with a list of values per column. A column
        called `x_BIO`, `x_IOB` or `x_IOBES` also yields the other two schemes and
        `x_class`, the bare types.

    Raises:
        ValueError: A line with too few columns, bytes that are not UTF-8, or a column
            of tags that holds anything else; the message starts with file and line.
    """
    styles = tagcolumns.styles_of(cols.values(), tagStyle)
    sentences = []
    for _, rows in read_rows(inputPath, cols, commentSymbol):
        if valTransformation is None:
            sentence = {name: [row[i] for row in rows] for i, name in cols.items()}
        else:
            sentence = {name: [] for name in cols.values()}
            for row in rows:
                for index, name in cols.items():
                    value = valTransformation(name, row[index], row)
                    sentence[name].append(str(value))
        sentences.append(sentence)
    try:
        tagcolumns.treat(sentences, styles)
    except tagcolumns.NotATag as error:
        line = line_of(inputPath, cols, commentSymbol, error.sentence, error.token)
        raise ValueError(f"{inputPath}:{line}: {error}") from None
    return list(map(_with_all_schemes, sentences))


class Line(NamedTuple):
    """A line of a column file.

    Attributes:
        number: From 1.
        text: Without its end.
        row: The columns of a token, None for anything else.
        blank: Whether it is an empty line, which ends a sentence.
    """

    number: int
    text: str
    row: list[str] | None
    blank: bool


def read_rows(
    path: str, cols: Mapping[int, str], commentSymbol: str | None = None
) -> Iterator[tuple[int, list[list[str]]]]:
    """Yield each sentence's first line number and its rows of columns.

    Args:
        path: The file.
        cols: The columns that every line must have, by index.
        commentSymbol: Lines that start with it are skipped.

    Raises:
        ValueError: As `readCoNLL`.
    """
    rows: list[list[str]] = []
    first = 0
    for line in read_lines(path, cols, commentSymbol):
        if line.row is not None:
            first = first if rows else line.number
            rows.append(line.row)
        elif line.blank and rows:
            yield first, rows
            rows = []
    if rows:
        yield first, rows


def read_lines(
    path: str,
    cols: Mapping[int, str],
    commentSymbol: str | None = None,
    numbered: Iterator[tuple[int, str]] | None = None,
) -> Iterator[Line]:
    """Yield every line of a column file; those of tokens have their columns.

    Args and errors: as `read_rows`; `numbered` replaces the file's `numbered_lines`.
    """
    needed = max(cols, default=0) + 1
    numbered = numbered_lines(path) if numbered is None else numbered
    head = _head(numbered, commentSymbol)
    if head and os.fspath(path).lower().endswith(".csv") and _commas(head[-1][1], 2):
        raise ValueError(f"{path}:{head[-1][0]}: {_commas(head[-1][1], 2)}")
    conllu = bool(head) and cols.get(0) != "tokens" and _is_conllu(head[-1][1])
    inside = False
    for number, text in itertools.chain(head, numbered):
        if not text.strip(_BLANKS):
            inside = False
            yield Line(number, text, None, True)
            continue
        row = None
        if not (
            (commentSymbol and text.startswith(commentSymbol))
            or (conllu and not inside and text[0] == "#")
        ):
            row = split_line(text)
            if conllu and _is_not_a_word(row):
                row = None
            elif len(row) < needed:
                hint = "Check 'columns' in the dataset definition."
                raise ValueError(
                    f"{path}:{number}: expected at least {needed} columns, found "
                    f"{len(row)}. {_commas(text, needed) or hint}"
                )
            else:
                inside = True
        yield Line(number, text, row, False)


def line_of(
    path: str,
    cols: Mapping[int, str],
    commentSymbol: str | None,
    sentence: int,
    token: int,
) -> int:
    """Return the line of a token, given its sentence and its place there from 0."""
    number = 0
    inside = False
    for line in read_lines(path, cols, commentSymbol):
        if line.row is not None:
            inside = True
            if number == sentence:
                if not token:
                    return line.number
                token -= 1
        elif line.blank and inside:
            number, inside = number + 1, False
    raise LookupError(f"{path} has no such token.")


def first_width(
    path: str, cols: Mapping[int, str], commentSymbol: str | None = None
) -> int:
    """Return how many columns the first token line of a file has.

    A file without tokens counts as wide enough for `cols`.
    """
    tokens = {index: name for index, name in cols.items() if name == "tokens"}
    for line in read_lines(path, tokens, commentSymbol):
        if line.row is not None:
            return len(line.row)
    return max(cols, default=0) + 1


def numbered_lines(
    path: str, starts: deque[int] | None = None
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a UTF-8 file without their ends, numbered from 1.

    Args:
        path: The file, or `-` for standard input.
        starts: Gets where each line starts: the characters of the untouched file
            before it, line ends and a byte-order mark included.

    Raises:
        ValueError: A line is not UTF-8.
    """
    position = 0
    with contextlib.ExitStack() as stack:
        if path == "-":
            file = sys.stdin.buffer
            stack.enter_context(naming("standard input"))
        else:
            file = stack.enter_context(open(path, "rb"))
        for number, raw in enumerate(file, 1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}:{number}: not UTF-8 ({error.reason} at byte "
                    f"{error.start}). Convert the file, for example with iconv."
                ) from None
            if starts is not None:
                position += number == 1 and raw.startswith(codecs.BOM_UTF8)
                starts.append(position)
                position += len(line)
            yield number, line.rstrip("\r\n")


def split_line(line: str) -> list[str]:
    """Split a line into its columns: on tabs if it holds one, else on ASCII blanks.

    >>> split_line("New York\\tB-LOC"), split_line("10\\u00a0000  CD")
    (['New York', 'B-LOC'], ['10\\xa0000', 'CD'])
    """
    if "\t" in line:
        return line.split("\t")
    columns = line.split(" ")
    if "" in columns or "\r" in line or "\v" in line or "\f" in line:
        return re.split(r"[ \r\v\f]+", line.strip(_BLANKS))
    return columns


def conllWrite(
    outputPath: str,
    sentences: Iterable[Mapping[str, Sequence[str]]],
    headers: Sequence[str],
) -> None:
    """Write sentences as a tab-separated column file.

    Args:
        outputPath: The file to write.
        sentences: One mapping of column name to values per sentence.
        headers: Names of the columns to write, in order.

    Raises:
        ValueError: A sentence lacks a column, or a value holds half a surrogate pair,
            which UTF-8 cannot express.
    """
    with atomic_path(outputPath) as path:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            try:
                for number, sentence in enumerate(sentences, 1):
                    columns = [sentence.get(name) for name in headers]
                    if None in columns or len(set(map(len, columns))) > 1:
                        raise ValueError(
                            f"{outputPath}: sentence {number} must have the columns "
                            f"{', '.join(headers)}, all of one length. It has: "
                            f"{ {name: len(sentence[name]) for name in sentence} }"
                        )
                    write_sentence(file, columns)
            except UnicodeEncodeError as error:
                raise ValueError(
                    f"{outputPath}: {error.object[error.start : error.end]!r} cannot "
                    f"be written as UTF-8 ({error.reason})."
                ) from None


def write_sentence(file: TextIO, columns: Sequence[Sequence[str]]) -> None:
    """Write one sentence, given its columns, and the empty line behind it."""
    for row in zip(*columns):
        file.write("\t".join(row))
        file.write("\n")
    file.write("\n")


def _with_all_schemes(sentence: Sentence) -> Sentence:
    """Add `x_class` and the other schemes for each column `x_BIO` and the like."""
    for name in list(sentence):
        scheme = tagschemes.scheme_of(name)
        if scheme is None:
            continue
        stem, tags = name[: -len(scheme) - 1], sentence[name]
        sentence.setdefault(f"{stem}_class", tagschemes.types(tags))
        found = tagschemes.spans(tags)
        for other in tagschemes.SCHEMES:
            column = f"{stem}_{other}"
            if column not in sentence:
                sentence[column] = tagschemes.write(found, len(tags), other)
    return sentence


def _head(
    lines: Iterator[tuple[int, str]], commentSymbol: str | None
) -> list[tuple[int, str]]:
    """Return the lines up to the first one that is no comment and not empty."""
    head = []
    for number, text in lines:
        head.append((number, text))
        comment = text.startswith("#") or (
            commentSymbol and text.startswith(commentSymbol)
        )
        if (text.strip(_BLANKS) and not comment) or len(head) == _LONGEST_HEAD:
            break
    return head


def _commas(text: str, needed: int) -> str:
    """Return what to say of a line whose columns commas and the like may separate."""
    sign = next((s for s in ",;|" if text.count(s) >= needed - 1), None)
    if sign is None or "\t" in text or needed < 2:
        return ""
    return (
        f"If {sign!r} separates the columns here: tabs or blanks must do so. Python's "
        f"csv.reader(file, delimiter={sign!r}) reads such a file."
    )


def _is_conllu(text: str) -> bool:
    """Tell whether a token line has CoNLL-U's ten columns, a number first."""
    row = text.split("\t")
    return len(row) == _CONLLU_COLUMNS and row[0][:1].isdigit()


def _is_not_a_word(row: list[str]) -> bool:
    """Tell CoNLL-U's rows for contractions and elided words.

    Elsewhere such values are real tokens: CoNLL-2000 holds thousands like `8.1`.
    """
    return len(row) == _CONLLU_COLUMNS and bool(_NOT_A_WORD.fullmatch(row[0]))
