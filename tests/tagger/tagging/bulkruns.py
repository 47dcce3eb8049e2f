"""Runs of bulk tagging in processes of their own, for tests that kill them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tagger.tagging.bulk import journal

ROOT = Path(__file__).resolve().parents[3]
# Runs the command with files that are large already when they are small.
PROGRAM = """
import sys
from tagger.tagging.bulk import run, largefile
run.LARGE = 10_000
largefile._SECONDS_BETWEEN_RECORDS = 0
from tagger.__main__ import main
main(sys.argv[1:])
"""


def text(sentences, end="\n"):
    return "".join(
        f"The dog {number} sees a house.{end}{end * (number % 9 == 0)}"
        for number in range(sentences)
    )


def outputs(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def start(*arguments, before=""):
    """Start `tagger tag`, after some lines of Python."""
    return subprocess.Popen(
        [sys.executable, "-c", before + PROGRAM, "tag", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        # A process in the background may be deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def records(folder="two"):
    """Return how often a run that goes on has said how far it is."""
    path = Path(folder, journal.NAME)
    return path.read_bytes().count(b'"place"') if path.exists() else 0
