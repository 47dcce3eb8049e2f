"""Raw text into sentences and tokens, with NLTK."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from util.commandline import run
from util.output.streams import open_text
from util.process import end_with

logger = logging.getLogger(__name__)

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import Place, UntouchedText

# Used when NLTK's Punkt data are not to be had: lower-case, without the last full stop.
ABBREVIATIONS = frozenset(
    """
    adm apr approx assn aug ave bldg blvd brig ca capt cf cmdr co col corp ct dec dept
    dist div dr e.g ed eds est etc ext feb fig ft gen gov hon hr i.e inc jan jr jul jun
    lt ltd m.p maj md messrs mr mrs ms mt nat'l nos nov oct p.m a.m ph.d pres prof pt rd
    rep rev sen sep sept sgt sq sr st tel thu thur thurs tue tues u.k u.n u.s u.s.a univ
    v vol vs yr
    """.split()
)

_MODULE = "util.output.segmentation"  # run as a program it is `__main__`
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_WINDOW = 1 << 16  # characters


def split_text(text: str) -> list[list[str]]:
    """Return the tokens of each sentence of a text; an empty line ends a sentence.

    >>> split_text("It rains. We won't go.")
    [['It', 'rains', '.'], ['We', 'wo', "n't", 'go', '.']]
    """
    return [
        tokens
        for paragraph in _PARAGRAPH_END.split(text)
        for sentence in _splitter().tokenize(paragraph)
        for tokens in [tokenize(sentence)]
        if tokens
    ]


def tokenize(sentence: str) -> list[str]:
    """Return the tokens of one sentence, in the style of the Penn Treebank."""
    return _tokenizer().tokenize(sentence)


def read_text(
    file: TextIO | UntouchedText, window: int = _WINDOW
) -> Iterator[list[list[str]]]:
    """Split a text of any size, window by window.

    A window ends at the last empty line in it. If it has none, its last sentence
    is kept back and read together with what follows.

    Args:
        file: The open text.
        window: Characters to read at a time.

    Yields:
        The sentences of each window, as lists of tokens.
    """
    rest = ""
    for block in iter(lambda: file.read(window), ""):
        text = rest + block
        cut = _last_boundary(text)
        rest = text[cut:]
        sentences = split_text(text[:cut])
        if sentences:
            yield sentences
    sentences = split_text(rest)
    if sentences:
        yield sentences


def _last_boundary(text: str) -> int:
    """Return where a window may end: behind an empty line, a sentence, a word."""
    ends = [match.end() for match in _PARAGRAPH_END.finditer(text)]
    if ends:
        return ends[-1]
    spans = list(_splitter().span_tokenize(text))
    if len(spans) > 1:
        return spans[-1][0]
    if len(text) < 4 * _WINDOW:
        return 0
    # One endless sentence: cut it at a blank, or where the window ends.
    return text.rfind(" ") + 1 or len(text)


@functools.cache
def _tokenizer():
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()


@functools.cache
def _splitter():
    """Return NLTK's English sentence splitter, or one with our abbreviations."""
    from nltk.tokenize import punkt

    try:
        return punkt.PunktTokenizer("english")
    except (LookupError, AttributeError, OSError):
        pass
    # Nothing is fetched here: who tags may have no network, or no leave to use it.
    logger.warning(
        "NLTK's Punkt data are not installed: splitting sentences with a built-in list "
        "of abbreviations. To install them: python -m nltk.downloader punkt_tab"
    )
    parameters = punkt.PunktParameters()
    parameters.abbrev_types = set(ABBREVIATIONS)
    return punkt.PunktSentenceTokenizer(parameters)


class BackgroundSplitter:
    """Splits a text file in a process of its own, which starts at once.

    NLTK takes a while to load and to split; the caller can load a model meanwhile.

    Args:
        path: A UTF-8 text file, or `-` for standard input.
        places: Find where the tokens stand in the file, too.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: str, places: bool = False):
        if path != "-":
            open(path, "rb").close()
            path = os.path.abspath(path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE]
            + [path, str(os.getpid()), *["places"] * places],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )

    def __iter__(self) -> Iterator[tuple[list[list[str]], list[Place] | None]]:
        """Yield the sentences of each window, as `read_text` does, and their places.

        Raises:
            ValueError: The other process failed; it has said why.
        """
        for line in self._process.stdout:
            content = json.loads(line)
            if isinstance(content, str):
                logger.warning(content)
            else:
                sentences, found = content
                yield sentences, found and _places(found)
        if self._process.wait():
            raise ValueError("The text could not be split into sentences.")

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
    path, parent, *places = sys.argv[1:]
    end_with(int(parent))
    with open_text(path, untouched=bool(places)) as file:
        if not places:
            for sentences in read_text(file):
                _write_line([sentences, None])
            return
        from util.output.offsets import UntouchedText

        text = UntouchedText(file)
        for sentences in read_text(text):
            _write_line([sentences, text.place(sentences)])


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the parent, too, which ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(main, verbose=False)
