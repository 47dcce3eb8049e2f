"""What the writers get: sentences with their tags, one window at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from util import tagschemes
from util.output.confidence import ConfidentSpan, Tagging

if TYPE_CHECKING:
    from util.output.offsets import Place
    from util.output.streams import PlacedLine


class Request(NamedTuple):
    """What is asked of the tagger besides the labels.

    Attributes:
        confidence: The probability of each label, span and sequence.
        nbest: How many of the likeliest sequences; 0: only the best.
    """

    confidence: bool = False
    nbest: int = 0


class Window(NamedTuple):
    """Some sentences with their tags.

    Attributes:
        sentences: The tokens of each sentence, as the tagger reads them.
        labels: By task, the labels of each sentence.
        taggings: By task, how sure the tagger is; None unless asked for.
        places: Where the sentences stand; None where the format does not say it.
        lines: The lines of a column file and the tokens on them; None for raw text.
    """

    sentences: Sequence[Sequence[str]]
    labels: Mapping[str, Sequence[Sequence[str]]]
    taggings: Mapping[str, Sequence[Tagging]] | None = None
    places: Sequence[Place] | None = None
    lines: Sequence[PlacedLine] | None = None

    def spans(self, task: str, number: int) -> list[ConfidentSpan]:
        """Return the spans of a sentence, their probability NaN where unknown."""
        if self.taggings is not None:
            return self.taggings[task][number].spans
        return plain_spans(self.labels[task][number])


class Writer(Protocol):
    """Writes windows in one format."""

    def begin(self) -> None:
        """Write what stands before the first sentence."""

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""

    def end(self) -> None:
        """Write what stands behind the last sentence."""


def plain_spans(labels: Sequence[str]) -> list[ConfidentSpan]:
    """Return the spans that labels write, their probability NaN."""
    return [ConfidentSpan(*span, float("nan")) for span in tagschemes.spans(labels)]


def sequence_number(probability: float) -> str:
    """Return the probability of a sequence, which may be tiny, in four digits.

    >>> sequence_number(0.91234), sequence_number(0.000000123456)
    ('0.9123', '1.235e-07')
    """
    return f"{probability:.4g}"


def ask(
    model: Any,
    rows: Sequence[Mapping[str, list]],
    request: Request,
    pinned: Mapping[str, Sequence] | None = None,
) -> tuple[dict[str, list[list[str]]], dict[str, list[Tagging]] | None]:
    """Tag sentences.

    Args:
        model: A `BiLSTM`.
        rows: The sentences, from `createMatrices`.
        request: What is asked for. Probabilities are computed only if they are.
        pinned: By task, labels that are given.

    Returns:
        By task, the labels of each sentence; and how sure the model is, or None.
    """
    given = {"pinned": pinned} if pinned else {}
    if not (request.confidence or request.nbest):
        return model.tagSentences(rows, **given), None
    taggings = model.tagWithConfidence(rows, nbest=request.nbest, **given)
    labels = {
        task: [tagging.labels for tagging in found] for task, found in taggings.items()
    }
    return labels, taggings
