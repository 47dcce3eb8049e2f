"""How a program begins and ends: its standard streams, and signals to end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

_state = {"is_command": False}


def mark_as_command() -> None:
    """Say that this process runs a command of the project's, and nothing else."""
    _state["is_command"] = True


def is_command() -> bool:
    """Return whether a command runs, and no program that uses the project."""
    return _state["is_command"]


# What Keras and NLTK load where it is installed, for wrappers, pictures and statistics.
_EXTRAS = ("matplotlib", "scipy", "sklearn")


@contextlib.contextmanager
def without_extras() -> Iterator[None]:
    """Keep other packages from loading what is a large part of a command's start.

    Only in the project's own commands: a program that uses the project gets all of
    Keras and NLTK. Whoever needs one of the packages afterwards imports it as ever.
    """
    hidden = [name for name in _EXTRAS if is_command() and name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # None: importing it is an ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class Terminated(KeyboardInterrupt):
    """The process was told to end, or its terminal was closed."""


# How the process was told to end, while `terminated_as_interrupted` listens.
_told: list[type[KeyboardInterrupt]] = []


def told_to_end() -> type[KeyboardInterrupt] | None:
    """Return how a command was told to end; None: it was not.

    An exception that a signal raises within TensorFlow may come out as another one.
    """
    return _told[0] if _told else None


@contextlib.contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into `Terminated`: temporary files and children then go.

    A second one ends the process at once. SIGINT stays what it is, and is remembered,
    as they are. Where a program has handlers of its own, or runs this in another thread
    than the main one, nothing is changed.
    """

    def end(which: int, _: object) -> None:
        kind = KeyboardInterrupt
        if which != signal.SIGINT:
            signal.signal(which, signal.SIG_DFL)
            kind = Terminated
        _told.append(kind)
        raise kind

    usual = {signal.SIGINT: signal.default_int_handler}
    changed = []
    if threading.current_thread() is threading.main_thread():
        names = ("SIGTERM", "SIGHUP", "SIGINT")
        signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
        usual = {which: usual.get(which, signal.SIG_DFL) for which in signals}
        changed = [s for s in signals if signal.getsignal(s) == usual[s]]
    for which in changed:
        signal.signal(which, end)
    try:
        yield
    finally:
        for which in changed:
            signal.signal(which, usual[which])
        if changed:
            _told.clear()


def open_closed_streams() -> None:
    """Give a process without standard streams (`<&-`, `>&-`) such that fail when used.

    Python has None for them, and the next file or pipe that is opened takes their
    number. What is written to a missing standard error is lost.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        handle = os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_WRONLY)
        os.set_inheritable(handle, handle == number)
        mode = "w" if number else "r"
        stream = open(handle, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)


def let_stdout_go() -> None:
    """Lose what is still to be written to standard output, which takes no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def end_with(parent: int) -> None:
    """End this process soon after its parent, however that ends.

    Args:
        parent: The number of the parent's process.
    """
    if os.name != "posix":  # elsewhere the number does not change
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
