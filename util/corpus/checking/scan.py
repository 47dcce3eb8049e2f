"""Reads a column file to its end, whatever is wrong with it, and says where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from util import tagschemes
from util.CoNLL import read_lines
from util.corpus import tagcolumns
from util.corpus.checking.report import (
    ERROR,
    NOTE,
    WARNING,
    DatasetReport,
    SplitReport,
    plural,
)
from util.corpus.checking.tags import TagValues
from util.corpus.checking.tally import PLACES, Tally
from util.corpus.datasets import Dataset, label_column

# Not the joiners U+200C and U+200D: Persian, Indian scripts and emoji are spelt so.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd]"
)
_MOST_ERRORS = 20


class Places:
    """Counts something and keeps its first places."""

    def __init__(self, path: str, most: int = PLACES):
        self.path, self.most, self.count = path, most, 0
        self.places: list[str] = []

    def add(self, line: int, what: str = "") -> None:
        """Note one."""
        self.count += 1
        if len(self.places) < self.most:
            self.places.append(f"{self.path}:{line}" + (f": {what}" if what else ""))


class _Bytes:
    """The lines of a file, those that are not UTF-8 included."""

    def __init__(self, path: str):
        self.path = path
        self.undecodable = Places(path, _MOST_ERRORS)
        self.inner_returns = Places(path)
        self.bom = ""
        self.crlf = self.lf = 0

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield what `numbered_lines` yields, never raising for bytes."""
        with open(self.path, "rb") as file:
            for number, raw in enumerate(file, 1):
                if number == 1:
                    self.bom = _byte_order_mark(raw)
                ended = raw.endswith(b"\n")
                crlf = raw.endswith(b"\r\n")
                self.crlf += crlf
                self.lf += ended and not crlf
                if b"\r" in raw.rstrip(b"\r\n"):
                    self.inner_returns.add(number)
                encoding = "utf-8-sig" if number == 1 else "utf-8"
                try:
                    line = raw.decode(encoding)
                except UnicodeDecodeError as error:
                    self.undecodable.add(
                        number, f"not UTF-8 ({error.reason} at byte {error.start})"
                    )
                    line = raw.decode(encoding, "replace")
                yield number, line.rstrip("\r\n")


class _Found(NamedTuple):
    narrow: Places
    uneven: Places
    empty: Places
    invisible: Places


def scan(path: str, split: str, dataset: Dataset, report: DatasetReport) -> Tally:
    """Count one file and add its own findings to the report of its data set.

    Memory grows with the vocabulary and by a few bytes per sentence.

    Raises:
        OSError: The file cannot be read.
    """
    summary = report.splits[split] = SplitReport(path)
    columns, comment = dataset["columns"], dataset.get("commentSymbol")
    data = _Bytes(path)
    found = _Found(Places(path, _MOST_ERRORS), Places(path), Places(path), Places(path))
    tally = Tally()
    label = label_column(dataset)
    styles = tagcolumns.styles_of(columns.values(), dataset.get(tagcolumns.KEY))
    values = {
        index: TagValues(name, styles.get(name))
        for index, name in columns.items()
        if tagschemes.scheme_of(name)
    }
    width = needed = 0
    rows: list[list[str]] = []
    lines: list[int] = []
    # Asking for the first column alone, so that short lines come, too.
    first = {0: "tokens"} if columns.get(0) == "tokens" else {}
    for line in read_lines(path, first, comment, data.lines()):
        if line.row is None:
            if line.blank and rows:
                _count(tally, rows, lines, dataset, summary, found, values)
                rows, lines = [], []
            continue
        if not width:
            width = len(line.row)
            summary.labelled = label is not None and (split == "train" or width > label)
            used = [i for i in columns if summary.labelled or i != label]
            needed = max(used) + 1
        if len(line.row) < needed:
            found.narrow.add(
                line.number,
                f"expected at least {needed} columns, found {len(line.row)}",
            )
            continue
        if len(line.row) != width:
            found.uneven.add(line.number, f"{len(line.row)} columns")
        rows.append(line.row)
        lines.append(line.number)
    if rows:
        _count(tally, rows, lines, dataset, summary, found, values)
    _report_bytes(report, split, data)
    _report_rows(report, split, found, width, tally)
    for column in values.values():
        column.report(report, split)
    return tally


def _count(tally, rows, lines, dataset, summary, found, values) -> None:
    columns = dataset["columns"]
    index = next(i for i, name in columns.items() if name == "tokens")
    tokens = [row[index] for row in rows]
    labels = tags = None
    column = label_column(dataset)
    if summary.labelled:
        tags = [row[column] for row in rows]
    for other, seen in values.items():
        if other == column and tags is not None:
            tags = seen.add(tags, lines)
        elif other != column:
            seen.add([row[other] for row in rows], lines)
    if tags is not None:
        labels = in_scheme(tags, columns[column], dataset["label"])
    if not all(tokens) or (tags is not None and not all(tags)):
        for number, token, tag in zip(lines, tokens, tags or tokens):
            if not (token and tag):
                found.empty.add(number, "an empty " + ("label" if token else "token"))
    for number, values in zip(lines, zip(tokens, tags or tokens)):
        for value in values[: 1 if tags is None else 2]:
            if not value.isprintable():
                hidden = sorted(set(_INVISIBLE.findall(value)))
                if hidden:
                    names = ", ".join(f"U+{ord(character):04X}" for character in hidden)
                    found.invisible.add(number, f"{names} in {value!r}"[:100])
            elif "\ufffd" in value:
                found.invisible.add(number, f"U+FFFD in {value!r}"[:100])
    tally.add(tokens, labels, tags, lines)


def in_scheme(tags: list[str], column: str, label: str) -> list[str]:
    """Return the labels that a model is trained on, as `readCoNLL` derives them."""
    if label == column:
        return tags
    scheme = tagschemes.scheme_of(label)
    return tagschemes.convert(tags, scheme) if scheme else tagschemes.types(tags)


def _byte_order_mark(raw: bytes) -> str:
    marks = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
    return next((name for mark, name in marks.items() if raw.startswith(mark)), "")


def _report_bytes(report: DatasetReport, split: str, data: _Bytes) -> None:
    bad = data.undecodable
    if bad.count:
        text = f"{split}: {plural(bad.count, 'line')} not in UTF-8."
        text += " The file is in UTF-16." if data.bom == "UTF-16" else ""
        text += " Convert the file, for example with iconv."
        report.add(ERROR, "encoding", text, bad.count, bad.places)
    elif data.bom:
        text = f"{split}: begins with a byte-order mark, which is skipped."
        report.add(NOTE, "byte_order_mark", text, 1, [data.path + ":1"])
    if data.crlf and data.lf:
        text = (
            f"{split}: mixed line ends, {data.crlf:,} of Windows and {data.lf:,} of "
            "Unix. Both are read."
        )
        report.add(WARNING, "line_ends", text, min(data.crlf, data.lf), [data.path])
    elif data.crlf:
        text = f"{split}: line ends of Windows (CRLF), which are read."
        report.add(NOTE, "line_ends", text, data.crlf, [data.path])
    if data.inner_returns.count:
        text = (
            f"{split}: {plural(data.inner_returns.count, 'line')} with a carriage "
            "return inside. Lines must end with a line feed."
        )
        places = data.inner_returns
        report.add(WARNING, "line_ends", text, places.count, places.places)


def _report_rows(
    report: DatasetReport, split: str, found: _Found, width: int, tally: Tally
) -> None:
    path = report.splits[split].path
    if found.narrow.count:
        text = (
            f"{split}: {plural(found.narrow.count, 'line')} with too few columns. "
            "Check the columns of the definition, and what separates them."
        )
        report.add(ERROR, "columns", text, found.narrow.count, found.narrow.places)
    elif not tally.sentences:
        text = f"{split}: holds no sentences. Is it the right file?"
        report.add(ERROR, "empty", text, 1, [path])
    if found.uneven.count:
        count = found.uneven.count
        text = (
            f"{split}: {plural(count, 'line')} with another number of columns than the "
            f"first, which has {width}."
        )
        report.add(WARNING, "uneven_columns", text, count, found.uneven.places)
    if found.empty.count:
        text = f"{split}: {plural(found.empty.count, 'line')} with an empty value."
        report.add(WARNING, "empty_value", text, found.empty.count, found.empty.places)
    if found.invisible.count:
        count = found.invisible.count
        text = (
            f"{split}: {plural(count, 'value')} with characters that do not show "
            "(zero-width, control or replacement characters)."
        )
        report.add(WARNING, "characters", text, count, found.invisible.places)
