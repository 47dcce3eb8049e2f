"""What many trainings show: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tagger.experiments.seedruns.training import Training
from util.progress import Progress

_SECONDS_BETWEEN_LINES = 60.0


class Display:
    """Shows trainings finished, what the running ones have reached, and the time left.

    Args:
        total: Number of trainings.
        finished: How many were finished before, and what each of them took.
        jobs: How many run at once.
        unit: What they are, such as seeds.
    """

    def __init__(
        self, total: int, finished: Sequence[float], jobs: int, unit: str = "seeds"
    ):
        self._unit = unit
        self._took = list(finished)
        self._total, self._ended, self._jobs = total, len(finished), jobs
        self._text = ""
        self._progress = Progress(
            unit.capitalize(),
            unit,
            total,
            _SECONDS_BETWEEN_LINES,
            initial=len(finished),
            bar_format="{desc}: {n_fmt}/{total_fmt} |{bar:20}| {elapsed}{postfix}",
            dynamic_ncols=True,
            unit_scale=False,
            leave=True,
        )

    def line(self, text: str) -> None:
        """Write a line, above the bar if there is one."""
        self._progress.line(f"{time.strftime('%H:%M:%S')} {text}")

    def ended(self, seconds: float | None) -> None:
        """Count a training that has ended; `seconds` is None for a failed one."""
        self._ended += 1
        if seconds is not None:
            self._took.append(seconds)
        self._progress.bar.update(1)

    def show(self, running: Sequence[Training]) -> None:
        """Show what the running trainings have reached."""
        states = "; ".join(training.state() for training in running)
        left = self._time_left(running)
        if self._progress.terminal:
            text = f"{left} | {states}" if left and states else states
            self._progress.bar.set_postfix_str(text)
        elif states != self._text and self._progress.due():
            self._text = states
            left = f", {left}" if left else ""
            self.line(
                f"{self._ended} of {self._total} {self._unit} ended{left}: {states}"
            )

    def _time_left(self, running: Sequence[Training]) -> str:
        """Say how long it will take; nothing before the first is finished."""
        if not self._took:
            return ""
        mean = sum(self._took) / len(self._took)
        rests = [max(mean - training.seconds, 0.0) for training in running]
        waiting = self._total - self._ended - len(running)
        work = (sum(rests) + waiting * mean) / self._jobs
        return f"about {in_words(max([work, *rests]))} left"

    def close(self) -> None:
        """End the bar."""
        self._progress.close()


def in_words(seconds: float) -> str:
    """Return a time to the minute.

    >>> in_words(42), in_words(754), in_words(7500)
    ('1 min', '13 min', '2 h 5 min')
    """
    minutes = max(round(seconds / 60), 1)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
