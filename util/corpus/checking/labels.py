"""Labels: those that training lacks, and those that are hard to tell apart."""

from __future__ import annotations

from collections.abc import Mapping

from util.corpus import lookalikes
from util.corpus.checking.report import (
    ERROR,
    NOTE,
    WARNING,
    DatasetReport,
    plural,
)
from util.corpus.checking.tally import MOST_LABELS, Tally
from util.corpus.partial import KEY, look_partial

# In a file of fewer tokens, any label may be rare.
_TOKENS_OF_A_HEADER = 20


def check_labels(
    report: DatasetReport, tallies: Mapping[str, Tally], evaluate: bool
) -> None:
    """Report labels that training lacks, and splits without the labels they need."""
    train, dev = tallies.get("train"), tallies.get("dev")
    _check_partial(report, tallies)
    if evaluate and dev is not None and dev.sentences and not dev.labels:
        text = (
            f"dev: holds no labels '{report.label}', which choosing the best epoch "
            "needs. Set 'evaluate': False to do without."
        )
        report.add(ERROR, "dev_labels", text, 1, [report.splits["dev"].path + ":1"])
    if train is None or not train.labels:
        return
    if len(train.labels) > MOST_LABELS:
        text = (
            f"train: more than {MOST_LABELS:,} different labels. Is '{report.label}' "
            "the right column?"
        )
        report.add(WARNING, "many_labels", text)
        return
    if len(train.labels) == 1:
        text = f"train: there is only one label, {str(next(iter(train.labels)))[:40]}."
        report.add(WARNING, "one_label", text)
    for name, tally in tallies.items():
        new = {k: n for k, n in tally.labels.items() if k not in train.labels}
        if new:
            shown = ", ".join(
                f"{_plain(label)} ({count:,})" for label, count in new.items()
            )
            text = (
                f"{name}: {plural(len(new), 'label')} that training lacks, so that no "
                f"model can learn them from it: {shown[:300]}"
            )
            report.add(WARNING, "new_labels", text, len(new))
    _check_looks(report, tallies)
    _check_header(report, tallies)


def _check_partial(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Tell how many labels are known in part, and what looks so but is read whole."""
    for name, tally in tallies.items():
        if tally.unknown or tally.open:
            text = (
                f"{name}: of {plural(tally.tokens, 'token')}, {tally.unknown:,} have "
                f"no label and {tally.open:,} a set of them; "
                f"{plural(tally.unlabelled, 'sentence')} without any label."
            )
            report.add(NOTE, "partial", text, tally.unknown + tally.open)
        looks = look_partial(tally.labels)
        if looks and not tally.unknown and not tally.open:
            count = sum(tally.labels[label] for label in looks)
            text = (
                f"{name}: {plural(count, 'label')} such as {str(looks[0])[:40]!r} "
                "are read as labels like any other. If ? means that a label is not "
                f"known, and | that it is one of several, set '{KEY}': True in the "
                f"definition of the data set, or give --{KEY}."
            )
            report.add(WARNING, "partial", text, count)


def _plain(label: object) -> str:
    """Return a label, with its code points if some of it does not show."""
    text = str(label)
    shows = text.isprintable() and text == text.strip()
    return text if shows else lookalikes.spelt(text)


def _check_looks(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Report labels, or types of spans, that look alike or differ in letter case."""
    labels = {label for tally in tallies.values() for label in tally.labels}
    first: dict[str, str] = {}
    for label in sorted(label for label in labels if isinstance(label, str)):
        tagged = report.announced and label[1:2] == "-"
        first.setdefault(label[2:] if tagged else label, label)
    for level, kind, groups, text in (
        (ERROR, "alike_labels", lookalikes.alike(first), "look the same and are not"),
        (
            WARNING,
            "letter_case",
            lookalikes.same_but_for_case(first),
            "differ in letter case alone",
        ),
    ):
        for group in groups:
            shown = ", ".join(map(lookalikes.spelt, group))
            places = _places(report, tallies, [first[value] for value in group])
            what = f"labels that {text}: {shown}. Write them alike."
            report.add(level, kind, what, len(group), places)


def _places(
    report: DatasetReport, tallies: Mapping[str, Tally], labels: list[str]
) -> list[str]:
    """Return where each label stands first in each split, if lines are known."""
    return [
        f"{report.splits[name].path}:{tally.label_lines[label]}: "
        f"{lookalikes.spelt(label)}"
        for label in labels
        for name, tally in tallies.items()
        if label in tally.label_lines
    ]


def _check_header(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Warn of a first label that no other token has: a header may be read as data."""
    if report.announced or tallies["train"].tokens < _TOKENS_OF_A_HEADER:
        return
    label = next(iter(tallies["train"].labels))
    for tally in tallies.values():
        if label in tally.labels and (
            tally.labels[label] > 1 or next(iter(tally.labels)) != label
        ):
            return
    text = (
        f"the label of the first token, {_plain(label)[:40]}, occurs nowhere else. If "
        "the first line names the columns, remove it."
    )
    report.add(WARNING, "header", text, 1, [f"{report.splits['train'].path}:1"])
