"""Labels that are given when sentences are tagged: the rest is decoded around them.

For each sentence the pins are None (nothing is given), or a list with an entry per
token: None, a label, or a set of labels of which one is right. Or they are a list of
spans `(start, end, type)`, from token `start` up to, not including, `end`: each is a
span in exactly these borders; the tokens between them are free.

It is long because whatever can be wrong with a pin is said here, and nowhere else.
"""

from __future__ import annotations

import numbers
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Union

import numpy as np

from neuralnets.batches.table import Row
from neuralnets.keraslayers.parts import Chain
from neuralnets.tagging.agreeing import first_conflict
from util import tagschemes
from util.task import Task

CONSTRAINED = "constrainTransitions"

Pin = Union[str, Collection[str], None]
Pinned = Union[Sequence[Any], Mapping[str, Sequence[Any]], None]
# Of each sentence, the labels that its tokens may have, `[T, K]`; None: all.
Allowed = list[Union[np.ndarray, None]]


class PinError(ValueError):
    """Pins that are wrong.

    Attributes:
        sentence, token: Where, from 0; None: everywhere.
        reason: What is wrong there, without the place.
    """

    def __init__(
        self,
        reason: str,
        sentence: int | None = None,
        token: int | None = None,
        words: Sequence[str] = (),
    ):
        self.sentence, self.token, self.reason = sentence, token, reason
        place = ""
        if sentence is not None:
            place = f"Sentence {sentence + 1}"
            if token is not None:
                place += f", token {token + 1}"
                if token < len(words):
                    place += f" ({words[token][:30]})"
            place += ": "
        super().__init__(place + reason)


def allowed_labels(
    pinned: Pinned,
    tasks: Mapping[str, Task],
    rows: Sequence[Row],
    lengths: Sequence[int],
    chains: Mapping[str, Chain],
) -> dict[str, Allowed]:
    """Return by task the labels that pins leave to each token of each sentence.

    Args:
        pinned: Pins per sentence, or by task; None: there are none.
        tasks: What the tagger predicts.
        rows: The sentences.
        lengths: How many tokens each has.
        chains: By task, which transitions, first and last labels there may be.

    Raises:
        PinError: Labels that a task does not have, pins that are too many or too few,
            or such that no label sequence agrees with them.
    """
    if pinned is None:
        return {}
    if not isinstance(pinned, Mapping):
        if len(tasks) > 1:
            names = ", ".join(tasks)
            raise PinError(
                f"The model has several tasks ({names}): give the pins by task, as in "
                f"pinned={{'{next(iter(tasks))}': [...]}}."
            )
        pinned = dict.fromkeys(tasks, pinned)
    found = {}
    for name, given in pinned.items():
        if name not in tasks:
            raise PinError(
                f"There are pins for '{name}', and the model's tasks are "
                f"{', '.join(tasks)}."
            )
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise PinError(f"Pins must be a list, one entry per sentence, not {given}.")
        if len(given) != len(rows):
            raise PinError(
                f"There are {len(rows)} sentences, and pins for {len(given)}. Give one "
                "entry for each: None where nothing is pinned."
            )
        found[name] = [
            _of_sentence(number, pins, tasks[name], row, length, chains.get(name))
            for number, (pins, row, length) in enumerate(zip(given, rows, lengths))
        ]
    return found


def _of_sentence(
    number: int,
    pins: Sequence[Any] | None,
    task: Task,
    row: Row,
    length: int,
    chain: Chain | None,
) -> np.ndarray | None:
    """Return the labels that each token of a sentence may have, None for all."""
    if pins is None:
        return None
    words = row.get("raw_tokens", ())
    if isinstance(pins, str) or not isinstance(pins, Sequence):
        raise PinError(
            "Pins of a sentence must be None, or a list with an entry per token or of "
            f"spans (start, end, type). Received: {pins!r:.60}",
            number,
        )
    index = {label: i for i, label in enumerate(task.labels)}
    allowed = np.ones((length, len(index)), bool)
    if not len(pins):
        return None  # no spans
    if all(map(_is_span, pins)):
        _pin_spans(number, pins, task, index, allowed)
    elif len(pins) != length:
        raise PinError(f"It has {length} tokens, and {len(pins)} pins.", number)
    else:
        for token, pin in enumerate(pins):
            if pin is not None:
                labels = [pin] if isinstance(pin, str) else _labels(pin, number, token)
                here = _indices(labels, task, index, number, token, words)
                allowed[token] = False
                allowed[token, here] = True
    at = first_conflict(allowed, chain)
    if at is not None:
        raise _conflict(number, at, allowed, task, words, chain is not None)
    return None if allowed.all() else allowed


def _labels(pin: Any, sentence: int, token: int) -> list[str]:
    if not isinstance(pin, Collection) or not pin:
        raise PinError(
            f"A pin must be None, a label or a set of labels, not {pin!r:.60}",
            *(sentence, token),
        )
    return list(pin)


def _indices(
    labels: Sequence[str],
    task: Task,
    index: Mapping[str, int],
    sentence: int,
    token: int,
    words: Sequence[str] = (),
) -> list[int]:
    for label in labels:
        if label not in index:
            raise PinError(
                f"pinned to {label!r}, which '{task.name}' does not have. Its labels: "
                f"{', '.join(index)[:200]}",
                *(sentence, token, words),
            )
    return [index[label] for label in labels]


def _is_span(pin: Any) -> bool:
    return (
        isinstance(pin, tuple)
        and len(pin) == 3
        and all(isinstance(border, numbers.Integral) for border in pin[:2])
        and isinstance(pin[2], str)
    )


def _pin_spans(
    number: int,
    pins: Sequence[tuple[int, int, str]],
    task: Task,
    index: Mapping[str, int],
    allowed: np.ndarray,
) -> None:
    """Leave to the tokens of spans their tags, and close their borders."""
    if task.scheme is None:
        raise PinError(f"'{task.name}' has labels, and no spans to be pinned.", number)
    spans = sorted(tagschemes.Span(type_, start, end) for start, end, type_ in pins)
    spans.sort(key=lambda span: span.start)
    end = 0
    for span in spans:
        if not end <= span.start < span.end <= len(allowed):
            raise PinError(
                f"The span ({span.start}, {span.end}, {span.type!r}) overlaps another "
                f"one, or does not lie in its {len(allowed)} tokens.",
                number,
            )
        end = span.end
    tags = tagschemes.write(spans, len(allowed), task.scheme)
    for span in spans:
        for token in range(span.start, span.end):
            here = _indices([tags[token]], task, index, number, token)
            allowed[token] = False
            allowed[token, here] = True
    for span in spans:
        for label, column in index.items():
            if span.start and tagschemes.continues(label, tags[span.start]):
                allowed[span.start - 1, column] = False
            last = tags[span.end - 1]
            if span.end < len(allowed) and tagschemes.continues(last, label):
                allowed[span.end, column] = False


def _conflict(
    number: int,
    at: int,
    allowed: np.ndarray,
    task: Task,
    words: Sequence[str],
    constrained: bool,
) -> PinError:
    """Return the error of pins with which no label sequence agrees."""
    # From the last free token before on, they cannot stand together.
    last = min(at, len(allowed) - 1)
    first = last
    while first and not allowed[first - 1].all():
        first -= 1
    first = max(first, last - 4)
    pins = [
        f"token {token + 1}"
        + (f" ({words[token][:30]})" if token < len(words) else "")
        + f": {_named(allowed[token], task.labels)}"
        for token in range(first, last + 1)
    ]
    where = "at the end of the sentence" if at == len(allowed) else "up to there"
    rules = f" ({task.scheme}: `{CONSTRAINED}`)" if constrained else ""
    return PinError(
        f"no label sequence agrees with the pins {where}{rules}: {'; '.join(pins)}",
        number,
        last,
    )


def _named(allowed: np.ndarray, labels: Sequence[str]) -> str:
    named = [label for label, may in zip(labels, allowed) if may]
    if len(named) * 2 > len(labels) > 2:
        named = [f"not {label}" for label, may in zip(labels, allowed) if not may]
    return " or ".join(named) or "none"
