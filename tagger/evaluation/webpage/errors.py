"""The section of the page on the most frequent errors."""

from __future__ import annotations

from tagger.evaluation.errors import KINDS, ErrorGroup, Example, Piece
from tagger.evaluation.report import TaskReport
from tagger.evaluation.text import describe
from tagger.markup import (
    Html,
    bullets,
    details,
    join,
    note,
    paragraph,
    tag,
)

_GROUPS = 15


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
    parts = [note(text)]
    kinds = dict.fromkeys(group.kind for group in task.errors[:_GROUPS])
    if task.scheme:
        names = [join([tag("b", kind), f": {KINDS[kind]}"]) for kind in kinds]
        parts.append(details("What the kinds mean", bullets(names)))
    parts += [_error(group) for group in task.errors[:_GROUPS]]
    return join(parts)


def _error(group: ErrorGroup) -> Html:
    words = join(
        (join([tag("q", words), f" {count}"]) for words, count in group.words), ", "
    )
    parts = [
        paragraph(
            tag("span", f"{group.count:,}", class_="count"),
            tag("b", describe(group, "→")),
        ),
        tag("p", "most often at: ", words, class_="help"),
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
    return paragraph(tag("span", who, class_="who"), tag("span", text))
