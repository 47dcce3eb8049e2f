"""The sections of the page: what each says, and how to read it."""

from __future__ import annotations

from typing import Callable, NamedTuple

from util.BIOF1Validation import SpanCounts
from util.reporting import plots
from util.reporting.breakdown import UNKNOWN, Breakdown, group_title
from util.reporting.calibration import Reliability
from util.reporting.confusion import most_confused
from util.reporting.errors import KINDS, ErrorGroup, Example, Piece
from util.reporting.markup import (
    Html,
    bar,
    bullets,
    details,
    join,
    paragraph,
    picture,
    preformatted,
    table,
    tag,
)
from util.reporting.report import TaskReport
from util.reporting.text import conlleval, describe, unknown_labels

_GROUPS = 15
# Scores of fewer spans or words say little.
_FEW = 20
_MOST_ROWS = 200


class Section(NamedTuple):
    """A section; `make` returns nothing where a task has nothing to show."""

    name: str
    title: str
    make: Callable[[TaskReport], Html]


def _help(text: str) -> Html:
    return tag("p", text, class_="help")


def _noun(task: TaskReport) -> str:
    return "spans" if task.scheme else "words"


def glance(task: TaskReport) -> Html:
    """Say what stands out."""
    items = []
    counts = task.counts
    enough = [type_ for type_ in task.types if counts.gold[type_] >= _FEW]
    if len(enough) > 1:
        ranked = sorted(enough, key=lambda type_: counts.scores(type_)[2])
        names = ", ".join(_type_score(counts, type_) for type_ in ranked[:3])
        items.append(
            f"Weakest types (of those with at least {_FEW} {_noun(task)}): {names}."
        )
    for breakdown in task.breakdowns:
        if UNKNOWN in breakdown.groups and len(breakdown.groups) == 2:
            known, unknown = (
                100 * breakdown.counts.scores(group)[2] for group in breakdown.groups
            )
            items.append(
                f"{task.score_name} is {known:.1f} where all words are "
                f"{group_title(breakdown.groups[0], task.known_words)}, "
                f"{unknown:.1f} where one is not."
            )
    if task.errors:
        group = task.errors[0]
        share = 100 * group.count / task.error_count
        items.append(
            f"Most frequent error: {describe(group)}, {group.count:,} of "
            f"{task.error_count:,} ({share:.0f} %)."
        )
    found = task.calibration["spans" if task.scheme else "tokens"]
    items.append(_confidence(found, _noun(task)))
    warning = []
    if task.unknown_labels:
        warning = [tag("p", unknown_labels(task), ".", class_="warning")]
    return join([*warning, bullets(items)])


def _type_score(counts: SpanCounts, type_: str) -> str:
    return f"{type_} ({100 * counts.scores(type_)[2]:.1f})"


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
        precision, recall, f1 = counts.scores(type_)
        values = [f"{100 * precision:.2f}", f"{100 * recall:.2f}"]
        numbers = [f"{counts.gold[type_]:,}", f"{counts.predicted[type_]:,}"]
        rows.append([type_, bar(f1, f"{100 * f1:.2f}"), *values, *numbers])
    columns = ["type", "F1", "precision", "recall", "in the file", "predicted"]
    shown = [_help(text), table(columns, rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        shown.append(_help(f"The {_MOST_ROWS} most frequent of {len(rows)} types."))
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
            " Only spans with the same first and last word are compared. The last "
            "column counts spans of which nobody marked these boundaries (missed), the "
            "last row marked spans that are not there (spurious); a span that is one "
            "word too long counts in both."
        )
    text += " Look for red fields: pairs of types that the tagger cannot tell apart."
    shown = most_confused(table_, plots.MOST_TYPES)
    parts = [_help(text)]
    if len(shown.gold) < len(table_.gold):
        parts.append(_help(f"Shown are the {plots.MOST_TYPES} types with most errors."))
    parts.append(
        picture(plots.confusion_plot(table_), "Table of right and predicted types")
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
        _help(
            f"The same scores for groups of {unit}s. Look for groups far below the "
            f"others; groups of fewer than {_FEW} {unit}s say little."
        )
    ]
    for breakdown in task.breakdowns:
        parts.append(tag("h4", f"By {breakdown.name}"))
        parts.append(_help(helps[breakdown.name]))
        parts.append(_groups(breakdown, task))
    return join(parts)


def _groups(breakdown: Breakdown, task: TaskReport) -> Html:
    counts = breakdown.counts
    rows = []
    for group in breakdown.groups:
        precision, recall, f1 = counts.scores(group)
        name = group_title(group, task.known_words)
        number = f"{counts.gold[group]:,}"
        if task.scheme:
            values = [f"{100 * precision:.2f}", f"{100 * recall:.2f}", number]
            rows.append([name, bar(f1, f"{100 * f1:.2f}"), *values])
        else:
            rows.append([name, bar(recall, f"{100 * recall:.2f}"), number])
    columns = ["F1", "precision", "recall"] if task.scheme else ["accuracy"]
    return table([breakdown.name, *columns, "in the file"], rows)


def errors(task: TaskReport) -> Html:
    """Show the most frequent errors with examples."""
    if not task.errors:
        return paragraph("There are none.")
    text = (
        f"All {task.error_count:,} errors, grouped by what went wrong; the most "
        "frequent groups come first, each with the words it happens at most and with "
        "sentences from the file. Look for a pattern: a word that is labelled in two "
        "ways in the data, or a rule that the tagger has not learned."
    )
    parts = [_help(text)]
    kinds = dict.fromkeys(group.kind for group in task.errors[:_GROUPS])
    if task.scheme:
        names = [join([tag("b", kind), f": {KINDS[kind]}"]) for kind in kinds]
        parts.append(details("What the kinds mean", bullets(names)))
    parts += [_error(group) for group in task.errors[:_GROUPS]]
    return join(parts)


def _error(group: ErrorGroup) -> Html:
    words = ", ".join(f"{words} ({count})" for words, count in group.words)
    parts = [
        paragraph(
            tag("span", f"{group.count:,}", class_="count"), tag("b", describe(group))
        ),
        tag("p", f"most often at: {words}", class_="help"),
    ]
    for example in group.examples:
        lines = [
            _example(example, "right", example.gold, "gold"),
            _example(example, "predicted", example.predicted, "predicted"),
        ]
        parts.append(tag("div", *lines, class_="example"))
    return tag("div", *parts, class_="error")


def _example(example: Example, who: str, pieces: list[Piece], kind: str) -> Html:
    marked = join(
        (
            tag("u", tag("sub", piece.type), piece.words) if piece.type else piece.words
            for piece in pieces
        ),
        " ",
    )
    words = [example.before, tag("mark", marked, class_=kind), example.after]
    text = join((part for part in words if part), " ")
    return paragraph(tag("span", who, class_="who"), text)


def sureness(task: TaskReport) -> Html:
    """Show how far probabilities can be believed."""
    text = (
        "The tagger says how probable each answer is. If that can be believed, then of "
        "all answers with a probability of 80 %, 80 % are right. The plots, called "
        "reliability diagrams, check this: answers are sorted into 15 groups by "
        "probability, and a bar shows the share of a group that is right. Bars that "
        "reach the dashed line are as they should be; bars below it mean that the "
        "tagger is too sure, bars above it that it is too careful. The small plot "
        "shows how many answers each group has: a group with few says little. The "
        "calibration error (ECE) is the mean distance from the line; 0 is perfect."
    )
    parts = [_help(text)]
    if task.temperature is not None:
        parts.append(
            paragraph(
                "The probabilities were adjusted with a temperature of "
                f"{task.temperature:.4f}, fitted on the dev data: above 1 it makes "
                "them more careful, below 1 surer. The labels stay the same. The "
                "orange line shows what the bars were before."
            )
        )
    columns = ["answers", "how many", "mean probability", "right", "ECE"]
    columns += ["ECE before"] * (task.before is not None)
    rows, drawn = [], []
    for unit, found in task.calibration.items():
        before = task.before[unit] if task.before is not None else None
        values = [found.confidence, found.accuracy, found.error]
        values += [before.error] if before else []
        rows.append(
            [unit, f"{found.count:,}", *(f"{100 * value:.2f} %" for value in values)]
        )
        if found.count:
            image = picture(
                plots.reliability_plot(found, before), f"Reliability diagram of {unit}"
            )
            drawn.append(tag("div", tag("h4", unit.capitalize()), image))
    return join([*parts, table(columns, rows), tag("div", *drawn, class_="row")])


def transitions(task: TaskReport) -> Html:
    """Show what a CRF has learned about labels that follow each other."""
    if task.transitions is None:
        return Html()
    labels = task.transitions.labels
    kept = shown_labels(labels, task)
    text = (
        "This model ends in a CRF, which scores not only each word's label but also "
        "each label after another. Blue: the model likes the label of the column right "
        "behind that of the row. Red: it avoids it. The first row is the beginning of "
        "a sentence, the last column its end. Look for sense: where spans are written "
        "with B- and I-, an I- behind a label of another type should be red."
    )
    parts = [_help(text)]
    if len(kept) < len(labels):
        parts.append(_help(f"Shown are the {len(kept)} most frequent labels."))
    image = plots.transitions_plot(task.transitions, kept)
    parts.append(picture(image, "Learned transitions between labels", "wide"))
    return join(parts)


def shown_labels(labels: list[str], task: TaskReport) -> list[int]:
    """Return the labels to draw by index: those of one type side by side."""
    counts = task.counts

    def type_of(label: str) -> str:
        return label if label == "O" or not task.scheme else label[2:]

    order = sorted(
        range(len(labels)), key=lambda i: (-counts.gold[type_of(labels[i])], i)
    )[: plots.MOST_LABELS]
    return sorted(
        order, key=lambda i: (labels[i] != "O", type_of(labels[i]), labels[i])
    )


def learning(task: TaskReport) -> Html:
    """Show the scores during training."""
    if not task.curve:
        return Html()
    text = (
        "The scores after each epoch, that is after each pass over the training data. "
        "The model with the best score on the dev data is kept. Look at the end: if "
        "the curves still rise, train longer; if dev stays far above test, the test "
        "data differ from the dev data."
    )
    image = plots.curve_plot(task.curve, task.score_name)
    return join([_help(text), picture(image, "Scores after each epoch")])


SECTIONS = [
    Section("glance", "At a glance", glance),
    Section("scores", "Scores by type", scores),
    Section("confusion", "Which type is taken for which", confusions),
    Section("groups", "Where it is easy and where it is hard", by_property),
    Section("errors", "Most frequent errors", errors),
    Section("calibration", "How sure the tagger is, and how sure it can be", sureness),
    Section("transitions", "What the model learned about neighbours", transitions),
    Section("learning", "How training went", learning),
]
