"""JSON as the formats read and write it, with one clear line for what is wrong."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from util.corpus.lines import is_utf16
from util.jsonlines import to_line

_MOST_SHOWN = 40


def decode(raw: bytes, where: str) -> str:
    """Return bytes as the text that they are in UTF-8.

    Raises:
        ValueError: They are in another encoding.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_16 = is_utf16(raw[:1000])
        reason = "as it seems UTF-16" if is_16 else f"byte {error.start} is wrong"
        raise ValueError(f"{where}: not UTF-8 ({reason}). Convert the file.") from None


def parse(text: str, where: str) -> Any:
    """Return what JSON says.

    Raises:
        ValueError: It is none, or nothing that can be written again.
    """
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError(f"{where}: JSON that is nested too deeply.") from None
    except ValueError as error:
        at = getattr(error, "pos", None)
        place = "" if at is None else f" at character {at}"
        reason = getattr(error, "msg", str(error))
        raise ValueError(f"{where}: no JSON ({reason}{place}).") from None
    if "\\ud" in text or "\\uD" in text:
        try:
            to_line(found).encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"{where}: half a surrogate pair (\\ud...), which is no character."
            ) from None
    return found


def lines(path: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file that are not empty, each with `file:line`."""
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            where = f"{path}:{number}"
            if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, b"\xfe\xff")):
                raise ValueError(f"{where}: not UTF-8, but UTF-16. Convert the file.")
            text = decode(raw, where)
            if text.strip():
                yield where, text


def objects(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the object on each line, with `file:line`.

    Raises:
        ValueError: A line is something else.
    """
    for where, text in lines(path):
        found = parse(text, where)
        if not isinstance(found, dict):
            hint = ""
            if isinstance(found, list):
                hint = " A list of tasks is Label Studio's: give --from labelstudio."
            raise ValueError(f"{where}: expected a JSON object on each line.{hint}")
        yield where, found


def string(record: Mapping[str, Any], key: str, where: str) -> str:
    """Return a text of a record, or raise a `ValueError` that says what is there."""
    value = record.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{where}: `{key}` must be a text. Received: {shown(value)}")
    return value


def entries(record: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """Return a list of a record, an empty one if it is not there or null."""
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{where}: `{key}` must be a list. Received: {shown(value)}")
    return value


def offset(value: Any, what: str, where: str) -> int:
    """Return the place of a character."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(
            f"{where}: `{what}` must be a whole number. Received: {shown(value)}"
        )
    return value


def label(value: Any, where: str) -> str:
    """Return a label, which may not be empty nor hold tabs or line ends."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(
            f"{where}: a label must be a text of signs that can be printed. "
            f"Received: {shown(value)}"
        )
    return value


def score(value: Any, where: str) -> float | None:
    """Return a probability; None stays None."""
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or math.isnan(value) or not 0 <= value <= 1:
        raise ValueError(
            f"{where}: a score must be a number from 0 to 1. Received: {shown(value)}"
        )
    return float(value)


def weight(value: Any, where: str) -> float | None:
    """Return what a text counts in training; None stays None."""
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf:
        raise ValueError(
            f"{where}: `weight` must be a number from 0 on. Received: {shown(value)}"
        )
    return float(value)


def shown(value: Any) -> str:
    """Return a value for a message, not too long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."
