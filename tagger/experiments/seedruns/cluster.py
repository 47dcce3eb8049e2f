"""Trainings as tasks of a Ray cluster, whose machines see the same files."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence

import ray

from tagger.experiments.seedruns.local import ROOT, python_path

# What of this process's environment a training gets, besides its machine's.
_PASSED = ("TAGGER_", "TF_", "OMP_", "PYTHONHASHSEED")
_LONGEST = 200  # characters of why something failed


class Cluster:
    """Starts trainings wherever a cluster has the CPUs. Use it as a context manager.

    Args:
        address: Of the cluster, as Ray takes it: `HOST:PORT`, or `auto`.
        cpus: How many CPUs each training gets.
    """

    def __init__(self, address: str, cpus: int):
        self._address, self._cpus = address, cpus
        found = {k: v for k, v in os.environ.items() if k.startswith(_PASSED)}
        self._environment = {**found, "PYTHONPATH": python_path()}

    def __enter__(self) -> Cluster:
        before = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(self._address, log_to_driver=False, logging_level="ERROR")
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise ValueError(f"--cluster {self._address}: {_short(error)}") from None
        finally:
            # Ray would end the process where we end the trainings first.
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, before)
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        most = int(max((sizes.get("CPU", 0) for sizes in machines), default=0))
        if most < self._cpus:
            ray.shutdown()
            raise ValueError(
                f"--cpus {self._cpus}: the largest machine of the cluster has {most}."
            )

        # A function within one goes over as it is: the other side need not find us.
        def work(root: str, *arguments):
            import sys

            if root not in sys.path:
                sys.path.insert(0, root)
            from tagger.experiments.seedruns.clustertask import train

            return train(*arguments)

        self._work = ray.remote(num_cpus=self._cpus, max_retries=0)(work)
        return self

    def __exit__(self, *_: object) -> None:
        ray.shutdown()

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
                file.write(f"Error: {_short(error.cause)}\n")
            return 1
        except ray.exceptions.LocalRayletDiedError:
            raise ValueError(
                "Ray has died on this machine. All finished epochs are kept; the same "
                "command goes on, with a cluster or without."
            ) from None
        except ray.exceptions.RayError as error:
            self.lost = _short(error)
            return 1

    def end(self) -> None:
        """Ask it to end; its finished epochs are kept."""
        ray.cancel(self._reference)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it if it does not."""
        if not ray.wait([self._reference], timeout=seconds)[0]:
            ray.cancel(self._reference, force=True)
            ray.wait([self._reference], timeout=seconds)


def _short(error: BaseException | None) -> str:
    return " ".join(str(error).split())[:_LONGEST]
