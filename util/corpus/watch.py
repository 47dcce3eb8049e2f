"""Looks at the sentences of a column file as they come, and notes what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from util.corpus import kinds, layouts
from util.corpus.findings import Findings
from util.corpus.lines import split_line
from util.corpus.wrongcolumn import instead_of_tokens

# A file may be one sentence, but hardly of more tokens.
_MOST_TOKENS = 1_000
# So many sentences at the beginning of a file show whether they are lines of text.
_SENTENCES_SEEN = 10
# So many comments, and values of the last column, are remembered.
_MOST_KEPT = 10_000
_COMMENT_HINT = (
    "If it is a comment, set 'commentSymbol': '#' in the definition of the data set, "
    "or give --comment '#'."
)

Row = list[str]


class Group(NamedTuple):
    """A sentence with the lines around it; lines alone where there is no sentence.

    Attributes:
        lines: Numbers and texts, comments and empty lines included. The lines of all
            groups are those of the file.
        rows: The columns of each token.
        at: For each token, the place of its line in `lines`.
    """

    lines: list[tuple[int, str]]
    rows: list[Row]
    at: list[int]

    def numbers(self) -> list[int]:
        """Return the line of each token."""
        return [self.lines[place][0] for place in self.at]


class SentenceWatch:
    """What is known of the sentences so far, and what is wrong with them.

    Args:
        columns: The columns that are wanted, by index.
        needed: How many columns every line must have.
        comment: The sign of comments that was given, None if there is none.
        layout: What the first lines say.
        findings: Gets what is wrong.
    """

    def __init__(
        self,
        columns: Mapping[int, str],
        needed: int,
        comment: str | None,
        layout: layouts.Layout,
        findings: Findings,
    ):
        self._needed, self._comment, self._layout = needed, comment, layout
        self._columns, self._token = columns, layouts.token_column(columns)
        self._beginning: list[list[Row]] = []  # the first sentences
        self._findings = findings
        self._width = 0  # of the first sentence
        self._usual: set[int] = set()  # the width again, if it is enough
        self._sentences = self._tokens = self._hashes = self._first = 0
        self._alone: set[int] | None = set()  # widths, while all have one token
        # Comments that have a width and a last value; and the last values of tokens.
        self._skipped: list[tuple[int, int, str]] = []
        self._last_values: set[str] = set()

    def skipped(self, number: int, text: str) -> None:
        """Look at a comment, a header, or what parts documents."""
        if text.startswith(layouts.DOCUMENT):
            self._findings.add(kinds.DOCUMENTS, number)
        elif number == self._layout.header:
            self._findings.add(kinds.HEADER, number, repr(text[:60]))
        elif self._comment and len(self._skipped) < _MOST_KEPT:
            row = split_line(text)
            self._skipped.append((number, len(row), row[-1]))

    def sentence(self, lines: list, rows: list[Row], at: list[int]) -> Group:
        """Return a sentence as it is to be read, after a look at it."""
        group = Group(lines, rows, at)
        if len(rows) == 1 and rows[0][self._token : self._token + 1] == _DOCUMENT:
            self._findings.add(kinds.DOCUMENTS, group.numbers()[0])
            return Group(lines, [], [])
        if not self._sentences:
            self._begin(group)
        if self._sentences < _SENTENCES_SEEN:
            self._look_at_tokens(group)
        if set(map(len, rows)) != self._usual:
            group = self._even(group)
        self._sentences += 1
        self._tokens += len(rows)
        if self._comment:
            self._look_for_comments(group)
        elif rows[0][0][:1] == "#":
            self._hashes += 1
        if self._alone is not None:
            self._look_at_length(group)
        return group

    def end(self) -> None:
        """Note what only the whole file shows."""
        sentences, add = self._sentences, self._findings.add
        if sentences < _SENTENCES_SEEN:
            self._refuse_wrong_column()
        if sentences == 1 and self._tokens > _MOST_TOKENS:
            add(kinds.NO_EMPTY_LINE, self._first, count=self._tokens)
        if self._alone is not None and sentences:
            if sentences < _SENTENCES_SEEN:
                self._refuse_lines_of_text()
            else:
                add(kinds.ALONE, self._first, count=sentences)
        if self._hashes > max(sentences / 2, 2):
            add(kinds.MAYBE_COMMENT, self._first, count=self._hashes)
        for number, width, value in self._skipped:
            if 1 < width == self._width and value in self._last_values:
                add(kinds.COMMENT_LIKE_TOKEN, number)

    def _begin(self, group: Group) -> None:
        ((self._width, _),) = Counter(map(len, group.rows)).most_common(1)
        self._usual = {self._width} if self._width >= self._needed else set()
        self._first, text = group.lines[group.at[0]]
        if self._findings.path.lower().endswith(".csv") and _commas(text, 2):
            self._findings.add(kinds.COMMAS, self._first, _commas(text, 2)[:-1])
        if layouts.sentences_in_lines(group.rows, "\t" in text):
            self._findings.add(kinds.SENTENCES, self._first, _AS_IT_SEEMS)

    def _look_at_tokens(self, group: Group) -> None:
        self._beginning.append(group.rows)
        # Comments that are read as tokens have other widths, which would be told first.
        if group.rows[0][0][:1] == "#" or len(self._beginning) == _SENTENCES_SEEN:
            self._refuse_wrong_column()

    def _refuse_wrong_column(self) -> None:
        columns = self._columns
        what, right = instead_of_tokens(self._beginning, columns, self._token)
        if what:
            self._findings.add(
                kinds.WRONG_COLUMN,
                self._first,
                f"column {self._token} should hold words, but holds {what}",
                f"Give --columns {right}, or 'columns' in the dataset definition.",
            )
            self._beginning = []

    def _look_at_length(self, group: Group) -> None:
        if len(group.rows) > 1:
            self._alone = None
            return
        for row, place in zip(group.rows, group.at):
            if "\t" not in group.lines[place][1]:
                self._alone.add(len(row))
        if self._sentences == _SENTENCES_SEEN:
            self._refuse_lines_of_text()

    def _refuse_lines_of_text(self) -> None:
        if len(self._alone) > 1:
            self._findings.add(kinds.SENTENCES, self._first, _AS_IT_SEEMS)

    def _look_for_comments(self, group: Group) -> None:
        if len(self._last_values) < _MOST_KEPT:
            self._last_values.update(row[-1] for row in group.rows)
        for place in group.at:
            number, text = group.lines[place]
            if text.startswith(self._comment):
                self._findings.add(kinds.COMMENT_INSIDE, number, repr(text[:60]))

    def _even(self, group: Group) -> Group:
        """Note lines with too few or too many columns; leave out the former."""
        widths = Counter(map(len, group.rows))
        usual = max(widths, key=lambda width: (widths[width], width == self._width))
        kept = Group(group.lines, [], [])
        for row, place in zip(group.rows, group.at):
            number, text = group.lines[place]
            if len(row) < self._needed:
                what = f"expected at least {self._needed} columns, found {len(row)}"
                self._findings.add(kinds.NARROW, number, what, self._hint(text, row))
                continue
            kept.rows.append(row)
            kept.at.append(place)
            if len(row) != usual and "\t" not in text:
                what = f"{_columns(len(row))}, but {usual} elsewhere in its sentence"
                hint = self._hint(text, row)
                self._findings.add(kinds.SPLIT_VALUE, number, what, hint)
            elif len(row) != self._width:
                self._findings.add(kinds.UNEVEN, number, _columns(len(row)))
        return kept

    def _hint(self, text: str, row: Row) -> str:
        """Return what to do about a line with the wrong number of columns."""
        if self._comment and text.startswith(self._comment):
            return "Comments stand before a sentence, never inside."
        if text[0] == "#":
            return _COMMENT_HINT
        return _commas(text, self._needed) if len(row) < self._needed else ""


_DOCUMENT = [layouts.DOCUMENT]
_AS_IT_SEEMS = "a line here holds a whole sentence, as it seems"


def _commas(text: str, needed: int) -> str:
    """Return what to say of a line whose columns commas and the like may separate."""
    sign = next((s for s in ",;|" if text.count(s) >= needed - 1), None)
    if sign is None or "\t" in text or needed < 2:
        return ""
    return (
        f"If {sign!r} separates the columns here: tabs or blanks must do so. Python's "
        f"csv.reader(file, delimiter={sign!r}) reads such a file."
    )


def _columns(count: int) -> str:
    return f"{count} column{'s' * (count != 1)}"
