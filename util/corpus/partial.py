"""Labels that are known in part: none (`?`), or one of several (`B-PER|B-ORG`).

Only a data set with the key `'partial': True` has such labels; in all others `?` and
what holds a `|` are labels like any other. Known labels stay in their column. What is
known in part stands in a column beside it, whose name ends in `?sets`: an empty text
where the label itself is known, else the set as it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from util import tagschemes

if TYPE_CHECKING:
    from util.corpus.columns import Columns

KEY = "partial"
UNKNOWN = "?"
BETWEEN = "|"
_MARK = "?sets"


class NoSet(ValueError):
    """A value is no set of labels, or one that its column cannot hold.

    Attributes:
        value: The value.
    """

    def __init__(self, value: str, reason: str):
        super().__init__(f"{value[:60]!r} {reason}")
        self.value = value


def is_partial(dataset: Mapping[str, Any]) -> bool:
    """Tell whether a data set's definition says that labels are known in part."""
    return bool(dataset.get(KEY))


def sets_column(label: str) -> str:
    """Return the name of the column beside that of a label."""
    return label + _MARK


def label_of(column: str) -> str | None:
    """Return the column that a column of sets belongs to, None for other columns."""
    return column[: -len(_MARK)] if column.endswith(_MARK) else None


def parse(value: str) -> tuple[str, ...]:
    """Return the labels that a value allows, none for `?`.

    Raises:
        NoSet: A label is empty, or `?` stands among labels.

    >>> parse("B-PER|B-ORG"), parse("O"), parse("?")
    (('B-PER', 'B-ORG'), ('O',), ())
    """
    if value == UNKNOWN:
        return ()
    labels = tuple(dict.fromkeys(value.split(BETWEEN)))
    if "" in labels or UNKNOWN in labels:
        raise NoSet(
            value,
            "is no set of labels: write ? where nothing is known, and labels with | "
            "between them, such as B-PER|B-ORG.",
        )
    return labels


def spell(labels: Iterable[str]) -> str:
    """Return a set as one text, the same for equal sets; `?` for the empty one.

    >>> spell(["B-PER", "B-ORG"]), spell([])
    ('B-ORG|B-PER', '?')
    """
    return BETWEEN.join(sorted(set(labels))) or UNKNOWN


def separate(sentences: Sequence[dict], label: str) -> None:
    """Move what is known in part into a column of its own, in place.

    Args:
        sentences: Values by column; those of the sets' column as a file holds them.
        label: The column of the labels, which is made.

    Raises:
        NoSet: A value is none, or one of its labels is no tag in a column of tags.
    """
    sets = sets_column(label)
    values = [value for sentence in sentences for value in sentence.get(sets, ())]
    plain, spelt = _separated(dict.fromkeys(values), label)
    for sentence in sentences:
        if sets in sentence:
            sentence[label] = [plain[value] for value in sentence[sets]]
            sentence[sets] = [spelt[value] for value in sentence[sets]]


def separate_columns(columns: Columns, label: str) -> None:
    """Do what `separate` does to sentences in columns."""
    sets = sets_column(label)
    raw = columns.columns[sets]
    plain, spelt = _separated(raw.values, label)
    columns.columns[label] = raw.renamed(plain)
    columns.columns[sets] = raw.renamed(spelt)


def _separated(
    values: Iterable[str], label: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what stands for each value in the column of labels, and in that of sets.

    Raises:
        NoSet: A value is none, or one of its labels is no tag in a column of tags.
    """
    labels = {value: parse(value) for value in values}
    if tagschemes.scheme_of(label):
        # The prefixes may stand alone where they all do.
        wrong = set(tagschemes.untaggable(sorted(set().union(*labels.values()))))
        for value, parts in labels.items():
            if wrong.intersection(parts):
                raise NoSet(value, f"is no tag, which the name '{label}' announces.")
    plain = {v: parts[0] if len(parts) == 1 else v for v, parts in labels.items()}
    spelt = {v: "" if len(p) == 1 else spell(p) for v, p in labels.items()}
    return plain, spelt


def known(sentence: Mapping[str, Sequence[str]], label: str) -> list[str]:
    """Return the labels of a sentence that are named, alone or in sets."""
    sets = sentence.get(sets_column(label))
    if sets is None:
        return list(sentence.get(label, ()))
    return [
        part
        for value, set_ in zip(sentence[label], sets)
        for part in ([value] if not set_ else parse(set_))
    ]


def known_values(columns: Columns, label: str) -> list[str]:
    """Return the distinct labels that are named, in the order in which they appear."""
    values = columns.columns[label].values
    if sets_column(label) not in columns.columns:
        return values
    # A value tells its set; sets are spelt in the order of their labels.
    return [part for value in values for part in sorted(parse(value))]


def without_sets(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return what belongs to columns, but for those of sets."""
    return {name: x for name, x in columns.items() if label_of(name) is None}


def number_sets(sets: Iterable[str], mapping: dict[str, int]) -> None:
    """Give each set a number in a mapping; 0 is for labels that are known."""
    for value in ("", *sets):
        mapping.setdefault(value, len(mapping))


def known_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how often labels are named, alone or in sets.

    >>> known_counts({"?": 5, "O": 2, "O|B-X": 1})
    {'O': 3, 'B-X': 1}
    """
    found: dict[str, int] = {}
    for value, count in counts.items():
        for part in value.split(BETWEEN):
            if part != UNKNOWN:
                found[part] = found.get(part, 0) + count
    return found


def look_partial(labels: Collection[str]) -> list[str]:
    """Return labels that would be sets, or none, if a data set were partial.

    >>> look_partial(["B-PER", "B-ORG", "?", "B-ORG|B-PER", "x|y"])
    ['?', 'B-ORG|B-PER']
    """
    found = []
    for label in labels:
        parts = str(label).split(BETWEEN)
        if label == UNKNOWN or (len(parts) > 1 and all(p in labels for p in parts)):
            found.append(label)
    return found
