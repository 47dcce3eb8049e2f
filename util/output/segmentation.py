"""Raw text into sentences and tokens, window by window."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from util.commandline import run
from util.corpus.layouts import conllu_names
from util.languages import ENGLISH, rules
from util.output.encodings import check_utf16, wrong_encoding
from util.output.sentences import last_safe_end, sentence_ends
from util.output.streams import open_text
from util.output.tokens import tokenize
from util.process import end_with

logger = logging.getLogger(__name__)

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place, UntouchedText

_MODULE = "util.output.segmentation"  # run as a program it is `__main__`
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_WINDOW = 1 << 16  # characters


class Style(NamedTuple):
    """How a text is written.

    Attributes:
        language: Its code, from `language_code`.
        line_by_line: Each line is a sentence.
        pretokenized: Each line is a sentence, and its tokens stand between blanks.
        encoding: That of its file.
    """

    language: str = ENGLISH
    line_by_line: bool = False
    pretokenized: bool = False
    encoding: str = "utf-8"


PLAIN = Style()


def split_text(text: str, style: Style = PLAIN) -> list[list[str]]:
    """Return the tokens of each sentence of a text; an empty line ends a sentence.

    Args:
        text: The text.
        style: How it is written.

    Raises:
        ValueError: As `tokenize`.

    >>> split_text("It rains. We won't go.")
    [['It', 'rains', '.'], ['We', 'wo', "n't", 'go', '.']]
    """
    if style.pretokenized:
        sentences = [line.split() for line in text.split("\n")]
    elif style.line_by_line:
        sentences = [
            [token for part in _sentences(line, style) for token in part]
            for line in text.split("\n")
        ]
    else:
        sentences = [
            tokens
            for paragraph in _PARAGRAPH_END.split(text)
            if paragraph and not paragraph.isspace()
            for tokens in _sentences(paragraph, style)
        ]
    return [tokens for tokens in sentences if tokens]


def _sentences(paragraph: str, style: Style) -> Iterator[list[str]]:
    start = 0
    for end in (*_ends(paragraph, style), len(paragraph)):
        yield tokenize(paragraph[start:end].strip(), style.language)
        start = end


def _ends(text: str, style: Style) -> Iterator[int]:
    return sentence_ends(text, rules(style.language), style.language == "el")


def read_text(
    file: TextIO | UntouchedText, window: int = _WINDOW, style: Style = PLAIN
) -> Iterator[list[list[str]]]:
    """Split a text of any size, window by window.

    A window ends at the last empty line in it. If it has none, its last sentence
    is kept back and read together with what follows.

    Args:
        file: The open text.
        window: Characters to read at a time.
        style: How the text is written.

    Yields:
        The sentences of each window, as lists of tokens.

    Raises:
        ValueError: As `tokenize`.
    """
    rest = ""
    for block in iter(lambda: file.read(window), ""):
        text = rest + block
        cut = _last_boundary(text, style)
        rest = text[cut:]
        sentences = split_text(text[:cut], style)
        if sentences:
            yield sentences
    sentences = split_text(rest, style)
    if sentences:
        yield sentences


def _last_boundary(text: str, style: Style) -> int:
    """Return where a window may end: behind an empty line, a sentence, a word."""
    if style.pretokenized or style.line_by_line:
        end = text.rfind("\n") + 1
    else:
        ends = [match.end() for match in _PARAGRAPH_END.finditer(text)]
        end = ends[-1] if ends else last_safe_end(text, list(_ends(text, style)))
    if end or len(text) < 4 * _WINDOW:
        return end
    # One endless sentence: cut it at a blank, or where the window ends.
    return text.rfind(" ") + 1 or len(text)


class BackgroundSplitter:
    """Splits a text file in a process of its own, which starts at once.

    NLTK takes a while to load and to split; the caller can load a model meanwhile.

    Args:
        path: A UTF-8 text file, or `-` for standard input.
        places: Find where the tokens stand in the file, too.
        style: How the text is written.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: str, places: bool = False, style: Style = PLAIN):
        self._name = "standard input" if path == "-" else path
        if path != "-":
            open(path, "rb").close()
            path = os.path.abspath(path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE]
            + [path, str(os.getpid()), json.dumps(style), *["places"] * places],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )

    def __iter__(self) -> Iterator[tuple[list[list[str]], list[Place] | None]]:
        """Yield the sentences of each window, as `read_text` does, and their places.

        Raises:
            ValueError: The text is not what `style` says, or the other process failed
                and has said why.
        """
        for line in self._process.stdout:
            content = json.loads(line)
            if isinstance(content, str):
                logger.warning(content)
            elif isinstance(content, dict):
                raise ValueError(f"{self._name}: {content['error']}")
            else:
                sentences, found = content
                yield sentences, found and _places(found)
        if self._process.wait():
            raise ValueError(
                f"{self._name}: the text could not be split into sentences."
            )

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
    """Write the sentences of each window of a text as a line of JSON."""
    logging.getLogger().handlers = [_ToOutput()]
    path, parent, style, *places = sys.argv[1:]
    style = Style(*json.loads(style))
    end_with(int(parent))
    try:
        _split(path, style, bool(places))
    except UnicodeDecodeError as error:
        _write_line({"error": wrong_encoding(error)})
    except ValueError as error:
        _write_line({"error": str(error)})


def _split(path: str, style: Style, places: bool) -> None:
    with open_text(path, places, style.encoding) as file:
        check_utf16(file, style.encoding)
        _refuse_conllu(file)
        if not places:
            for sentences in read_text(file, style=style):
                _write_line([sentences, None])
            return
        from util.output.offsets import UntouchedText

        text = UntouchedText(file)
        for sentences in read_text(text, style=style):
            _write_line([sentences, text.place(sentences)])


def _refuse_conllu(file: TextIO) -> None:
    """Raise `ValueError` for CoNLL-U: its numbers and columns are no words."""
    head = file.buffer.peek(_WINDOW).decode(file.encoding, "ignore")
    if conllu_names(head):
        raise ValueError(
            "this looks like CoNLL-U, not like raw text. Say --columns 1:tokens; a "
            "file of its own, in UTF-8, is recognised without it."
        )


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the parent, too, which ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(main, verbose=False)
