"""Processes that tag, here or on a cluster; one that dies is replaced."""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Protocol

from tagger.tagging.bulk.process import Died, Process
from tagger.tagging.bulk.tasks import Answer
from util.commandline import error_text
from util.cores import share_of_cores

logger = logging.getLogger(__name__)

_TRIES = 3  # a file that no process survives is given up


class CannotStart(ValueError):
    """No process can tag anything, such as without a model."""


class Worker(Protocol):
    """A process, wherever it runs."""

    def ask(self, question: Any) -> Answer:
        """Return the answer to a question; raise `Died` if the process has ended."""

    def end(self) -> None:
        """Ask the process to end; it removes what it has half written."""

    def wait(self) -> Any:
        """Wait until it has ended after `end`; kill it if it does not."""

    def close(self) -> None:
        """Let go of it; whoever asked it must have ended."""


@contextlib.contextmanager
def workers_for(
    arguments: argparse.Namespace, columns: Mapping[int, str] | None
) -> Iterator[Workers]:
    """Get ready to tag where the flags say.

    Args:
        arguments, columns: As for `tag_in_bulk`.

    Raises:
        ValueError: The cluster does not answer, or has no machine of that size.
    """
    setup = os.getcwd(), arguments, columns
    if arguments.cluster is None:
        start = functools.partial(Process, share_of_cores(arguments.jobs))
        with Workers(arguments.jobs, start, setup) as workers:
            yield workers
        return
    from tagger.raycluster import connected
    from tagger.tagging.bulk.clusterworker import ClusterWorker

    with contextlib.ExitStack() as stack:
        # Ray would print a page for each worker that dies.
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        most = stack.enter_context(connected(arguments.cluster, arguments.cpus))
        start = functools.partial(ClusterWorker, arguments.cpus)
        yield stack.enter_context(Workers(arguments.jobs or most, start, setup))


class Workers:
    """Some processes that load the models when the first tasks come.

    Args:
        count: How many at most.
        start: Starts one.
        setup: The first question to each.
    """

    def __init__(self, count: int, start: Callable[[], Worker], setup: Any):
        self._count, self._start, self._setup = count, start, setup
        self._begun = 0
        self._most = 2 * count  # each has its next task when it has done one
        self._threads = ThreadPoolExecutor(count)  # each waits for a process
        # A cluster may have no room for a process: no task waits for that very one.
        self._starting = ThreadPoolExecutor(count)
        self._idle: queue.SimpleQueue[Worker | CannotStart] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started: list[Worker] = []
        self._closed = False

    @property
    def most(self) -> int:
        """How many tasks keep all processes at work."""
        return self._most

    def submit(self, task: Any) -> Future:
        """Return what will be the answer to a task.

        Its exceptions: `CannotStart`; `ValueError`, if the task could not be done.
        """
        if self._begun < self._count:
            self._begun += 1
            self._starting.submit(self._begin)
        return self._threads.submit(self._do, task)

    def in_order(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """Yield the answers to tasks, of which a few are read in advance."""
        futures: deque[Future] = deque()
        try:
            for task in tasks:
                futures.append(self.submit(task))
                if len(futures) > self._most:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        finally:
            for future in futures:
                future.cancel()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
        for process in self._started:
            process.end()
        for process in self._started:
            process.wait()
        self._threads.shutdown(cancel_futures=True)
        self._starting.shutdown()
        for process in self._started:
            process.close()

    def _do(self, task: Any) -> Any:
        for _ in range(_TRIES):
            process = self._idle.get()
            if isinstance(process, CannotStart):
                self._idle.put(process)  # for all the others
                raise CannotStart(*process.args)
            try:
                answer = process.ask(task)
            except Died as error:
                why = error
                self._starting.submit(self._begin)
                continue
            self._idle.put(process)
            return _result(answer, ValueError)
        raise ValueError(f"the process that tagged it died {_TRIES} times ({why}).")

    def _begin(self) -> None:
        """Start a process; it then has nothing to do."""
        try:
            self._idle.put(self._ready())
        except CannotStart as error:
            self._idle.put(error)
        except Exception as error:  # whatever it is, somebody waits
            self._idle.put(CannotStart(error_text(error)))

    def _ready(self) -> Worker:
        for _ in range(_TRIES):
            with self._lock:
                if self._closed:
                    raise CannotStart("ended")
                process = self._start()
                self._started.append(process)
            try:
                _result(process.ask(self._setup), CannotStart)
            except Died as error:
                why = error
                continue
            return process
        raise CannotStart(f"a process that tags could not start ({why}).")


def _result(answer: Answer, failure: type[ValueError]) -> Any:
    for note in answer.notes:
        logger.warning("%s", note)
    if answer.fault is not None:
        raise failure(answer.fault)
    return answer.result
