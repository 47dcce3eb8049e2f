"""One process of a service that has several; `several.py` starts it."""

from __future__ import annotations

import os
import pickle
import socket
import sys

from tagger.serving.server import serve_at
from util.commandline import run
from util.process import end_with


def main() -> None:
    """Answer at the socket whose number the command line has."""
    end_with(int(sys.argv[1]))
    # The project's modules were found from its own folder; files are named from here.
    folder, settings = pickle.load(sys.stdin.buffer)
    os.chdir(folder)
    with socket.socket(fileno=int(sys.argv[2])) as listener:
        serve_at(listener, settings, _tell)


def _tell(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    run(main, verbose=False)
