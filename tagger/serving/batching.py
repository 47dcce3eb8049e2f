"""Requests that wait are tagged together, in a thread that does nothing else."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Any, NamedTuple

from neuralnets.tagging.pins import PinError
from util.output.window import Request, ask

logger = logging.getLogger(__name__)

# Tokens of a turn: two batches of the network, which runs two at once.
TURN = 4096
_SHARE = 4  # the oldest request gets this part of a turn at least


class Found(NamedTuple):
    """What a model says of sentences, by task.

    Attributes:
        labels, taggings: See `util.output.window.Window`.
        marginals: Each label's probability at each token, `[T, K]`; None unless asked.
    """

    labels: dict[str, list]
    taggings: dict[str, list] | None
    marginals: dict[str, list] | None


class Job:
    """Sentences of one request.

    Args:
        model: What tags them.
        rows: What `model.rows` made of them.
        request: What is asked of the model.
        marginals: Ask for each label's probability, too.
        pinned: By task, the pins of each sentence; None: there are none.
    """

    def __init__(
        self,
        model: Any,
        rows: Sequence,
        request: Request,
        marginals: bool,
        pinned: Mapping[str, Sequence] | None = None,
    ):
        self.key = id(model), request, marginals, tuple(pinned or ())
        self.model, self.request, self.marginals = model, request, marginals
        self.pinned = pinned
        self.future: Future[Found] = Future()
        self._rows = rows
        self._sizes = [max(len(row["raw_tokens"]), 1) for row in rows]
        self._parts: list[Found] = []
        self._next = 0
        self.left = sum(self._sizes)

    def take(self, room: int) -> range:
        """Return the numbers of the next rows that have room, at least one."""
        first = self._next
        while self._next < len(self._rows):
            size = self._sizes[self._next]
            if size > room and self._next > first:
                break
            self._next += 1
            self.left -= size
            room -= size
        return range(first, self._next)

    def rows(self, taken: range) -> Sequence:
        """Return the rows of some numbers."""
        return self._rows[taken.start : taken.stop]

    def add(self, part: Found) -> None:
        """Take what was found of the rows that were taken last; be done at the end."""
        self._parts.append(part)
        if self._next == len(self._rows):
            with contextlib.suppress(InvalidStateError):  # nobody waits any more
                self.future.set_result(_joined(self._parts))

    def fail(self, error: Exception) -> None:
        """End without an answer."""
        self._next = len(self._rows)
        with contextlib.suppress(InvalidStateError):
            self.future.set_exception(error)


class Batcher:
    """Tags jobs in turns, in a thread of its own.

    The oldest job says with which model and what is asked; others that ask the same
    go along, short ones first, so that nobody waits for somebody's long text.

    Args:
        counted: Called with the number of jobs and of sentences of each turn.
    """

    def __init__(self, counted: Any = lambda jobs, sentences: None):
        self._counted = counted
        self._given: list[Job] = []
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[Found]:
        """Let a job wait for its turn, which comes after `begin`."""
        with self._changed:
            self._given.append(job)
        return job.future

    def begin(self) -> None:
        """Let those who were submitted have their turn, all together.

        Who calls it when all requests that have arrived are read gets full turns; a
        thread that took the first of them at once would only be in the others' way.
        """
        with self._changed:
            if self._given:
                self._waiting.extend(self._given)
                self._given.clear()
                self._changed.notify()

    def close(self) -> None:
        """Tag what waits, and end."""
        self.begin()
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._ended:
                    self._changed.wait()
                if not self._waiting:
                    return
                turn = self._turn()
            if turn:
                self._tag(turn)
                del turn  # a model that was replaced can go

    def _turn(self) -> list[tuple[Job, range]]:
        """Return jobs and the numbers of the rows of each whose turn it is."""
        jobs = [job for job in self._waiting if not job.future.done()]
        self._waiting.clear()
        if not jobs:
            return []
        oldest = jobs[0]
        before = oldest.left
        turn = [(oldest, oldest.take(TURN // _SHARE))]
        room = TURN - (before - oldest.left)
        others = [job for job in jobs[1:] if job.key == oldest.key]
        for job in sorted(others, key=lambda job: job.left):
            if room <= 0:
                break
            before = job.left
            turn.append((job, job.take(room)))
            room -= before - job.left
        if room > 0 and oldest.left:
            turn[0] = oldest, range(turn[0][1].start, oldest.take(room).stop)
        late = [job for job, _ in turn if job.left]
        taken = {id(job) for job, _ in turn}
        self._waiting.extend(job for job in jobs if id(job) not in taken)
        self._waiting.extend(late)
        return turn

    def _tag(self, turn: list[tuple[Job, range]]) -> None:
        job = turn[0][0]
        rows = [row for one, some in turn for row in one.rows(some)]
        pinned = {
            task: [
                pins
                for one, some in turn
                for pins in one.pinned[task][some.start : some.stop]
            ]
            for task in job.pinned or ()
        }
        try:
            found = tag(job.model, rows, job.request, job.marginals, pinned)
        except Exception as error:
            if len(turn) == 1:
                if not isinstance(error, PinError):
                    logger.error("A request could not be tagged", exc_info=error)
                job.fail(error)
                return
            for alone in turn:  # whoever is at fault shall fail alone
                self._tag([alone])
            return
        self._counted(len(turn), len(rows))
        first = 0
        for job, some in turn:
            job.add(_slice(found, first, first + len(some)))
            first += len(some)


def tag(
    model: Any,
    rows: Sequence,
    request: Request,
    marginals: bool,
    pinned: Mapping[str, Sequence] | None = None,
) -> Found:
    """Ask a model about rows, some of whose labels may be pinned, by task."""
    labels, taggings = ask(model, rows, request, pinned)
    given = {"pinned": pinned} if pinned else {}
    probabilities = model.labelProbabilities(rows, **given) if marginals else None
    return Found(labels, taggings, probabilities)


def _slice(found: Found, first: int, end: int) -> Found:
    def cut(by_task: Mapping[str, list] | None) -> dict[str, list] | None:
        return by_task and {task: all_[first:end] for task, all_ in by_task.items()}

    return Found(*map(cut, found))


def _joined(parts: Sequence[Found]) -> Found:
    if len(parts) == 1:
        return parts[0]

    def join(these: Sequence[dict[str, list] | None]) -> dict[str, list] | None:
        if these[0] is None:
            return None
        return {task: [x for part in these for x in part[task]] for task in these[0]}

    return Found(*(join(these) for these in zip(*parts)))
