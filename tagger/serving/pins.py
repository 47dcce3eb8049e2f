"""`pinned` in a request: labels that are given, the rest is decoded around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagger.serving.refusals import unprocessable
from util.task import Task


def read(
    given: Any, tasks: Mapping[str, Task], count: int
) -> dict[str, list[Any]] | None:
    """Return by task the pins of each sentence, None if there are none.

    Args:
        given: A list with an entry per sentence, or such a list by task. An entry is
            null, or a list with null, a label or a list of labels per token, or a list
            of spans `[start, end, type]`.
        tasks: Those of the model.
        count: How many sentences there are.

    Raises:
        Refused: It is something else.
    """
    if given is None:
        return None
    if isinstance(given, list) and len(tasks) > 1:
        raise unprocessable(
            "The model has several tasks: `pinned` must be an object with a list for "
            f"each that has pins: {', '.join(tasks)}."
        )
    by_task = dict.fromkeys(tasks, given) if isinstance(given, list) else given
    if not isinstance(by_task, dict):
        raise unprocessable("`pinned` must be a list, one entry for each sentence.")
    for name, entries in by_task.items():
        if name not in tasks:
            raise unprocessable(
                f"`pinned` names no task of the model; it has {', '.join(tasks)}."
            )
        if not isinstance(entries, list) or len(entries) != count:
            raise unprocessable(
                f"`pinned` must be a list with an entry for each of the {count} "
                "sentences; null where nothing is given."
            )
    return {name: [_sentence(x) for x in entries] for name, entries in by_task.items()}


def _sentence(entry: Any) -> list[Any] | None:
    if entry is None:
        return None
    if not isinstance(entry, list) or not all(map(_is_pin, entry)):
        raise unprocessable(
            "A sentence's entry in `pinned` must be null, or a list with null, a label "
            "or a list of labels for each token, or a list of spans [start, end, type]."
        )
    return [tuple(pin) if _is_span(pin) else pin for pin in entry]


def _is_pin(pin: Any) -> bool:
    return pin is None or isinstance(pin, str) or _is_span(pin) or _are_labels(pin)


def _are_labels(pin: Any) -> bool:
    return isinstance(pin, list) and bool(pin) and all(isinstance(x, str) for x in pin)


def _is_span(pin: Any) -> bool:
    return (
        isinstance(pin, list)
        and [type(part) for part in pin] == [int, int, str]
        and max(map(abs, pin[:2])) < 1 << 31
    )
