"""Groups the lines of a column file into sentences, and watches what is wrong there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from util.corpus import layouts
from util.corpus.findings import Findings
from util.corpus.lines import is_blank, numbered_lines, split_line
from util.corpus.watch import Group, Row, SentenceWatch

# So many lines without a token are handed on together.
_MOST_LINES = 10_000


def read_groups(
    path: str,
    columns: Mapping[int, str],
    commentSymbol: str | None = None,
    findings: Findings | None = None,
    numbered: Iterator[tuple[int, str]] | None = None,
    needed: int | None = None,
) -> Iterator[Group]:
    """Yield the sentences of a column file.

    Lines split on tabs if they hold one, else on ASCII blanks. Skipped are comments
    before a sentence, lines `-DOCSTART-`, a header that names the columns, and, in
    CoNLL-U and its relatives, the rows `1-2` and `8.1`.

    Args:
        path: The file, in UTF-8, or `-` for standard input.
        columns: The columns that are wanted, by index.
        commentSymbol: Lines that start with it, before a sentence, are comments.
        findings: Gets what is wrong; the default raises the first error.
        numbered: Replaces the file's `numbered_lines`.
        needed: How many columns every line must have; None: all that are wanted.

    Raises:
        ValueError: An error, if `findings` is strict; it names file and line.
    """
    findings = Findings(path) if findings is None else findings
    if numbered is None:
        refuse = None if findings.strict else findings.refuse
        numbered = numbered_lines(path, None, findings.ends, refuse)
    layout, head = layouts.recognise(numbered, columns, commentSymbol)
    if needed is None:
        needed = max(columns, default=0) + 1
    watch = SentenceWatch(columns, needed, commentSymbol, layout, findings)
    skipped, ids = (*layout.comments, layouts.DOCUMENT), layout.ids
    lines: list[tuple[int, str]] = []
    rows: list[Row] = []
    at: list[int] = []
    for line in itertools.chain(head, numbered):
        text = line[1]
        if text[:1] == "-" and rows and text.startswith(layouts.DOCUMENT):
            yield watch.sentence(lines, rows, at)
            lines, rows, at = [], [], []
        lines.append(line)
        if is_blank(text):
            if rows:
                yield watch.sentence(lines, rows, at)
                lines, rows, at = [], [], []
        elif not rows and (text.startswith(skipped) or line[0] == layout.header):
            watch.skipped(*line)
        else:
            row = split_line(text)
            if ids is None or not layout.is_no_word(row):
                rows.append(row)
                at.append(len(lines) - 1)
            continue
        if len(lines) >= _MOST_LINES:
            yield Group(lines, [], [])
            lines = []
    if rows:
        yield watch.sentence(lines, rows, at)
    elif lines:
        yield Group(lines, [], [])
    watch.end()


def first_width(
    path: str, columns: Mapping[int, str], commentSymbol: str | None = None
) -> int:
    """Return how many columns the first token line of a file has.

    A file without tokens counts as wide enough for `columns`.
    """
    findings = Findings(path, strict=False)
    needed = layouts.token_column(columns) + 1
    for group in read_groups(path, columns, commentSymbol, findings, needed=needed):
        for row in group.rows:
            return len(row)
    return max(columns, default=0) + 1


def line_of(
    path: str,
    columns: Mapping[int, str],
    commentSymbol: str | None,
    sentence: int,
    token: int,
) -> int:
    """Return the line of a token, given its sentence and its place there from 0."""
    groups = (g for g in read_groups(path, columns, commentSymbol) if g.rows)
    for group in itertools.islice(groups, sentence, None):
        return group.numbers()[token]
    raise LookupError(f"{path} has no such token.")
