"""What a tagger says of a sentence and how sure it is: plain values for any output."""

from __future__ import annotations

from typing import NamedTuple


class ConfidentSpan(NamedTuple):
    """Tokens `start` to `end` (exclusive) that form one unit of `type`.

    `probability` is that of all label sequences with exactly this span.
    """

    type: str
    start: int
    end: int
    probability: float


class Alternative(NamedTuple):
    """One of the likeliest label sequences of a sentence."""

    labels: list[str]
    probability: float


class Tagging(NamedTuple):
    """The labels of a sentence with their probabilities.

    Attributes:
        labels: The best label sequence, as `tagSentences` returns it.
        token_probabilities: Of each of these labels, at its token (the marginal).
        spans: The spans of the labels; none where the labels write no spans.
        probability: That of the whole label sequence.
        alternatives: The n best label sequences, best first; none unless asked for.
    """

    labels: list[str]
    token_probabilities: list[float]
    spans: list[ConfidentSpan]
    probability: float
    alternatives: list[Alternative]
