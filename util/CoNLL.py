"""Column files in and out: one token per line, an empty line between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Callable, TextIO

from util import tagschemes
from util.files import atomic_path

ValTransformation = Callable[[str, str, Sequence[str]], str]
Sentence = dict[str, list[str]]

# CoNLL-U's rows for contractions (`1-2`) and for elided words (`8.1`).
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")
_CONLLU_COLUMNS = 10
_BLANKS = " \t\r\n\v\f"


def readCoNLL(
    inputPath: str,
    cols: Mapping[int, str],
    commentSymbol: str | None = None,
    valTransformation: ValTransformation | None = None,
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

    Returns:
        One dictionary per sentence, with a list of values per column. A column
        called `x_BIO`, `x_IOB` or `x_IOBES` also yields the other two schemes and
        `x_class`, the bare types.

    Raises:
        ValueError: A line with too few columns, or bytes that are not UTF-8; the
            message starts with file and line.
    """
    sentences = []
    for _, rows in read_rows(inputPath, cols, commentSymbol):
        sentence: Sentence = {name: [] for name in cols.values()}
        for row in rows:
            for index, name in cols.items():
                value = row[index]
                if valTransformation is not None:
                    value = valTransformation(name, value, row)
                sentence[name].append(value)
        sentences.append(_with_all_schemes(sentence))
    return sentences


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
    needed = max(cols, default=0) + 1
    conllu = _is_conllu(path, cols, commentSymbol)
    rows: list[list[str]] = []
    first = 0
    for number, line in numbered_lines(path):
        if not line.strip(_BLANKS):
            if rows:
                yield first, rows
            rows = []
            continue
        if commentSymbol and line.startswith(commentSymbol):
            continue
        if conllu and not rows and line.startswith("#"):
            continue
        row = split_line(line)
        if conllu and len(row) == _CONLLU_COLUMNS and _NOT_A_WORD.fullmatch(row[0]):
            continue
        if len(row) < needed:
            raise ValueError(
                f"{path}:{number}: expected at least {needed} columns, found "
                f"{len(row)}. Check 'columns' in the dataset definition."
            )
        if not rows:
            first = number
        rows.append(row)
    if rows:
        yield first, rows


def numbered_lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a UTF-8 file without their ends, numbered from 1.

    Raises:
        ValueError: A line is not UTF-8.
    """
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}:{number}: not UTF-8 ({error.reason} at byte "
                    f"{error.start}). Convert the file, for example with iconv."
                ) from None
            yield number, line.rstrip("\r\n")


def split_line(line: str) -> list[str]:
    """Split a line into its columns: on tabs if it holds one, else on ASCII blanks.

    >>> split_line("New York\\tB-LOC"), split_line("10\\u00a0000  CD")
    (['New York', 'B-LOC'], ['10\\xa0000', 'CD'])
    """
    if "\t" in line:
        return line.split("\t")
    return re.split(r"[ \r\v\f]+", line.strip(_BLANKS))


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
    """
    with atomic_path(outputPath) as path:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            for sentence in sentences:
                write_sentence(file, [sentence[name] for name in headers])


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
        for other in tagschemes.SCHEMES:
            sentence.setdefault(f"{stem}_{other}", tagschemes.convert(tags, other))
    return sentence


def _is_conllu(
    path: str, cols: Mapping[int, str], commentSymbol: str | None
) -> bool:
    """Tell whether the first token line has CoNLL-U's ten columns.

    The first column must be a row number and not the token: CoNLL-2000 and tweets
    hold real tokens such as `8.1` and `#`.
    """
    if cols.get(0) == "tokens":
        return False
    for _, line in numbered_lines(path):
        skipped = line.startswith("#") or (
            commentSymbol and line.startswith(commentSymbol)
        )
        if line.strip(_BLANKS) and not skipped:
            row = line.split("\t")
            return len(row) == _CONLLU_COLUMNS and row[0][:1].isdigit()
    return False
