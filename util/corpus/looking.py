"""Looks at the beginning of somebody's own column file."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

from util import tagschemes
from util.corpus import layouts, stylefinder
from util.corpus.checking.report import ERROR
from util.corpus.checking.tags import invalid_pairs
from util.corpus.findings import Findings
from util.corpus.groups import read_groups
from util.corpus.lines import is_blank, numbered_lines, split_line
from util.corpus.ownlayout import OwnLayout, tag_style
from util.corpus.watch import Group
from util.tagstyles import Style

# So many sentences tell what the columns are.
_SENTENCES_SEEN = 2000
_LINES_SEEN = 10_000
# Findings of these kinds leave no columns to speak of.
_NO_COLUMNS = ("sentences", "no_empty_line", "encoding")


def counts_of(groups: Sequence[Group]) -> list[Counter[str]]:
    """Return how often each value occurs in each column."""
    rows = [row for group in groups for row in group.rows]
    return [
        Counter(row[i] for row in rows if i < len(row)) for i in range(len(rows[0]))
    ]


def read_beginning(
    path: str, columns: Mapping[int, str], comment: str | None
) -> list[Group]:
    """Return the first sentences of a file.

    Raises:
        ValueError: There are none, or lines are whole sentences, or no line is empty.
    """
    findings = Findings(path, strict=False)
    groups = read_groups(path, columns, comment, findings, needed=1)
    seen = [g for g in itertools.islice(groups, _SENTENCES_SEEN) if g.rows]
    for finding in findings.report():
        if finding.level == ERROR and finding.kind in _NO_COLUMNS:
            raise ValueError(f"{finding.places[0]}: {finding.text}")
    if not seen:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    return seen


def look(path: str, comment: str | None = None) -> OwnLayout:
    """Look at a file whose columns nobody named.

    Args:
        path: A column file.
        comment: What comments begin with, if the user says so.

    Raises:
        ValueError: As `read_beginning`, or the first line seems to be a header of
            names that are unknown.
    """
    head = list(itertools.islice(numbered_lines(path), _LINES_SEEN))
    header = _header(head, comment)
    columns = {} if header is None else {header[0]: "tokens"}
    groups = read_beginning(path, columns, comment)
    found = None
    if comment is None and _has_comments(groups):
        found = comment = "#"
        header = _header(head, comment)
        columns = {} if header is None else {header[0]: "tokens"}
        groups = read_beginning(path, columns, comment)
    layout, _ = layouts.recognise(iter(head), columns, comment)
    counts = counts_of(groups)
    styles = {i: s for i, c in enumerate(counts) if (s := tag_style(c)) is not None}
    _refuse_unknown_header(path, groups, styles)
    names = layout.names
    if header is not None:
        names = tuple(header[1])
        token = header[0]
    elif names:
        token = layouts.conllu_column(names, "tokens")
    else:
        words = [
            i
            for i, column in enumerate(counts)
            if i not in styles and not stylefinder.numbers(column)
        ]
        token = max(words, key=lambda i: (len(counts[i]), -i), default=None)
    return OwnLayout(
        path,
        counts,
        styles,
        {i: _scheme(groups, i) for i, style in styles.items() if style == Style()},
        names,
        token,
        found,
        _said(head, layout, found),
    )


def _header(
    lines: Sequence[tuple[int, str]], comment: str | None
) -> tuple[int, list[str]] | None:
    """Return the column of the words and all names, if a first line names columns."""
    skipped = tuple(filter(None, (comment, layouts.DOCUMENT)))
    for _, text in lines:
        if is_blank(text) or text.startswith(skipped):
            continue
        row = split_line(text)
        for column in range(len(row)):
            if layouts.is_header(row, {column: "tokens"}):
                return column, row
        break
    return None


def _has_comments(groups: Sequence[Group]) -> bool:
    """Tell comments that were read as the first tokens of sentences."""
    widths = Counter(len(row) for group in groups for row in group.rows[1:])
    usual = max(widths, key=widths.__getitem__, default=0)
    firsts = [group.rows[0] for group in groups]
    found = [row for row in firsts if row[0][:1] == "#"]
    # Hashtags have the columns of other words.
    found = [row for row in found if row[0] == "#" or len(row) != usual]
    return len(found) >= min(len(groups) / 2, 2) and bool(found)


def _refuse_unknown_header(
    path: str, groups: Sequence[Group], styles: Mapping[int, Style]
) -> None:
    first = groups[0]
    names, group = first.rows[0], first._replace(rows=first.rows[1:])
    if not group.rows:
        return
    rest = counts_of([group, *groups[1:]])
    for column, counts in enumerate(rest[: len(names)]):
        if column not in styles and tag_style(counts) is not None:
            line = first.numbers()[0]
            raise ValueError(
                f"{path}:{line}: as it seems, this line names the columns "
                f"({', '.join(names)[:60]}). Remove it, and give --columns then."
            )


def _scheme(groups: Sequence[Group], column: int) -> str:
    """Return which of our schemes the fewest pairs of tags break; BIO if all alike."""
    pairs: Counter = Counter()
    for group in groups:
        tags = [row[column] for row in group.rows if column < len(row)]
        pairs.update(zip([None, *tags], [*tags, None]))
    broken = {
        scheme: sum(pairs[pair] for pair in invalid_pairs(pairs, scheme))
        for scheme in tagschemes.SCHEMES
    }
    return min(broken, key=broken.__getitem__)


def _said(
    lines: Sequence[tuple[int, str]], layout: layouts.Layout, comment: str | None
) -> str:
    skipped = (*layout.comments, layouts.DOCUMENT)
    told = [t for _, t in lines if not is_blank(t) and not t.startswith(skipped)]
    tabs = sum("\t" in text for text in told)
    between = "tabs" if tabs == len(told) else "tabs and blanks" if tabs else "blanks"
    words = [f", separated by {between}"]
    words += [f", a header in line {layout.header}"] * bool(layout.header)
    words += [", lines -DOCSTART-"] * any(
        text.startswith(layouts.DOCUMENT) for _, text in lines
    )
    words += [", comments with #"] * bool(comment or "#" in layout.comments)
    return "".join(words)
