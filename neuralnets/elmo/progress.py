"""The progress of computing vectors: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 10.0


class TokenProgress:
    """Shows tokens and tokens per second on standard error.

    To be given as `progress` to `BidirectionalLanguageModel.layers`:

        with TokenProgress("ELMo") as progress:
            vectors = model.layers(sentences, progress)

    Args:
        name: What to write in front.
    """

    def __init__(self, name: str):
        self._name = name
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> TokenProgress:
        self._started = self._shown = time.monotonic()
        self._bar = tqdm(
            desc=self._name,
            unit=" tokens",
            unit_scale=True,
            leave=False,
            disable=not self._terminal,
        )
        return self

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` tokens are ready."""
        if self._terminal:
            self._bar.total = total
            self._bar.update(done - self._bar.n)
            return
        now = time.monotonic()
        if now - self._shown < _SECONDS_BETWEEN_LINES and done < total:
            return
        self._shown = now
        rate = done / max(now - self._started, 1e-3)
        sys.stderr.write(
            f"{self._name}: {done:,} of {total:,} tokens, {rate:,.0f} tokens/s\n"
        )

    def __exit__(self, *_: object) -> None:
        self._bar.close()
