"""Where trainings run: as processes of this machine, or as tasks of a Ray cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Started(Protocol):
    """The process of a training, wherever it runs."""

    @property
    def lost(self) -> str:
        """Why it ended through no fault of its own: its machine died; or empty."""

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""

    def end(self) -> None:
        """Ask it to end; its finished epochs are kept."""

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it if it does not."""


class Place(Protocol):
    """What starts trainings."""

    def start(self, program: Sequence[str], log: str) -> Started:
        """Start Python with a script and its flags; what it says goes to `log`."""


class Machines(NamedTuple):
    """Where trainings run.

    Attributes:
        jobs: How many at once.
        cluster: The address of a Ray cluster; None: this machine alone.
        cpus: How many CPUs of the cluster each training gets.
    """

    jobs: int = 1
    cluster: str | None = None
    cpus: int = 1

    @contextlib.contextmanager
    def opened(self, keep_open: Sequence[int]) -> Iterator[Place]:
        """Get ready for trainings.

        Args:
            keep_open: File descriptors that processes of this machine inherit.

        Raises:
            ValueError: The cluster does not answer, or has no machine of that size.
        """
        if self.cluster is None:
            from tagger.experiments.seedruns.local import ThisMachine

            yield ThisMachine(self.jobs, keep_open)
            return
        from tagger.experiments.seedruns.cluster import Cluster
        from tagger.raycluster import connected

        with connected(self.cluster, self.cpus):
            yield Cluster(self.cpus)


HERE = Machines()  # one at a time, on this machine
