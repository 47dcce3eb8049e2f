"""A process that tags on some machine of a Ray cluster: the same as anywhere."""

from __future__ import annotations

from typing import Any

import ray

from tagger.raycluster import passed_on, short
from tagger.tagging.bulk.process import ROOT, Died
from tagger.tagging.bulk.tasks import Answer
from util.cores import own_cores

_SECONDS_TO_END = 5.0


class ClusterWorker:
    """An actor with a process of its own, which dies with it.

    So nothing that Ray has loaded or set changes how it computes. It starts when a
    machine has the CPUs.

    Args:
        cpus: How many it gets.
    """

    def __init__(self, cpus: int):
        environment = {**passed_on(), **own_cores(cpus)}
        self._actor = _actor(cpus).remote(str(ROOT), environment)
        self._runs = False
        self._ended: ray.ObjectRef | None = None

    def ask(self, question: Any) -> Answer:
        """Return the answer to a question.

        Raises:
            Died: The process, the actor or the machine has ended.
        """
        try:
            answer = ray.get(self._actor.ask.remote(question))
        except ray.exceptions.RayError as error:
            self.close()
            # Ray begins with its own names for things, and ends with what happened.
            *_, last = str(getattr(error, "cause", error)).strip().split("\n")
            raise Died(short(last)) from None
        self._runs = True
        return answer

    def end(self) -> None:
        """Ask the process to end; it removes what it has half written."""
        if self._runs:
            self._ended = self._actor.end.remote()
        else:  # it may still wait for a machine
            self.close()

    def wait(self) -> None:
        """Wait until it has ended after `end`; kill it if it does not."""
        if self._ended is not None:
            ray.wait([self._ended], timeout=_SECONDS_TO_END)
        self.close()

    def close(self) -> None:
        """End the actor; its machine's CPUs are free then."""
        ray.kill(self._actor)


def _actor(cpus: int) -> Any:
    # A class within a function goes over as it is: the other side need not find us.
    class Actor:
        def __init__(self, root: str, environment: dict[str, str]):
            import sys

            if root not in sys.path:
                sys.path.insert(0, root)
            from tagger.tagging.bulk.process import Process

            self._process = Process(environment)

        def ask(self, question: Any) -> Any:
            return self._process.ask(question)

        def end(self) -> None:
            self._process.end()
            self._process.wait()

    # One thread asks while another one may end it.
    return ray.remote(num_cpus=cpus, max_concurrency=2)(Actor)
