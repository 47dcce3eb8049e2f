"""Which tag scheme a column is in, and where it breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from util import tagschemes, tagstyles
from util.corpus import stylefinder, tagcolumns
from util.corpus.checking.report import ERROR, WARNING, DatasetReport, plural
from util.corpus.checking.tally import PLACES, Pair, Tally
from util.tagstyles import Style


class TagValues:
    """What a column of tags holds, counted, and the first line of each value.

    Args:
        name: The column.
        style: How its tags are written, None for our own schemes.
    """

    def __init__(self, name: str, style: Style | None):
        self.name, self.style = name, style
        self.scheme = tagschemes.scheme_of(name)
        self.counts: Counter = Counter()
        self.lines: dict[str, int] = {}

    def add(self, values: list[str], lines: Sequence[int]) -> list[str]:
        """Count the values of a sentence and return its tags in our scheme."""
        self.counts.update(values)
        if not self.lines.keys() >= set(values):
            for value, line in zip(values, lines):
                self.lines.setdefault(value, line)
        if self.style is None or tagcolumns.strange(values, self.style):
            return values
        return tagstyles.read(values, self.style, self.scheme)

    def report(self, report: DatasetReport, split: str) -> None:
        """Add an error if there are values that are no tags."""
        wrong = tagcolumns.strange(self.lines, self.style)
        if not wrong:
            return
        text = tagcolumns.problem(self.name, self.counts, wrong[0], self.style)
        places = [
            f"{report.splits[split].path}:{self.lines[value]}: {value[:40]!r}"
            for value in wrong[:PLACES]
        ]
        count = sum(self.counts[value] for value in wrong)
        report.add(ERROR, "tags", f"{split}: {text}", count, places)


def valid_schemes(tally: Tally) -> list[str]:
    """Return the schemes in which every sentence is valid; without tags, none."""
    if not tally.pairs:
        return []
    return [s for s in tagschemes.SCHEMES if not invalid_pairs(tally.pairs, s)]


def invalid_pairs(pairs: Mapping[Pair, int], scheme: str) -> list[Pair]:
    """Return the pairs of adjacent tags that a scheme does not allow."""
    return [
        pair
        for pair in pairs
        if not all(tag is None or tagschemes.TAG.fullmatch(tag) for tag in pair)
        or not tagschemes.may_follow(*pair, scheme)
    ]


def closest_scheme(tally: Tally) -> str | None:
    """Return the scheme that the fewest transitions break; None for plain labels."""
    if not tally.pairs:
        return None
    tags = [tag for tag in tally.labels if tag != tagschemes.OUTSIDE]
    tags = [tag for tag in tags if "-" in tag and tagschemes.TAG.fullmatch(tag)]
    written = sum(tally.labels[tag] for tag in tags)
    others = sum(tally.labels.values()) - tally.labels[tagschemes.OUTSIDE]
    if written * 2 <= others:
        return None
    broken = {
        scheme: sum(tally.pairs[pair] for pair in invalid_pairs(tally.pairs, scheme))
        for scheme in tagschemes.SCHEMES
    }
    return min(broken, key=broken.__getitem__)


def check_tags(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Add what is wrong with the tags of each split."""
    labelled = {
        name: tally
        for name, tally in tallies.items()
        # `valTransformations` may have made numbers of them.
        if tally.labels and all(isinstance(label, str) for label in tally.labels)
    }
    for name, tally in labelled.items():
        report.splits[name].schemes = valid_schemes(tally)
    scheme = report.announced
    if scheme is None:
        train = next(iter(labelled.values()), None)
        scheme = train and _check_unannounced(report, train)
        if scheme is None:
            return
    for name, tally in labelled.items():
        if tally.pairs is not None:
            _check_split(report, name, tally, scheme)


def _check_unannounced(report: DatasetReport, train: Tally) -> str | None:
    """Warn of tags in a column whose name announces none; return their scheme."""
    scheme = closest_scheme(train)
    if scheme is not None:
        kind, advice = scheme, ""
    else:
        style = stylefinder.recognise(train.labels)
        if style is None or not _looks_like_tags(style, train.labels):
            return None
        scheme, kind = "BIO", stylefinder.title(style)
        advice = f" and set 'tagStyle': '{style}' (see docs/Training.md)"
        if style == Style():
            kind, advice = "BIO without types", ""
    report.add(
        WARNING,
        "scheme",
        f"The labels look like tags ({kind}), but the name '{report.label}' does not "
        "say so: they are scored one by one, each O, too. To have their spans "
        f"scored, let the name end in _{scheme}{advice}.",
    )
    return None if advice else scheme


def _looks_like_tags(style: Style, labels: Mapping[str, int]) -> bool:
    """Tell tags from parts of speech and other plain labels."""
    if style.layout == tagstyles.TYPES:
        return labels.get(style.outside, 0) * 2 > sum(labels.values())
    kinds = {label.upper() for label in labels} - {tagschemes.OUTSIDE, style.outside}
    if any(len(kind) > 1 for kind in kinds):
        return True
    # Letters alone part words: some begin, some go on.
    return "B" in kinds and bool(kinds & {"I", "M"})


def _check_split(report: DatasetReport, name: str, tally: Tally, scheme: str) -> None:
    split = report.splits[name]
    wrong = invalid_pairs(tally.pairs, scheme)
    tags = {tag for pair in wrong for tag in pair if tag is not None}
    if not wrong or tagschemes.untaggable(tags):
        return  # what is no tag is an error of its own
    count = sum(tally.pairs[pair] for pair in wrong)
    text = f"{name}: {plural(count, 'transition')} that {scheme} does not allow."
    if split.schemes:
        text += (
            f" Every sentence is valid {' and '.join(split.schemes)}: name the column "
            f"so that it ends in _{split.schemes[0]}."
        )
    places = [(n, pair) for pair in wrong for n in tally.pair_lines.get(pair, ())]
    places.sort(key=lambda place: place[0])
    report.add(
        WARNING,
        "scheme" if split.schemes else "transitions",
        text,
        count,
        [f"{split.path}:{line}: {describe(*pair)}" for line, pair in places[:PLACES]]
        or [describe(*pair) for pair in wrong[:PLACES]],
    )


def describe(before: str | None, after: str | None) -> str:
    """Return a transition in words; None is the outside of the sentence."""
    if after is None:
        return f"the sentence ends with {before[:40]}"
    earlier = "the beginning of the sentence" if before is None else before[:40]
    return f"{after[:40]} after {earlier}"
