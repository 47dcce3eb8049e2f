"""A worker that trains along with the first one; `tagger.team` starts it."""

from __future__ import annotations

import os
import pickle
import sys

from tagger.recipes import train_with
from util.commandline import run
from util.process import end_with


def main() -> None:
    """Train as standard input says."""
    end_with(int(sys.argv[1]))
    # The project's modules were found from its own folder; files are named from here.
    folder, options, prepared = pickle.load(sys.stdin.buffer)
    os.chdir(folder)
    train_with(options, prepared)


if __name__ == "__main__":
    run(main)
