"""What commands and scripts share: their parser, logging, errors in one line."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
from typing import Any, Callable

from util.cores import tell_numpy
from util.process import (
    Terminated,
    let_stdout_go,
    mark_as_command,
    open_closed_streams,
    terminated_as_interrupted,
    told_to_end,
)

_TOO_NEW = (3, 14)


def verb_parser(description: str | None, verb: str, **options: Any):
    """Return the parser of a verb of `python -m tagger`.

    Args:
        description: What `--help` shows first: what it does, and examples.
        verb: Its name.
        options: Further arguments of `ArgumentParser`.
    """
    return argparse.ArgumentParser(
        prog=f"tagger {verb}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )


def run(main: Callable[[], None], verbose: bool = True) -> None:
    """Run a script's main function; end errors in one line and a non-zero exit.

    Only help that has lines of its own keeps them, such as that on missing data.

    Args:
        main: The function.
        verbose: Show progress messages, and not only warnings, on standard error.
    """
    mark_as_command()
    tell_numpy()
    open_closed_streams()
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(message)s" if verbose else "%(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    # It advises programmers, for example on how often a function was traced.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with terminated_as_interrupted():
        code = _exit_code(main)
        flushed = _exit_code(_flush)
    if code or flushed:
        sys.exit(code or flushed)


def _exit_code(main: Callable[[], None]) -> int | str | None:
    """Run a function; say what went wrong in one line, and return the exit code."""
    try:
        try:
            main()
        except Exception:
            if told_to_end():  # whatever became of that
                return _ended(told_to_end())
            raise
    except SystemExit as ending:
        return ending.code
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough.
        let_stdout_go()
    except KeyboardInterrupt as ending:
        return _ended(type(ending))
    except ModuleNotFoundError as error:
        if error.name in (None, "util", "neuralnets", "tagger"):
            raise
        sys.stderr.write(f"Error: {_not_installed(error)}\n")
        return 1
    except (ValueError, OSError) as error:
        text = error_text(error)
        if not _has_current_folder():
            text = f"the current folder was deleted; change to another one. ({text})"
        sys.stderr.write(f"Error: {text}\n")
        return 1
    return 0


def _ended(told: type[KeyboardInterrupt]) -> int:
    """Say that it was told to end, and return the exit code."""
    sys.stderr.write("Terminated.\n" if told is Terminated else "Interrupted.\n")
    return 130


def error_text(error: ValueError | OSError) -> str:
    """Return what went wrong in one line, unless the error has lines of its own."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        # All else that is written to or read has its name in the error.
        is_output = error.errno in (errno.EBADF, errno.ENOSPC)
        name = error.filename or (is_output and "standard output")
        text = f"{name}: {error.strerror}" if name else text
    return text if getattr(error, "has_lines", False) else " ".join(text.split())


def _not_installed(error: ModuleNotFoundError) -> str:
    if str(error) != f"No module named '{error.name}'":
        return str(error)  # it says what to do
    if sys.version_info >= _TOO_NEW:
        return (
            f"this needs Python 3.9 to 3.13, and {sys.executable} is Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}, which has no {error.name}. "
            "In a clone, `make demo` finds an older one."
        )
    return (
        f"{error.name} is not installed for {sys.executable}. In a clone, `make demo` "
        "makes an environment: run .venv/bin/python then. Elsewhere: python -m pip "
        "install -r requirements.txt"
    )


def _flush() -> None:
    """Write what waits for standard output: at Python's end errors have no place."""
    try:
        sys.stdout.flush()
    except OSError:
        let_stdout_go()
        raise


def _has_current_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True
