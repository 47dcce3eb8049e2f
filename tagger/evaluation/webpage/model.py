"""Sections of the page on the model: its probabilities, transitions and training."""

from __future__ import annotations

from tagger.evaluation.report import TaskReport
from tagger.evaluation.webpage import plots
from tagger.markup import (
    Html,
    join,
    note,
    paragraph,
    picture,
    table,
    tag,
)
from util import tagschemes


def sureness(task: TaskReport) -> Html:
    """Show how far probabilities can be believed."""
    text = (
        "The tagger says how probable each answer is. If that can be believed, then of "
        "all answers with a probability of 80 %, 80 % are right. The plots, called "
        "reliability diagrams, check this: answers are sorted into 15 groups by "
        "probability, and a bar shows the share of a group that is right. Bars that "
        "reach the dashed line are as they should be; bars below it mean that the "
        "tagger is too sure, bars above it that it is too careful. The small plot "
        "shows how many answers each group has; a pale bar has fewer than "
        f"{plots.FEW_ANSWERS}, which may be chance. The calibration error (ECE) is the "
        "mean distance from the line; 0 is perfect."
    )
    parts = [note(text)]
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
        "a sentence, the last column its end; what may never be says no. Look for "
        "sense: where spans are written with B- and I-, an I- behind a label of "
        "another type should be red."
    )
    parts = [note(text)]
    if len(kept) < len(labels):
        parts.append(note(f"Shown are the {len(kept)} most frequent labels."))
    image = plots.transitions_plot(task.transitions, kept)
    parts.append(picture(image, "Learned transitions between labels", "wide"))
    return join(parts)


def shown_labels(labels: list[str], task: TaskReport) -> list[int]:
    """Return the labels to draw by index: those of one type side by side."""
    counts = task.counts

    def type_of(label: str) -> str:
        bare = label == tagschemes.OUTSIDE or not task.scheme
        return label if bare else tagschemes.split_tag(label)[1]

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
    return join([note(text), picture(image, "Scores after each epoch")])
