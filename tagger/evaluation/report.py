"""All that an evaluation finds out about a task, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tagger.evaluation.breakdown import Breakdown, breakdowns
from tagger.evaluation.calibration import Reliability, calibration
from tagger.evaluation.comparison import Comparison, Judged
from tagger.evaluation.confusion import Confusion, confusion
from tagger.evaluation.curves import Point
from tagger.evaluation.errors import ErrorGroup, error_groups
from util import tagschemes
from util.BIOF1Validation import SpanCounts
from util.corpus import tagcolumns


class Transitions(NamedTuple):
    """The learned scores of a CRF for one label after another.

    Attributes:
        labels: `K` labels.
        scores: From the row's label to the column's, `[K, K]`.
        start, end: Of the first and of the last label of a sentence, `[K]`.
    """

    labels: list[str]
    scores: np.ndarray
    start: np.ndarray
    end: np.ndarray


@dataclass
class TaskReport:
    """What was found about one task.

    Attributes:
        task, label: Its name, and the column that it predicts.
        scheme: The tag scheme of the labels, None if they write no spans.
        sentences: How many.
        counts: Of spans, or of tokens if there is no scheme, by type.
        confusion: Which type was taken for which.
        breakdowns: Scores by kind of unit.
        errors: All errors in groups, the most frequent first.
        calibration: By `tokens`, `spans` and `sentences`.
        before: The same before the temperature was fitted, None if it was not.
        temperature: What was fitted.
        unknown_labels: Gold labels that the model cannot predict, with their counts.
        known_words: What an unknown word is: `training` if the model learned its word
            vectors, `vectors` if they come from a file.
        transitions: Of a CRF.
        curve: The scores after each epoch of training, if they are known.
        model, data: What was evaluated on what, for a reader.
    """

    task: str
    label: str
    scheme: str | None
    sentences: int
    counts: SpanCounts
    confusion: Confusion
    breakdowns: list[Breakdown]
    errors: list[ErrorGroup]
    calibration: dict[str, Reliability]
    before: dict[str, Reliability] | None = None
    temperature: float | None = None
    unknown_labels: dict[str, int] = field(default_factory=dict)
    known_words: str = "training"
    transitions: Transitions | None = None
    curve: list[Point] = field(default_factory=list)
    model: str = ""
    data: str = ""

    @property
    def accuracy(self) -> float:
        """The share of tokens with the right label."""
        return self.counts.right_tokens / max(self.counts.tokens, 1)

    @property
    def score(self) -> float:
        """What the model is chosen by: F1 of spans, or accuracy."""
        return self.counts.scores()[2] if self.scheme else self.accuracy

    @property
    def score_percentage(self) -> float:
        """The score in percent, to be shown."""
        if self.scheme:
            return self.counts.percentages()[2]
        return self.counts.accuracy_percentage

    @property
    def score_name(self) -> str:
        """The name of `score`."""
        return "F1" if self.scheme else "accuracy"

    @property
    def types(self) -> list[str]:
        """The types that occur, in conlleval's order."""
        return sorted({*self.counts.gold, *self.counts.predicted})

    @property
    def error_count(self) -> int:
        """How many errors there are in all."""
        return sum(group.count for group in self.errors)


def report_task(
    task: str,
    label: str,
    sentences: Sequence[Judged],
    known_labels: Collection[str],
    known_words: str = "training",
) -> TaskReport:
    """Find out all that tagged sentences tell.

    Args:
        task, label: The task's name, and its column; `x_BIO` and the like write spans.
        sentences: With gold labels and taggings.
        known_labels: The labels that the model can predict.
        known_words: See `TaskReport`.
    """
    scheme = tagschemes.scheme_of(label)
    predicted = (sentence.tagging.labels for sentence in sentences)
    tagcolumns.check_scored(predicted, (s.gold for s in sentences), label)
    comparison = Comparison(sentences, scheme is not None)
    labels = Counter(label for sentence in sentences for label in sentence.gold)
    known = set(known_labels)
    return TaskReport(
        task,
        label,
        scheme,
        len(sentences),
        comparison.count(),
        confusion(comparison),
        breakdowns(comparison),
        error_groups(comparison),
        calibration(comparison),
        unknown_labels={
            label: count for label, count in labels.most_common() if label not in known
        },
        known_words=known_words,
    )
