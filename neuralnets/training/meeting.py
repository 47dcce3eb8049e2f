"""Who the workers of a training are, and how they wait for each other.

TensorFlow, too, waits for all of them, but deaf to Ctrl-C and for ever.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Callable, NamedTuple

TF_CONFIG = "TF_CONFIG"
_ROLES = ("chief", "worker")  # in this order they are counted
_LONGEST_WAIT = 600.0  # seconds; somebody may start them by hand
_BETWEEN_LOOKS = 0.2
_GO = b"\n"


class WorkerLost(ConnectionError):
    """Another worker has ended, or does not answer."""


class Place(NamedTuple):
    """A worker's place among all.

    Attributes:
        rank: Its number, from 0.
        tasks: Of each worker its role, and its number in the role.
        addresses: HOST:PORT of each worker.
    """

    rank: int
    tasks: list[tuple[str, int]]
    addresses: list[str]

    @classmethod
    def of(cls, text: str) -> Place:
        """Return the place that the value of TF_CONFIG gives.

        Raises:
            ValueError: It gives none.
        """
        try:
            config = json.loads(text)
            cluster, task = config["cluster"], config["task"]
            found = {
                (role, number): str(address)
                for role in _ROLES
                for number, address in enumerate(cluster.get(role, ()))
            }
            rank = list(found).index((task["type"], int(task["index"])))
            for address in found.values():
                _host_and_port(address)
        except (ValueError, LookupError, TypeError, AttributeError):
            example = {"worker": ["host1:4000", "host2:4000"]}
            example = {"cluster": example, "task": {"type": "worker", "index": 0}}
            raise ValueError(
                f"{TF_CONFIG} must list the workers and say which of them this is, "
                f"such as {json.dumps(example)}. Received: {text[:200]}"
            ) from None
        return cls(rank, list(found), list(found.values()))

    def name(self, rank: int) -> str:
        """Return what a message calls a worker."""
        return f"worker {rank + 1} of {len(self.tasks)}, at {self.addresses[rank]}"


def meet(
    place: Place, why_lost: Callable[[bool], str | None], seconds: float = _LONGEST_WAIT
) -> None:
    """Wait until all workers are there; the first one listens at its address.

    Args:
        place: Which of them this is.
        why_lost: Tells which worker will not come; see `Workers`.
        seconds: How long to wait.

    Raises:
        WorkerLost: One does not come.
        OSError: This worker's own port is taken.
    """
    last = time.monotonic() + seconds

    def missing() -> Iterator[None]:
        """Yield until it is too late."""
        while time.monotonic() < last:
            known = why_lost(False)
            if known:
                raise WorkerLost(f"Lost {known}.")
            yield

    own = "", _host_and_port(place.addresses[place.rank])[1]
    with contextlib.ExitStack() as opened:
        try:
            server = opened.enter_context(socket.create_server(own))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"port {own[1]}") from None
        if place.rank:
            server.close()  # it was to see that the port is free
            _wait_for_first(place, missing())
            return
        server.settimeout(_BETWEEN_LOOKS)
        come: dict[int, socket.socket] = {}
        for _ in missing():
            if len(come) == len(place.tasks) - 1:
                break
            with contextlib.suppress(OSError, ValueError):
                guest = opened.enter_context(server.accept()[0])
                guest.settimeout(1)
                come[_greeted(guest, place)] = guest
        absent = [n for n in range(1, len(place.tasks)) if n not in come]
        if absent:
            raise WorkerLost(f"Waited in vain for {place.name(absent[0])}.")
        for guest in come.values():
            guest.sendall(_GO)


def _greeting(place: Place, rank: int) -> bytes:
    return json.dumps([rank, place.addresses]).encode() + b"\n"


def _greeted(guest: socket.socket, place: Place) -> int:
    """Return the rank of a worker that has come; `ValueError`: it is something else."""
    line = guest.makefile("rb").readline(1 << 20)
    greetings = [_greeting(place, rank) for rank in range(1, len(place.tasks))]
    return 1 + greetings.index(line)


def _wait_for_first(place: Place, missing: Iterator[None]) -> None:
    """Greet the first worker until it says that all are there."""
    first = _host_and_port(place.addresses[0])
    for _ in missing:
        with contextlib.suppress(OSError):
            with socket.create_connection(first, 5) as host:
                host.sendall(_greeting(place, place.rank))
                host.settimeout(_BETWEEN_LOOKS)
                for _ in missing:
                    with contextlib.suppress(TimeoutError, socket.timeout):
                        if host.recv(1) == _GO:
                            return
                        break
        time.sleep(_BETWEEN_LOOKS)
    raise WorkerLost(f"Waited in vain for {place.name(0)}, and for all others.")


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
