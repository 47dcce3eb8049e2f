"""A process that tags what it is asked to; `Workers` starts it."""

from __future__ import annotations

import functools
import logging
import os
import pickle
import signal
import sys
from typing import Any, BinaryIO, Callable

from tagger.tagging.bulk.tasks import Answer, Tagger
from util.commandline import error_text, run
from util.process import end_with


class _Notes(logging.Handler):
    """Keeps log messages for the next answer."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


def main() -> None:
    """Answer what comes on standard input until it ends."""
    end_with(int(sys.argv[1]))
    # Whatever prints does not disturb the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        _serve(sys.stdin.buffer, answers)
    except (EOFError, KeyboardInterrupt):
        return  # the other process has ended, or ends this one
    except BrokenPipeError:
        os._exit(0)  # it was killed: nobody is left to tell, nor what is unsent


def _serve(questions: BinaryIO, answers: BinaryIO) -> None:
    notes = _Notes()
    logging.getLogger().handlers = [notes]
    tagger: Tagger | None = None

    def say(find: Callable[[], Any]) -> None:
        """Send what is found, or why it is not."""
        result = fault = None
        try:
            result = find()
        except (OSError, ValueError) as error:
            fault = error_text(error)
        texts, notes.texts = notes.texts, []
        pickle.dump(Answer(result, fault, texts), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()

    # The project's modules were found from its own folder; files are named from here.
    folder, arguments, columns = pickle.load(questions)

    def begin() -> None:
        nonlocal tagger
        os.chdir(folder)
        tagger = Tagger(arguments, columns)

    say(begin)
    while tagger is not None:
        say(functools.partial(pickle.load(questions).answer, tagger))


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the parent, too, which ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(main, verbose=False)
