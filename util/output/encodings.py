"""Texts in another encoding than they are said to be in."""

from __future__ import annotations

import codecs
from typing import TextIO

from util.corpus.lines import is_utf16

_HOW = "Say --encoding {0}, or convert it, for example with iconv."


def known_encoding(name: str) -> str:
    """Return the name of an encoding of text.

    Raises:
        ValueError: There is none of that name.

    >>> known_encoding("Latin-1")
    'iso8859-1'
    """
    try:
        codec = codecs.lookup(name)
        "".encode(name)
    except LookupError:  # also of those that are no text, such as zip
        raise ValueError(
            f"{name!r} is no encoding; try latin-1, cp1252 or utf-16"
        ) from None
    return codec.name


def check_utf16(file: TextIO, encoding: str) -> None:
    """Raise `ValueError` if a file that should be in UTF-8 seems to be in UTF-16.

    English in UTF-16 is UTF-8, too, with many a zero byte.

    Args:
        file: Newly opened.
        encoding: What it is opened with.
    """
    if encoding == "utf-8" and is_utf16(file.buffer.peek(1 << 16)):
        raise ValueError(f"not UTF-8, but as it seems UTF-16. {_HOW.format('utf-16')}")


def wrong_encoding(error: UnicodeDecodeError) -> str:
    """Return what is wrong with a text, and in which encoding it probably is."""
    if error.encoding not in ("utf-8", "utf-8-sig"):
        return f"not {error.encoding} ({error.reason}). Say another --encoding."
    # Windows has quotes and dashes where Latin-1 has control characters.
    windows = any(0x80 <= byte < 0xA0 for byte in error.object)
    name, probably = ("cp1252", "Windows-1252") if windows else ("latin-1", "Latin-1")
    return f"not UTF-8 ({error.reason}), but probably {probably}. {_HOW.format(name)}"
