"""Which sentences are computed together, and how far that has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

# Called with the tokens done and the tokens in all.
Progress = Callable[[int, int], None]

# More sentences at a time gain no speed but take memory.
_MOST_SENTENCES = 256


def plan(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Yield the numbers of the sentences of each batch, longest sentences first.

    >>> list(plan([3, 9, 4, 3], 8))
    [[1], [2, 0], [3]]
    """
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    while order:
        count = max(1, min(_MOST_SENTENCES, batch_tokens // lengths[order[0]]))
        yield order[:count]
        order = order[count:]


def reversal(lengths: np.ndarray) -> np.ndarray:
    """Return where each token of the reversed sentences comes from, `[T, B]`."""
    steps = np.arange(lengths.max())[:, None]
    return np.where(steps < lengths, lengths - 1 - steps, steps)


def check(sentences: Sequence[Sequence[str]]) -> None:
    """Raise a `ValueError` unless these are lists of words."""
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str) or not all(isinstance(w, str) for w in sentence):
            raise ValueError(
                "`sentences` must be lists of words, each a string. "
                f"Received as number {number}: {sentence!r}"
            )


class Advance:
    """Counts what was read, markers included, and reports it as tokens.

    Args:
        tokens: All tokens.
        framed: The same with the markers.
        report: Whom to tell.
    """

    def __init__(self, tokens: int, framed: int, report: Progress | None):
        self._tokens, self._framed, self._report = tokens, framed, report
        self._read = 0.0

    def __call__(self, read: float) -> None:
        """Count tokens that went through a share of the network."""
        self._read += read
        if self._report:
            share = min(1.0, self._read / self._framed)
            self._report(round(share * self._tokens), self._tokens)
