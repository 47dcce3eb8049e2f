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
from typing import TYPE_CHECKING, TextIO

from util.commandline import run
from util.corpus.layouts import conllu_names
from util.corpus.lines import split_line
from util.output.encodings import check_utf16, wrong_encoding
from util.output.segmentation import PLAIN, Style, read_text
from util.output.streams import open_text
from util.process import end_with

logger = logging.getLogger(__name__)

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place

    Split = tuple[list[list[str]], list[Place] | None]

_MODULE = "util.output.background"  # run as a program it is `__main__`
_HEAD = 1 << 16  # bytes of a text that tell what it is
_LEAST_LINES, _LINES = 4, 50  # that tell columns
_TAG = re.compile("O|[BIESLU]-.+")


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
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE]
            + [json.dumps(given), str(os.getpid()), json.dumps(style)]
            + ["places"] * places,
            stdout=subprocess.PIPE,
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
                yield sentences, found and _places(found)
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
        path = self._paths[number]
        return "standard input" if path == "-" else path

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


def _places(found: list[list]) -> list[Place]:
    from util.output.offsets import place_of_text

    return [place_of_text(*sentence) for sentence in found]


def main() -> None:
    """Write the sentences of each window of texts as a line of JSON."""
    logging.getLogger().handlers = [_ToOutput()]
    paths, parent, style, *places = sys.argv[1:]
    style = Style(*json.loads(style))
    end_with(int(parent))
    for path in json.loads(paths):
        wrong = None
        try:
            _split(path, style, bool(places))
        except BrokenPipeError:
            raise
        except UnicodeDecodeError as error:
            wrong = wrong_encoding(error)
        except ValueError as error:
            wrong = str(error)
        except OSError as error:
            wrong = error.strerror or str(error)
        _write_line({"error": wrong})


def _split(path: str, style: Style, places: bool) -> None:
    with open_text(path, places, style.encoding) as file:
        check_utf16(file, style.encoding)
        _look_at_beginning(file)
        if not places:
            for sentences in read_text(file, style=style):
                _write_line([sentences, None])
            return
        from util.output.offsets import UntouchedText

        text = UntouchedText(file)
        for sentences in read_text(text, style=style):
            _write_line([sentences, text.place(sentences)])


def _look_at_beginning(file: TextIO) -> None:
    """Raise `ValueError` for CoNLL-U, and warn of other columns.

    Their numbers and labels are no words, and would be tagged as such.
    """
    head = file.buffer.peek(_HEAD).decode(file.encoding, "ignore")
    if conllu_names(head):
        raise ValueError(
            "this looks like CoNLL-U, not like raw text. Say --columns 1:tokens; a "
            "file of its own, in UTF-8, is recognised without it."
        )
    lines = [line for line in head.split("\n")[:-1] if line.strip()][:_LINES]
    rows = [split_line(line) for line in lines]
    widths = set(map(len, rows))
    if len(rows) < _LEAST_LINES or len(widths) > 1 or widths == {1}:
        return
    if all("\t" in line for line in lines) or all(_TAG.fullmatch(r[-1]) for r in rows):
        logger.warning(
            "each line has %d columns, as it seems, and all of them are read as text. "
            "If there is a word on each line, say where: --columns 0:tokens",
            *widths,
        )


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the parent, too, which ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(main, verbose=False)
