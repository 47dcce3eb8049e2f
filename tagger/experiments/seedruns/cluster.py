"""Trainings as tasks of a Ray cluster, whose machines see the same files."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import ray

from tagger.experiments.seedruns.local import ROOT, python_path
from tagger.raycluster import passed_on, short


class Cluster:
    """Starts trainings wherever the connected cluster has the CPUs.

    Args:
        cpus: How many each training gets.
    """

    def __init__(self, cpus: int):
        self._environment = {**passed_on(), "PYTHONPATH": python_path()}

        # A function within one goes over as it is: the other side need not find us.
        def work(root: str, *arguments):
            import sys

            if root not in sys.path:
                sys.path.insert(0, root)
            from tagger.experiments.seedruns.clustertask import train

            return train(*arguments)

        self._work = ray.remote(num_cpus=cpus, max_retries=0)(work)

    def start(self, program: Sequence[str], log: str) -> Task:
        """Start Python with a script and its flags; what it says goes to `log`."""
        what = list(program), os.path.abspath(log), os.getcwd(), self._environment
        return Task(self._work.remote(ROOT, *what), log)


class Task:
    """A training as a task.

    Attributes:
        lost: Why it ended through no fault of its own, or empty.
    """

    def __init__(self, reference: ray.ObjectRef, log: str):
        self._reference, self._log = reference, log
        self._code: int | None = None
        self.lost = ""

    def poll(self) -> int | None:
        """Return the exit code, None while it runs or waits for its CPUs."""
        if self._code is None:
            ready, _ = ray.wait([self._reference], timeout=0)
            if ready:
                self._code = self._result()
        return self._code

    def _result(self) -> int:
        try:
            return ray.get(self._reference)
        except ray.exceptions.TaskCancelledError:
            return 128 + signal.SIGTERM
        except ray.exceptions.RayTaskError as error:  # the machine lacks what it needs
            with open(self._log, "a", encoding="utf-8") as file:
                file.write(f"Error: {short(error.cause)}\n")
            return 1
        except ray.exceptions.LocalRayletDiedError:
            raise ValueError(
                "Ray has died on this machine. All finished epochs are kept; the same "
                "command goes on, with a cluster or without."
            ) from None
        except ray.exceptions.RayError as error:
            self.lost = short(error)
            return 1

    def end(self) -> None:
        """Ask it to end; its finished epochs are kept."""
        ray.cancel(self._reference)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it if it does not."""
        if not ray.wait([self._reference], timeout=seconds)[0]:
            ray.cancel(self._reference, force=True)
            ray.wait([self._reference], timeout=seconds)
