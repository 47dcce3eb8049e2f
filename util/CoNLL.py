"""Column files in and out: one token per line, an empty line between sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Callable, TextIO

from util import tagschemes
from util.corpus import tagcolumns
from util.corpus.findings import Findings
from util.corpus.groups import line_of, read_groups
from util.corpus.values import Values
from util.corpus.watch import Group
from util.files import atomic_path

if TYPE_CHECKING:
    from util.corpus.columns import Columns

ValTransformation = Callable[[str, str, Sequence[str]], str]
Sentence = dict[str, list[str]]


def readCoNLL(
    inputPath: str,
    cols: Mapping[int, str],
    commentSymbol: str | None = None,
    valTransformation: ValTransformation | None = None,
    tagStyle: tagcolumns.Choice = None,
    labels: Collection[str] = (),
) -> list[Sentence]:
    """Read the sentences of a column file, and log what looks wrong there.

    Lines split on tabs if they hold one, else on ASCII blanks. In CoNLL-U files (ten
    columns, tokens not in the first) and their relatives, comments and the rows `1-2`
    and `8.1` are skipped; anywhere, lines `-DOCSTART-` and a header that names the
    columns.

    Args:
        inputPath: The file, in UTF-8, with or without a byte-order mark.
        cols: Name of each column that is wanted, by its index from 0.
        commentSymbol: Lines before a sentence that start with it are skipped; None:
            there are none.
        valTransformation: Called with the column's name, the value and all columns of
            the line, returns the value to use.
        tagStyle: The style in which columns of tags are written, if it is none of our
            schemes: see `util.tagstyles`. A dictionary names it by column.
        labels: Columns that a model is to predict: none of their values may be empty.

    Returns:
        One dictionary per sentence, with a list of values per column. A column
        called `x_BIO`, `x_IOB` or `x_IOBES` also yields the other two schemes and
        `x_class`, the bare types.

    Raises:
        ValueError: What would be read wrongly: lines with too few columns, values
            that blanks split, bytes that are not UTF-8, whole sentences on lines, no
            empty line in a long file, an empty label, or a column of tags that holds
            anything else. The message starts with file and line.
    """
    return list(
        read_columns(
            inputPath, cols, commentSymbol, valTransformation, tagStyle, labels
        )
    )


def read_columns(
    inputPath: str,
    cols: Mapping[int, str],
    commentSymbol: str | None = None,
    valTransformation: ValTransformation | None = None,
    tagStyle: tagcolumns.Choice = None,
    labels: Collection[str] = (),
) -> Columns:
    """Do what `readCoNLL` does, for files of any size; see there.

    Returns:
        The sentences in columns, which are the same as a sequence.
    """
    from util.corpus.columns import Columns  # now: it loads NumPy

    styles = tagcolumns.styles_of(cols.values(), tagStyle)
    findings = Findings(inputPath)
    values = Values(findings, labels)
    groups = read_groups(inputPath, cols, commentSymbol, findings)
    columns = Columns.of(_sentences(groups, cols, valTransformation, values))
    values.check()
    try:
        tagcolumns.treat_columns(columns, styles)
    except tagcolumns.NotATag as error:
        place = error.sentence, error.token
        line = line_of(inputPath, cols, commentSymbol, *place)
        first = place == (0, 0) and tagcolumns.KEY not in str(error)
        hint = " If this line names the columns, remove it." * first
        raise ValueError(f"{inputPath}:{line}: {error}{hint}") from None
    findings.log()
    _add_schemes(columns)
    return columns


def _sentences(
    groups: Iterable[Group],
    cols: Mapping[int, str],
    valTransformation: ValTransformation | None,
    values: Values,
) -> Iterator[Sentence]:
    """Yield the sentences of a file; their values are looked at on the way."""
    for group in groups:
        if not group.rows:
            continue
        if valTransformation is None:
            sentence = {
                name: [row[i] for row in group.rows] for i, name in cols.items()
            }
        else:
            sentence = {name: [] for name in cols.values()}
            for row in group.rows:
                for index, name in cols.items():
                    value = valTransformation(name, row[index], row)
                    sentence[name].append(str(value))
        values.add(sentence, group)
        yield sentence


def _add_schemes(columns: Columns) -> None:
    """Add what `with_all_schemes` adds to each sentence."""
    tags = columns.select([*filter(tagschemes.scheme_of, columns.columns)])
    if tags.columns:
        made = tags.of(map(with_all_schemes, tags))
        for name, column in made.columns.items():
            columns.columns.setdefault(name, column)


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


def with_all_schemes(sentence: Sentence) -> Sentence:
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
