"""Span and token scores.

`SpanCounts` counts exactly what the conlleval script counts and is what this project
reports. `compute_f1` and `compute_f1_token_basis` keep the meaning that they had in
the original tool, for scripts that call them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

from util import tagschemes

Labels = Sequence[Union[int, str]]


@dataclass
class SpanCounts:
    """Spans found, spans right and spans there are, by type.

    Attributes:
        predicted, correct, gold: How many spans of each type.
        tokens, right_tokens: How many tokens, and how many of them tagged right.
    """

    predicted: Counter = field(default_factory=Counter)
    correct: Counter = field(default_factory=Counter)
    gold: Counter = field(default_factory=Counter)
    tokens: int = 0
    right_tokens: int = 0

    def add(self, predicted: Sequence[str], gold: Sequence[str]) -> None:
        """Count the tags of one sentence, in any scheme."""
        found, there = tagschemes.spans(predicted), tagschemes.spans(gold)
        self.predicted.update(span.type for span in found)
        self.gold.update(span.type for span in there)
        self.correct.update(span.type for span in set(found) & set(there))
        self.tokens += len(gold)
        self.right_tokens += sum(map(str.__eq__, predicted, gold))

    def scores(self, type_: str | None = None) -> tuple[float, float, float]:
        """Return precision, recall and F1 in [0, 1], of one type or of all."""
        return _scores(*self._totals(type_))

    def percentages(self, type_: str | None = None) -> tuple[float, float, float]:
        """Return them in percent, to be shown.

        They are computed as conlleval does it: from percentages, not times 100 in the
        end, which may round the last digit that is shown the other way.

        >>> counts = SpanCounts(Counter(NP=160), Counter(NP=23), Counter(NP=160))
        >>> f"{counts.percentages('NP')[0]:.2f} and {100 * counts.scores('NP')[0]:.2f}"
        '14.38 and 14.37'
        """
        return _scores(*self._totals(type_), 100)

    @property
    def accuracy_percentage(self) -> float:
        """The tokens that are tagged right, in percent; 0 without tokens."""
        return 100 * self.right_tokens / max(self.tokens, 1)

    def _totals(self, type_: str | None) -> tuple[int, ...]:
        """Return how many spans of a type, or of all, are right, found and there."""
        return tuple(
            sum(counts.values()) if type_ is None else counts[type_]
            for counts in (self.correct, self.predicted, self.gold)
        )


def count_spans(
    predicted: Iterable[Sequence[str]], gold: Iterable[Sequence[str]]
) -> SpanCounts:
    """Compare the tags of sentences as conlleval does (IOBES as seqeval does).

    >>> count_spans([["B-NP", "I-NP", "O"]], [["B-NP", "I-NP", "B-VP"]]).scores()
    (1.0, 0.5, 0.6666666666666666)
    """
    counts = SpanCounts()
    for predicted_tags, gold_tags in zip(predicted, gold):
        counts.add(predicted_tags, gold_tags)
    return counts


def compute_f1(
    predictions: Sequence[Labels],
    correct: Sequence[Labels],
    idx2Label: Mapping[int, str],
    correctBIOErrors: str = "No",
    encodingScheme: str = "BIO",
) -> tuple[float, float, float]:
    """Score spans by the original tool's rules; see `count_spans` for conlleval's.

    Args:
        predictions: Label indices, one sequence per sentence.
        correct: The gold label indices, likewise.
        idx2Label: The label of each index.
        correctBIOErrors: What becomes of an `I-` that opens a span: `'No'` (it is
            ignored), `'O'` (it becomes `O`) or `'B'` (it becomes `B-`).
        encodingScheme: Scheme of the labels: `'BIO'`, `'IOB'` or `'IOBES'`.

    Returns:
        Precision, recall and F1 in [0, 1].
    """
    if correctBIOErrors not in ("No", "O", "B"):
        raise ValueError(
            "`correctBIOErrors` must be 'No', 'O' or 'B'. "
            f"Received: {correctBIOErrors!r}"
        )
    if encodingScheme.upper() not in tagschemes.SCHEMES:
        raise ValueError(
            "`encodingScheme` must be 'BIO', 'IOB' or 'IOBES'. "
            f"Received: {encodingScheme!r}"
        )
    scheme = encodingScheme.upper()
    right = found = there = 0
    for predicted_row, gold_row in zip(predictions, correct):
        predicted_tags = _as_bio([idx2Label[index] for index in predicted_row], scheme)
        gold_tags = _as_bio([idx2Label[index] for index in gold_row], scheme)
        predicted_spans = _runs_from_b(_repair(predicted_tags, correctBIOErrors))
        gold_spans = _runs_from_b(gold_tags)
        right += len(predicted_spans & gold_spans)
        found += len(predicted_spans)
        there += len(gold_spans)
    return _scores(right, found, there)


def compute_f1_token_basis(
    predictions: Sequence[Labels], correct: Sequence[Labels], O_Label: int | str
) -> tuple[float, float, float]:
    """Score single tokens whose label is not `O_Label`.

    Args:
        predictions: Labels or label indices, one sequence per sentence.
        correct: The gold ones, likewise.
        O_Label: The label (index) that stands for "nothing".

    Returns:
        Precision, recall and F1 in [0, 1].
    """
    right = found = there = 0
    for predicted_row, gold_row in zip(predictions, correct):
        for predicted, gold in zip(predicted_row, gold_row):
            right += predicted == gold != O_Label
            found += predicted != O_Label
            there += gold != O_Label
    return _scores(right, found, there)


def _as_bio(tags: list[str], scheme: str) -> list[str]:
    if scheme == "IOBES":
        # Prefix by prefix: what opens no span is left for `correctBIOErrors`.
        return [{"S": "B", "E": "I"}.get(tag[:1], tag[:1]) + tag[1:] for tag in tags]
    return tags if scheme == "BIO" else tagschemes.convert(tags, "BIO")


def _repair(tags: list[str], rule: str) -> list[str]:
    """Rewrite each `I-` that continues nothing; the rule `No` leaves it."""
    if rule == "No":
        return tags
    repaired: list[str] = []
    previous = tagschemes.OUTSIDE
    for tag in tags:
        if tag.startswith("I") and not tagschemes.continues(previous, tag):
            tag = f"B{tag[1:]}" if rule == "B" else tagschemes.OUTSIDE
        repaired.append(tag)
        previous = tag
    return repaired


def _runs_from_b(tags: list[str]) -> set[tuple[int, tuple[str, ...]]]:
    """Return each `B-` with the `I-` tags of any type behind it, and where it is."""
    runs: list[tuple[int, list[str]]] = []
    open_ = False
    for position, tag in enumerate(tags):
        if tag.startswith("B"):
            runs.append((position, [tag]))
        elif open_ and tag.startswith("I"):
            runs[-1][1].append(tag)
        open_ = tag.startswith("B") or (open_ and tag.startswith("I"))
    return {(position, tuple(run)) for position, run in runs}


def _scores(
    right: int, found: int, there: int, whole: int = 1
) -> tuple[float, float, float]:
    """Return precision, recall and F1 where `whole` stands for all."""
    precision = whole * right / found if found else 0.0
    recall = whole * right / there if there else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0
