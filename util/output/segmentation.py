"""Raw text into sentences and tokens, window by window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from util.languages import ENGLISH, rules
from util.output.sentences import last_safe_end, sentence_ends
from util.output.tokens import tokenize

if TYPE_CHECKING:  # NumPy is loaded only where it is used
    from util.output.offsets import UntouchedText

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

    Args:
        file: The open text.
        window: Characters to read at a time.
        style: How the text is written.

    Yields:
        The sentences of each of the `windows` that has some, as lists of tokens.

    Raises:
        ValueError: As `tokenize`.
    """
    for text in windows(file, window, style):
        sentences = split_text(text, style)
        if sentences:
            yield sentences


def windows(
    file: TextIO | UntouchedText, window: int = _WINDOW, style: Style = PLAIN
) -> Iterator[str]:
    """Yield a text of any size in pieces that are split each by itself.

    A piece ends at the last empty line in it. If it has none, its last sentence
    is kept back and stands in the next piece.

    Args:
        file: The open text.
        window: Characters to read at a time.
        style: How the text is written.
    """
    rest = ""
    for block in iter(lambda: file.read(window), ""):
        text = rest + block
        cut = _last_boundary(text, style)
        rest = text[cut:]
        if cut:
            yield text[:cut]
    if rest:
        yield rest


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
