"""Sections of the page on how many answers are right, and of which kind."""

from __future__ import annotations

from tagger.evaluation.breakdown import KNOWN, UNKNOWN, Breakdown, group_title
from tagger.evaluation.calibration import Reliability
from tagger.evaluation.confusion import most_confused
from tagger.evaluation.report import TaskReport
from tagger.evaluation.text import conlleval, describe, unknown_labels
from tagger.evaluation.webpage import plots
from tagger.markup import (
    Html,
    bar,
    bullets,
    details,
    join,
    note,
    picture,
    preformatted,
    table,
    tag,
)
from util.BIOF1Validation import SpanCounts

# Scores of fewer spans or words say little.
_FEW = 20
_MOST_ROWS = 200
# Plots with more columns are not squeezed onto a phone's screen: it scrolls.
_NARROW = 12


def _noun(task: TaskReport) -> str:
    return "spans" if task.scheme else "words"


def _kind(task: TaskReport) -> str:
    return "types" if task.scheme else "labels"


def glance(task: TaskReport) -> Html:
    """Say what stands out."""
    items = []
    counts = task.counts
    enough = [type_ for type_ in task.types if counts.gold[type_] >= _FEW]
    if len(enough) > 1:
        ranked = sorted(enough, key=lambda type_: counts.scores(type_)[2])
        names = ", ".join(_type_score(counts, type_) for type_ in ranked[:3])
        items.append(
            f"Weakest {_kind(task)} (of those with at least {_FEW} {_noun(task)}): "
            f"{names}."
        )
    items += [
        _known_and_unknown(breakdown, task)
        for breakdown in task.breakdowns
        if breakdown.groups == [KNOWN, UNKNOWN]
    ]
    if task.errors:
        group = task.errors[0]
        share = 100 * group.count / task.error_count
        items.append(
            f"Most frequent error: {describe(group, '→')}, {group.count:,} of "
            f"{task.error_count:,} ({share:.0f} %)."
        )
    found = task.calibration["spans" if task.scheme else "tokens"]
    items.append(_confidence(found, _noun(task)))
    warning = []
    if task.unknown_labels:
        warning = [tag("p", unknown_labels(task), ".", class_="warning")]
    return join([*warning, bullets(items)])


def _known_and_unknown(breakdown: Breakdown, task: TaskReport) -> str:
    known, unknown = (
        f"{breakdown.counts.percentages(group)[2]:.1f}" for group in breakdown.groups
    )
    first, second = (group_title(g, task.known_words) for g in breakdown.groups)
    if task.scheme:
        return (
            f"F1 is {known} for spans whose words are all {first}, and {unknown} for "
            f"spans with a word {second}."
        )
    return f"Accuracy is {known} for words {first}, and {unknown} for words {second}."


def _type_score(counts: SpanCounts, type_: str) -> str:
    return f"{type_} ({counts.percentages(type_)[2]:.1f})"


def _confidence(found: Reliability, noun: str) -> str:
    gap = 100 * (found.confidence - found.accuracy)
    text = (
        f"On average the tagger gives its {noun} a probability of "
        f"{100 * found.confidence:.1f} %, and {100 * found.accuracy:.1f} % are right"
    )
    if abs(gap) < 1:
        return f"{text}: it knows well how sure it can be."
    return f"{text}: it is too {'sure' if gap > 0 else 'unsure'} of itself."


def scores(task: TaskReport) -> Html:
    """Show the scores of each type."""
    counts = task.counts
    if task.scheme:
        text = (
            "A span counts as right only if its first word, its last word and its type "
            "are all right. Precision: of the spans that the tagger marked, how many "
            "are right. Recall: of the spans that are there, how many it found. F1 "
            "lies between the two and is high only if both are; 100 is perfect. Look "
            "for types with a short bar, and for precision far from recall: the tagger "
            "then marks a type too often or too rarely."
        )
    else:
        text = (
            "Accuracy is the share of words with the right label. For each label: "
            "precision is how many of the words with this predicted label are right, "
            "recall how many of the words that should have it got it. F1 lies between "
            "the two and is high only if both are; 100 is perfect. Look for labels "
            "with a short bar."
        )
    rows = []
    for type_ in sorted(task.types, key=lambda type_: (-counts.gold[type_], type_)):
        precision, recall, f1 = counts.percentages(type_)
        values = [f"{precision:.2f}", f"{recall:.2f}"]
        numbers = [f"{counts.gold[type_]:,}", f"{counts.predicted[type_]:,}"]
        rows.append([type_, bar(f1 / 100, f"{f1:.2f}"), *values, *numbers])
    columns = ["type", "F1", "precision", "recall", "in the file", "predicted"]
    shown = [note(text), table(columns, rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        shown.append(note(f"The {_MOST_ROWS} most frequent of {len(rows)} types."))
    name = "The same numbers as the conlleval script prints them"
    shown.append(details(name, tag("pre", preformatted(conlleval(task)))))
    return join(shown)


def confusions(task: TaskReport) -> Html:
    """Show which type is taken for which."""
    table_ = task.confusion
    if len(table_.predicted) < 2:
        return Html()
    text = (
        "Each row is a type that is right, each column what the tagger made of it. "
        "Numbers on the green diagonal are right; the redder another field, the larger "
        "its share of the row."
    )
    if task.scheme:
        text += (
            " Only spans with the same first and last word are compared. Grey: the "
            "last column counts spans whose boundaries the tagger did not mark "
            "(missed), the last row marked spans that are not there (spurious). A span "
            "that is one word too long counts in both."
        )
    text += " Look for red fields: pairs of types that the tagger mixes up."
    shown = most_confused(table_, plots.MOST_TYPES)
    parts = [note(text)]
    if len(shown.gold) < len(table_.gold):
        parts.append(note(f"Shown are the {plots.MOST_TYPES} types with most errors."))
    parts.append(
        picture(
            plots.confusion_plot(table_),
            "Table of right and predicted types",
            "wide" if len(shown.predicted) > _NARROW else "",
        )
    )
    return join(parts)


def by_property(task: TaskReport) -> Html:
    """Show where the tagger does well and where not."""
    unit = "span" if task.scheme else "word"
    helps = {
        "span length": "Longer spans have more words to get wrong.",
        "sentence length": "Words per sentence. Large differences between the groups "
        "may mean that training held few sentences of that length.",
        "words": {
            "training": "A word is in training if the model's vocabulary, which is "
            "that of its training data, holds it as written, in lower case, or with "
            "its numbers replaced.",
            "vectors": "This model's word vectors come from a file. A word without a "
            "vector is one that this file lacks, as written, in lower case, and with "
            "its numbers replaced; training may or may not have held it.",
        }[task.known_words]
        + " A span with at least one other word is in the second row."
        * (task.scheme is not None),
    }
    parts = [
        note(
            f"The same scores for groups of {unit}s. Look for groups far below the "
            f"others; groups of fewer than {_FEW} {unit}s say little."
        )
    ]
    for breakdown in task.breakdowns:
        what = breakdown.name.replace("words", "known and unknown words")
        parts.append(tag("h4", f"By {what}"))
        parts.append(note(helps[breakdown.name]))
        parts.append(_groups(breakdown, task))
    return join(parts)


def _groups(breakdown: Breakdown, task: TaskReport) -> Html:
    counts = breakdown.counts
    rows = []
    for group in breakdown.groups:
        precision, recall, f1 = counts.percentages(group)
        name = group_title(group, task.known_words)
        number = f"{counts.gold[group]:,}"
        if task.scheme:
            values = [f"{precision:.2f}", f"{recall:.2f}", number]
            rows.append([name, bar(f1 / 100, f"{f1:.2f}"), *values])
        else:
            rows.append([name, bar(recall / 100, f"{recall:.2f}"), number])
    columns = ["F1", "precision", "recall"] if task.scheme else ["accuracy"]
    return table([breakdown.name, *columns, "in the file"], rows)
