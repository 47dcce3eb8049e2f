"""The way to a Ray cluster, whose machines see the same files."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator

import ray

# What of this process's environment the work gets, besides its machine's.
_PASSED = ("TAGGER_", "TF_", "OMP_", "PYTHONHASHSEED")
_SECONDS = 10.0  # for a machine to answer
_LONGEST = 200  # characters of why something failed


@contextlib.contextmanager
def connected(address: str, cpus: int) -> Iterator[int]:
    """Connect this process to a cluster; what it started there ends with it.

    Args:
        address: Of the cluster, as Ray takes it: `HOST:PORT`, or `auto`.
        cpus: How many CPUs each piece of work gets.

    Yields:
        How many pieces the whole cluster has the CPUs for.

    Raises:
        ValueError: The cluster does not answer, or has no machine of that size.
    """
    before = signal.getsignal(signal.SIGTERM)
    _reach(address)
    try:
        with warnings.catch_warnings():  # of what later versions of Ray do
            warnings.simplefilter("ignore", FutureWarning)
            ray.init(address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise ValueError(f"--cluster {address}: {short(error)}") from None
    finally:
        # Ray would end the process where we end the work first.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
    try:
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        sizes = [int(resources.get("CPU", 0)) for resources in machines]
        most = max(sizes, default=0)
        if most < cpus:
            raise ValueError(
                f"--cpus {cpus}: the largest machine of the cluster has {most}."
            )
        yield sum(size // cpus for size in sizes)
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Raise `ValueError` if nothing is there: Ray itself would try for minutes."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ValueError(
            f"--cluster {address}: no Ray cluster answers there ({short(error)}). "
            "`ray start --head` has said the address."
        ) from None


def passed_on() -> dict[str, str]:
    """Return what of this process's environment the work gets."""
    return {k: v for k, v in os.environ.items() if k.startswith(_PASSED)}


def short(error: BaseException | str | None) -> str:
    """Return what an error says, in one line of some length."""
    return " ".join(str(error).split())[:_LONGEST]
