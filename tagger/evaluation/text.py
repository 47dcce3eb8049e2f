"""An evaluation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagger.evaluation.breakdown import Breakdown, group_title
from tagger.evaluation.calibration import Reliability
from tagger.evaluation.confusion import Confusion
from tagger.evaluation.errors import ErrorGroup, Piece
from tagger.evaluation.report import TaskReport
from util.corpus.checking.report import plural, printable

_GROUPS = 5
_PAIRS = 5
_LABELS = 20


def conlleval(task: TaskReport) -> str:
    """Return the scores in the layout of the conlleval script.

    Labels that write no spans get the same layout without phrases: every token counts.
    """
    counts = task.counts
    lines = []
    if task.scheme:
        phrases, found, correct = (
            sum(counter.values())
            for counter in (counts.gold, counts.predicted, counts.correct)
        )
        lines.append(
            f"processed {counts.tokens} tokens with {phrases} phrases; "
            f"found: {found} phrases; correct: {correct}."
        )
    else:
        lines.append(
            f"processed {counts.tokens} tokens; correct: {counts.right_tokens}."
        )
    if counts.tokens:
        lines.append(f"accuracy: {counts.accuracy_percentage:6.2f}%")
        if task.scheme:
            lines[-1] += f"; {_scores(counts.percentages())}"
    for type_ in task.types:
        scores = _scores(counts.percentages(type_))
        lines.append(f"{printable(type_):>17}: {scores}  {counts.predicted[type_]}")
    return "\n".join(lines) + "\n"


def _scores(percentages: tuple[float, float, float]) -> str:
    precision, recall, f1 = percentages
    return f"precision: {precision:6.2f}%; recall: {recall:6.2f}%; FB1: {f1:6.2f}"


def as_text(tasks: Iterable[TaskReport]) -> str:
    """Return all of a report that is read on a terminal."""
    return "\n".join(map(_task, tasks))


def _task(task: TaskReport) -> str:
    title = f"{task.task} ({task.label}), {plural(task.sentences, 'sentence')}"
    parts = [f"{printable(title)}\n", conlleval(task)]
    if task.unknown_labels:
        parts.append(f"{unknown_labels(task)}\n")
    parts += [_breakdown(breakdown, task) for breakdown in task.breakdowns]
    parts.append(_calibration(task))
    pairs = _pairs(task.confusion)
    if pairs and task.scheme:  # those of tokens stand among the errors
        parts.append(_table(["right", "predicted", "count"], pairs, "<<"))
    if task.errors:
        parts.append(_errors(task))
    return "\n".join(parts)


def unknown_labels(task: TaskReport) -> str:
    """Return a sentence that names the gold labels that the model lacks."""
    found = [(printable(label), n) for label, n in task.unknown_labels.items()]
    names = ", ".join(f"{label or '(empty)'} ({n})" for label, n in found[:_LABELS])
    more = f" and {len(found) - _LABELS} more" if len(found) > _LABELS else ""
    return (
        "Labels in the file that the model cannot predict, so each is an error: "
        f"{names}{more}"
    )


def _breakdown(breakdown: Breakdown, task: TaskReport) -> str:
    rows = []
    for group in breakdown.groups:
        counts = breakdown.counts
        name = group_title(group, task.known_words)
        if task.scheme:
            scores = [f"{value:.2f}" for value in counts.percentages(group)]
            rows.append([name, counts.gold[group], counts.predicted[group], *scores])
        else:
            share = counts.percentages(group)[1]
            rows.append([name, counts.gold[group], f"{share:.2f}"])
    columns = ["right", "found", "precision", "recall", "F1"]
    columns = columns if task.scheme else ["tokens", "accuracy"]
    return _table([f"by {breakdown.name}", *columns], rows, "<")


def _calibration(task: TaskReport) -> str:
    columns = ["how sure", "answers", "probability", "right", "ECE"]
    rows: list[list] = []
    for unit, found in task.calibration.items():
        rows.append([unit, found.count, *_percent(found)])
        if task.before is not None:
            rows[-1].append(f"{100 * task.before[unit].error:.2f}")
    if task.temperature is not None:
        columns.append("ECE before")
    text = _table(columns, rows, "<")
    if task.temperature is not None:
        text += f"temperature: {task.temperature:.4f}\n"
    return text


def _percent(found: Reliability) -> list[str]:
    values = (found.confidence, found.accuracy, found.error)
    return [f"{100 * value:.2f}" for value in values]


def _pairs(table: Confusion) -> list[list]:
    """Return the most frequent confusions of one type with another."""
    pairs = [
        [printable(table.gold[row]), printable(table.predicted[column]), count]
        for row, counts in enumerate(
            table.counts[: table.types, : table.types].tolist()
        )
        for column, count in enumerate(counts)
        if count and row != column
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:_PAIRS]


def _errors(task: TaskReport) -> str:
    shown = task.errors[:_GROUPS]
    lines = [f"most frequent of {plural(task.error_count, 'error')}"]
    for group in shown:
        lines.append(f"{group.count:6}  {describe(group)}: {_words(group)}")
        for example in group.examples[:1]:
            for name, pieces in (
                ("right", example.gold),
                ("predicted", example.predicted),
            ):
                words = [example.before, brackets(pieces), example.after]
                text = " ".join(part for part in words if part)
                lines.append(f"{name:>17}: {printable(text)}")
    return "\n".join(lines) + "\n"


def describe(group: ErrorGroup, arrow: str = "->") -> str:
    """Return what an error group is, such as `wrong type NP -> VP`."""
    gold, predicted = " ".join(group.gold), " ".join(group.predicted)
    if group.kind in ("wrong boundary", "split", "joined"):
        types = group.gold[0]
    else:
        types = (
            f"{gold} {arrow} {predicted}" if gold and predicted else gold or predicted
        )
    return printable(f"{group.kind} {types}")


def _words(group: ErrorGroup) -> str:
    return ", ".join(f'"{printable(words)}" {n}' for words, n in group.words[:3])


def brackets(pieces: Sequence[Piece]) -> str:
    """Return words with their types in brackets.

    >>> brackets([Piece("NP", "the dog"), Piece("", "and")])
    '[NP the dog] and'
    """
    return " ".join(
        f"[{piece.type} {piece.words}]" if piece.type else piece.words
        for piece in pieces
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence], left: str) -> str:
    """Align columns; the first ones, one for each mark in `left`, to the left."""
    cells = [[str(value) for value in row] for row in [columns, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < len(left) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines) + "\n"
