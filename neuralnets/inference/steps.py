"""Sentences laid out token by token, without padding."""

from __future__ import annotations

import numpy as np


class Steps:
    """The order of `B` sentences' `N` tokens: all first ones, all second ones, ...

    Within a step the longest sentences come first, so that those that go on stand in
    front, and a recurrence looks at nothing else.

    Args:
        lengths: Tokens of each sentence, `[B]`.

    Attributes:
        count: How many sentences reach each step, `[T]`, numbers.
        start: Where each step begins, `[T]`, numbers.
        ends: Where the last token of each sentence stands, longest first, `[B]`.
        mirrored: Where the token stands that is as far from the end as this one is
            from the beginning, `[N]`.
        order: The sentences, longest first, `[B]`.

    >>> steps = Steps(np.array([1, 3]))
    >>> steps.pack(np.array([[10, 0, 0], [20, 21, 22]])).tolist()
    [20, 10, 21, 22]
    """

    def __init__(self, lengths: np.ndarray):
        self.order = np.argsort(-lengths, kind="stable")
        ordered = lengths[self.order]
        self._shape = len(lengths), int(ordered.max(initial=0))
        time = np.arange(self._shape[1])
        reached = ordered > time[:, None]  # [T, B]
        count = reached.sum(1)
        start = np.cumsum(count) - count
        step, rank = np.nonzero(reached)
        self._place = self.order[rank], step
        self.mirrored = start[ordered[rank] - 1 - step] + rank
        self.ends = self.mirrored[: len(lengths)]
        self.count, self.start = count.tolist(), start.tolist()

    def pack(self, values: np.ndarray) -> np.ndarray:
        """Return the tokens `[N, ...]` of sentences `[B, T, ...]`, however padded."""
        return values[self._place]

    def unpack(self, values: np.ndarray) -> np.ndarray:
        """Return padded sentences, 0 in the padding: the inverse of `pack`."""
        padded = np.zeros((*self._shape, *values.shape[1:]), values.dtype)
        padded[self._place] = values
        return padded

    def places(self) -> np.ndarray:
        """Return where the token at `t * B + b` stands, `[T * B]`; -1 for padding."""
        batch, steps = self._shape
        places = np.full(batch * steps, -1)
        sentence, step = self._place
        places[step * batch + sentence] = np.arange(len(step))
        return places
