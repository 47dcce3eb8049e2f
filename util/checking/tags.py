"""Which tag scheme a column is in, and where it breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from util import tagschemes
from util.checking.report import NOTE, WARNING, DatasetReport, plural
from util.checking.tally import PLACES, Pair, Tally

_TAG = re.compile(r"[BIES](-.+)?|O", re.DOTALL)
_OTHER_SCHEME = re.compile(r"[BILMSUEO](-.+)?", re.DOTALL)


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
        if not all(tag is None or _TAG.fullmatch(tag) for tag in pair)
        or not tagschemes.may_follow(*pair, scheme)
    ]


def closest_scheme(tally: Tally) -> str | None:
    """Return the scheme that the fewest transitions break; None for plain labels."""
    if not tally.pairs:
        return None
    tags = [tag for tag in tally.labels if tag != tagschemes.OUTSIDE]
    tags = [tag for tag in tags if "-" in tag and _TAG.fullmatch(tag)]
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
        first = next(iter(labelled.values()), None)
        scheme = closest_scheme(first) if first else None
        if scheme is None:
            return
        report.add(
            NOTE,
            "scheme",
            f"The labels look like tags in {scheme}. A column name that ends in "
            f"_{scheme} has them scored by spans, not by tokens.",
        )
    for name, tally in labelled.items():
        if tally.pairs is not None:
            _check_split(report, name, tally, scheme)


def _check_split(report: DatasetReport, name: str, tally: Tally, scheme: str) -> None:
    split = report.splits[name]
    wrong = invalid_pairs(tally.pairs, scheme)
    if not wrong:
        return
    count = sum(tally.pairs[pair] for pair in wrong)
    text = f"{name}: {plural(count, 'transition')} that {scheme} does not allow."
    if split.schemes:
        text += (
            f" Every sentence is valid {' and '.join(split.schemes)}: name the column "
            f"so that it ends in _{split.schemes[0]}."
        )
    elif _is_another_scheme(tally.labels):
        text += " This looks like BILOU or BMES, which must be converted first."
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


def _is_another_scheme(labels: Sequence[str]) -> bool:
    """Tell tags such as `U-LOC` and `M-LOC`."""
    return all(_OTHER_SCHEME.fullmatch(label) for label in labels) and any(
        label[0] in "LMU" for label in labels
    )
