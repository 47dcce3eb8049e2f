"""Raw texts split in a process of their own."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from util.commandline import run
from util.output.segmentation import PLAIN, Style
from util.output.textfiles import fault_in, name_of, placed, split_file
from util.process import end_with

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from util.output.textfiles import Split

# What a shell calls a pipe, `<(command)`: the other process needs it, too.
_HANDLE = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")
_MODULE = "util.output.background"  # run as a program it is `__main__`


class BackgroundSplitter:
    """Splits text files in a process of its own, which starts at once.

    NLTK takes a while to load and to split; the caller can load a model meanwhile, and
    tag one file while the next one is split.

    Args:
        paths: A text file, or several of them; `-` is standard input.
        places: Find where the tokens stand in the files, too.
        style: How the texts are written.
    """

    def __init__(
        self, paths: str | Sequence[str], places: bool = False, style: Style = PLAIN
    ):
        self._paths = [paths] if isinstance(paths, str) else list(paths)
        self._done = 0  # files that were read to their end
        given = [path if path == "-" else os.path.abspath(path) for path in self._paths]
        handles = filter(None, map(_HANDLE.fullmatch, given))
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE]
            + [json.dumps(given), str(os.getpid()), json.dumps(style)]
            + ["places"] * places,
            stdout=subprocess.PIPE,
            pass_fds=[int(handle.group(1)) for handle in handles],
            cwd=Path(__file__).resolve().parents[2],
        )

    def __iter__(self) -> Iterator[Split]:
        """Yield the windows of the first file, as `text` does."""
        return self.text(0)

    def text(self, number: int) -> Iterator[Split]:
        """Yield the sentences of each window of a file, and their places.

        Args:
            number: Which file, from 0; files are read in their order.

        Raises:
            ValueError: The file cannot be read, or its text is not what `style` says,
                or the other process failed and has said why.
        """
        while self._done < number:
            self._next()
        while self._done == number:
            content = self._next()
            if isinstance(content, str):
                logger.warning("%s: %s", self._name(number), content)
            elif isinstance(content, list):
                sentences, found = content
                yield sentences, found and placed(found)
            elif content["error"]:
                raise ValueError(f"{self._name(number)}: {content['error']}")

    def _next(self) -> str | list | dict:
        """Return what the other process says next; a dictionary ends a file."""
        line = self._process.stdout.readline()
        if not line:
            raise ValueError(
                f"{self._name(self._done)}: the text could not be split into sentences."
            )
        content = json.loads(line)
        self._done += isinstance(content, dict)
        return content

    def _name(self, number: int) -> str:
        return name_of(self._paths[number])

    def __enter__(self) -> BackgroundSplitter:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class _ToOutput(logging.Handler):
    """Hands log messages to the parent, as lines of JSON like the sentences."""

    def emit(self, record: logging.LogRecord) -> None:
        _write_line(self.format(record))


def _write_line(content: object) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Write the sentences of each window of texts as a line of JSON."""
    logging.getLogger().handlers = [_ToOutput()]
    paths, parent, style, *places = sys.argv[1:]
    style = Style(*json.loads(style))
    end_with(int(parent))
    for path in json.loads(paths):
        wrong = None
        try:
            for split in split_file(path, style, bool(places), logger.warning):
                _write_line(split)
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:
            wrong = fault_in(error)
        _write_line({"error": wrong})


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the parent, too, which ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(main, verbose=False)
