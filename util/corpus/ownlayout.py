"""What somebody's own column file holds, and which of its columns is for what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from util import tagschemes
from util.corpus import layouts, stylefinder
from util.corpus.checking.report import printable
from util.tagstyles import TYPES, Style

# The types of well-known tasks, and what people call their columns.
_TASKS = {
    "NER": {"PER", "LOC", "ORG", "MISC", "PERSON", "LOCATION", "GPE", "GEO"},
    "chunk": {"NP", "VP", "PP"},
}
_PLAIN = re.compile(r"(?i)[ux]?pos|.*tag.*")


class OwnLayout(NamedTuple):
    """What the beginning of a file shows.

    Attributes:
        path: The file.
        counts: How often each value occurs, by column.
        styles: That of each column of tags.
        schemes: The scheme of those that are in one of ours.
        names: What a header or CoNLL-U calls the columns, none of the others.
        token: The column of the words, None if there seems to be none.
        comment: What comments begin with that are read as tokens.
        said: Separator, header and the like, in words.
    """

    path: str
    counts: list[Counter[str]]
    styles: dict[int, Style]
    schemes: dict[int, str]
    names: tuple[str, ...]
    token: int | None
    comment: str | None
    said: str

    def named(self, label: str) -> int | None:
        """Return the column that the file itself calls so."""
        stem = label.rsplit("_", 1)[0] if tagschemes.scheme_of(label) else label
        for name in (label, stem):
            for column, other in enumerate(self.names):
                if other.lower() == name.lower() and column != self.token:
                    return column
            column = layouts.conllu_column(self.names, name)
            if column is not None:
                return column
        return None

    def suggestion(self, label: str | None) -> tuple[int, str] | None:
        """Return the column that is probably to be predicted, and a name for it."""
        others = [i for i in range(len(self.counts)) if i != self.token]
        plain = [i for i in others if i not in self.styles and self._is_plain(i)]
        upos = layouts.conllu_column(self.names, "UPOS")
        named = self.named(label) if label else upos
        # Those of the very task come first, or else names: they are most asked for.
        task = label.split("_")[0].lower() if label else "ner"
        tags = sorted(self.styles, key=lambda i: self._task(i).lower() != task)
        first, second = (
            (plain, tags) if _PLAIN.fullmatch(label or "") else (tags, plain)
        )
        wanted = [i for i in (named, *first, *second, *others) if i is not None]
        return (wanted[0], self.name_of(wanted[0], label)) if wanted else None

    def described(self) -> str:
        """Say what the file holds, for an error or a question."""
        held = []
        for column, values in enumerate(self.counts):
            shown = ", ".join(v[:20] or "''" for v, _ in values.most_common(3))
            more = "words" if column == self.token else ""
            if column in self.styles:
                title = self.schemes.get(column)
                more = f"tags, {title or stylefinder.title(self.styles[column])}"
            held.append(f"{column}: {shown}" + f" ({more})" * bool(more))
        count = f"{len(held)} column{'s' * (len(held) != 1)}"
        return printable(f"It has {count}{self.said}: {'; '.join(held)}.")

    def _is_plain(self, column: int) -> bool:
        """Tell a column with several values that come again and again: labels."""
        values = self.counts[column]
        is_few = 1 < len(values) < 0.5 * sum(values.values())
        return is_few and not stylefinder.numbers(values)

    def name_of(self, column: int, label: str | None = None) -> str:
        """Return a name for a column: the label, or what the file makes likely."""
        stem, scheme = label, ""
        if column in self.styles:
            scheme = self.schemes.get(column, "BIO")
        if stem is None and column < len(self.names):
            stem = self.names[column]
        if stem is None:
            stem = self._task(column)
        if scheme and not tagschemes.scheme_of(stem):
            stem = f"{stem}_{scheme}"
        return re.sub(r"[\s,:]+", "_", stem)

    def _task(self, column: int) -> str:
        if column not in self.styles:
            return "LABEL"
        parts = {p for value in self.counts[column] for p in re.split(r"\W", value)}
        return next((t for t, types in _TASKS.items() if types & parts), "TAG")


def tag_style(counts: Mapping[str, int]) -> Style | None:
    """Return the style of a column of tags, None for other values.

    Bare types could be anything, parts of speech included.
    """
    style = stylefinder.recognise(counts)
    if style is None or style.layout == TYPES:
        return None
    return style if set(counts) - {"O", style.outside, ""} else None
