"""Several processes that answer at one address, and what looks after them."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from tagger.serving.counting import SHARED
from tagger.serving.server import listen
from tagger.serving.settings import Settings
from util.cores import share_of_cores

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_MODULE = "tagger.serving.one_of_several"  # run as a program it is `__main__`
_LOOK = 0.2  # seconds between two looks at the processes
_PAUSE = 1.0  # seconds before another one takes the place of one that ended


def serve_several(settings: Settings) -> None:
    """Answer until a signal ends it; what is being worked on then is finished.

    Each process has a socket of its own at the same address, among which the system
    shares out the connections. The sockets stay open here: who calls while a process
    is replaced waits for the next one.

    Raises:
        ValueError: The address cannot be used, or the system cannot share one.
        SystemExit: A process could not begin; it has said why.
    """
    with contextlib.ExitStack() as opened:
        sockets = _sockets(settings)
        for one in sockets:
            opened.enter_context(one)
        counts = opened.enter_context(tempfile.TemporaryDirectory(prefix="tagger-"))
        several = _Several(settings, sockets, counts)
        opened.callback(several.end)
        with _handed_on(several):
            sys.stderr.write(several.begin())
            several.look_after()


def _sockets(settings: Settings) -> list[socket.socket]:
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError(
            "--processes: this system does not share an address among processes; "
            "leave it out, or start several services."
        )
    with listen(settings.host, settings.port) as first:  # nobody else has it
        port = first.getsockname()[1]
    return [listen(settings.host, port, shared=True) for _ in range(settings.processes)]


@contextlib.contextmanager
def _handed_on(several: _Several):
    """Hand SIGHUP on to the processes while it lasts."""
    before = signal.signal(signal.SIGHUP, lambda *_: several.signal(signal.SIGHUP))
    try:
        yield
    except KeyboardInterrupt:  # it was told to end
        pass
    finally:
        signal.signal(signal.SIGHUP, before)


class _Several:
    """The processes.

    Args:
        settings: How each is run.
        sockets: That of each.
        counts: The folder in which they count together.
    """

    def __init__(
        self, settings: Settings, sockets: Sequence[socket.socket], counts: str
    ):
        self._settings, self._sockets, self._counts = settings, sockets, counts
        self._environment = {**share_of_cores(len(sockets)), SHARED: counts}
        self._processes: list[subprocess.Popen] = []

    def begin(self) -> str:
        """Start all, and return the line of the first one that is ready.

        Raises:
            SystemExit: One could not begin.
        """
        line = b""
        for number, one in enumerate(self._sockets):
            self._processes.append(self._start(one))
            if number == 0:  # what is wrong with a model is said once
                line = self._ready(self._processes[0])
        for process in self._processes[1:]:
            self._ready(process)
        return line.decode()

    def look_after(self) -> None:
        """Replace those that end, until an exception ends it."""
        while True:
            time.sleep(_LOOK)
            for number, process in enumerate(self._processes):
                if process.poll() is None:
                    continue
                logger.warning(
                    "Process %d ended (exit code %d); another takes its place.",
                    number + 1,
                    process.returncode,
                )
                self._close(process)
                time.sleep(_PAUSE)
                self._processes[number] = self._start(self._sockets[number])

    def signal(self, which: int) -> None:
        """Send a signal to all."""
        for process in self._processes:
            process.send_signal(which)

    def end(self) -> None:
        """Let all finish what they are at, and take no more."""
        for one in self._sockets:
            one.close()
        self.signal(signal.SIGTERM)
        for process in self._processes:
            process.wait()
            self._close(process)

    def _start(self, one: socket.socket) -> subprocess.Popen:
        # A session of its own: Ctrl-C in a terminal reaches this process alone.
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(os.getpid()), str(one.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**os.environ, **self._environment},
            pass_fds=[one.fileno()],
            start_new_session=True,
        )
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pickle.dump((os.getcwd(), self._settings), pipe)
        return process

    def _ready(self, process: subprocess.Popen) -> bytes:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(process.wait() or 1)
        return line

    def _close(self, process: subprocess.Popen) -> None:
        process.stdout.close()
        mark_process_dead(process.pid, self._counts)
