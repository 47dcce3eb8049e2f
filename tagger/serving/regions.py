"""Tagged text as the spans of an annotation tool: type, characters, probability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tagger.serving.answers import Answer


class Region(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text that get a label."""

    start: int
    end: int
    label: str
    text: str
    probability: float | None


def regions_by_text(answer: Answer) -> list[list[Region]]:
    """Return the regions of each text of an answer to several texts.

    They are those of its tasks that write spans; of a model that has none, the labels
    of all tokens.
    """
    return [
        [region for record in text["sentences"] for region in _regions(record)]
        for text in answer.data()["texts"]
    ]


def _regions(record: Mapping[str, Any]) -> Iterator[Region]:
    for spans in record["spans"].values():
        for span in spans:
            place = span["start"], span["end"]
            yield Region(*place, span["type"], span["text"], span.get("confidence"))
    if record["spans"]:
        return
    for token in record["tokens"]:
        for task, label in token["labels"].items():
            sure = token.get("confidence", {}).get(task)
            yield Region(token["start"], token["end"], label, token["text"], sure)
