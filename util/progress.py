"""How far a long work has come: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

_SECONDS_BETWEEN_NOTES = 0.5  # on a terminal


class Progress:
    """Shows what is done of how much, and how fast, on standard error.

        with Progress("ELMo", "tokens") as progress:
            progress(500, 2000)

    Args:
        name: What to write in front.
        unit: What is counted.
        total: How much there is, if that is known already.
        seconds: Least time between two plain lines.
        last: Whether the end gets a plain line, however soon it comes.
        silent: Show nothing.
        **look: More for `tqdm`.

    Attributes:
        terminal: Whether there is a bar.
        bar: The bar, which does nothing where there is no terminal.
    """

    def __init__(
        self,
        name: str,
        unit: str,
        total: int | None = None,
        seconds: float = 10.0,
        last: bool = False,
        silent: bool = False,
        **look: Any,
    ):
        self._silent = silent
        self.terminal = not silent and sys.stderr.isatty()
        self._name, self._unit, self._last = name, unit, last
        self._wait = _SECONDS_BETWEEN_NOTES if self.terminal else seconds
        self._started = self._shown = time.monotonic()
        look = {"unit": f" {unit}", "unit_scale": True, "leave": False, **look}
        self.bar = tqdm(desc=name, total=total, disable=not self.terminal, **look)
        self._before = self._done = self.bar.n

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the bar."""
        self.bar.close()

    def __call__(
        self,
        done: int,
        total: int | None = None,
        note: Callable[[], str] = lambda: "",
    ) -> None:
        """Show that `done` of `total` is ready.

        Args:
            done: How much.
            total: Of how much; None leaves what was said before.
            note: Returns what else to show; called only when it is time to show it.
        """
        self.bar.total = total or self.bar.total
        self.bar.update(done - self._done)
        self._done = done
        if self._silent:
            return
        if not self.due() and not (self._last and done == total):
            return
        if self.terminal:
            self.bar.set_postfix_str(note())
            return
        rate = (done - self._before) / max(time.monotonic() - self._started, 1e-3)
        of = f" of {self.bar.total:,}" if self.bar.total else ""
        facts = [f"{done:,}{of} {self._unit}", note(), f"{rate:,.0f} {self._unit}/s"]
        self.line(f"{self._name}: {', '.join(filter(None, facts))}")

    def due(self) -> bool:
        """Tell whether it is time for a note or line; if so, the time starts anew."""
        now = time.monotonic()
        if now - self._shown < self._wait:
            return False
        self._shown = now
        return True

    @staticmethod
    def line(text: str) -> None:
        """Write a line, above the bar if there is one."""
        tqdm.write(text, file=sys.stderr)
