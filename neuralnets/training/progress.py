"""The progress of an epoch: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

from neuralnets.framework import tf

_SECONDS_BETWEEN_LINES = 30.0
_SECONDS_BETWEEN_LOSSES = 0.5


class EpochProgress:
    """Shows tokens, loss and tokens per second on standard error.

    Args:
        epoch: Number of the epoch, from 1.
        tokens: Training tokens of the epoch.
    """

    def __init__(self, epoch: int, tokens: int):
        self._name = f"Epoch {epoch}"
        self._total = tokens
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> EpochProgress:
        self._started = self._shown = time.monotonic()
        self._done = 0
        self._bar = tqdm(
            desc=self._name,
            total=self._total,
            unit=" tokens",
            unit_scale=True,
            leave=False,
            disable=not self._terminal,
        )
        return self

    def advance(self, tokens: int, loss: tf.Tensor) -> None:
        """Count a mini-batch's tokens; show its loss now and then."""
        self._done += tokens
        self._bar.update(tokens)
        now = time.monotonic()
        wait = _SECONDS_BETWEEN_LOSSES if self._terminal else _SECONDS_BETWEEN_LINES
        if now - self._shown < wait:
            return
        self._shown = now
        if self._terminal:
            self._bar.set_postfix(loss=f"{float(loss):.3f}")
        else:
            rate = self._done / (now - self._started)
            share = 100 * self._done / max(self._total, 1)
            sys.stderr.write(
                f"{self._name}: {share:.0f} %, loss {float(loss):.3f}, "
                f"{rate:,.0f} tokens/s\n"
            )

    def __exit__(self, *_: object) -> None:
        self._bar.close()
