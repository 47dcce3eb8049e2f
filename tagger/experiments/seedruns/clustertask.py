"""What a machine of a cluster does for a training: the same process as anywhere."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from tagger.experiments.seedruns.local import threads_for
from util.locks import locked

_SECONDS_TO_END = 10.0
_SECONDS_FOR_ANOTHER = 60.0
_SECONDS_BETWEEN_LOOKS = 0.1
_LOCK = ".task.lock"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's <sys/prctl.h>


def train(
    program: Sequence[str], log: str, folder: str, environment: Mapping[str, str]
) -> int:
    """Run Python with a script and its flags, with the threads for the task's CPUs.

    Args:
        program: The script and its flags.
        log: Where all goes that it says.
        folder: The current one for the process.
        environment: What is changed of this machine's.

    Returns:
        The exit code.

    Raises:
        OSError: This machine does not see the folders.
        ValueError: An earlier process of this training does not end.
    """
    import ray

    cpus = int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1))
    # Ray's own choice would be a training's on a cluster alone.
    ours = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    ours.update(environment)
    ours.update(threads_for(cpus, ours))
    with _alone(os.path.dirname(log)) as lock, open(log, "ab") as file:
        now = time.strftime("%H:%M:%S")
        address = ray.util.get_node_ip_address()
        file.write(
            f"{now} on {socket.gethostname()} ({address}), {cpus} CPUs\n".encode()
        )
        file.flush()
        process = subprocess.Popen(
            [sys.executable, *program],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=ours,
            start_new_session=True,
            pass_fds=[] if lock is None else [lock],
            preexec_fn=_end_with_parent(),
        )
        try:
            while process.poll() is None:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            _end(process)
    return process.returncode


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[int | None]:
    """Wait for the process of a task that is dead, or about to be."""
    file = os.path.join(folder, _LOCK)
    last = time.monotonic() + _SECONDS_FOR_ANOTHER
    with contextlib.ExitStack() as stack:
        while True:
            try:
                lock = stack.enter_context(
                    locked(file, folder, "a training", "end its process")
                )
                break
            except ValueError:
                if time.monotonic() > last:
                    raise
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        yield lock


def _end_with_parent():
    """Return what lets a process die with the worker that starts it, on Linux."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)  # not after the fork: other threads may hold locks
    return lambda: library.prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
