"""What a labelling interface of Label Studio says: which labels, of which text."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from tagger.serving.refusals import unprocessable


class Control(NamedTuple):
    """The labels of a labelling interface.

    Attributes:
        from_name, to_name: What it calls the labels and the text.
        key: Where the text stands in the data of a task.
        labels: The labels by their names in small letters.
    """

    from_name: str
    to_name: str
    key: str
    labels: dict[str, str]

    def label(self, type_: str) -> str | None:
        """Return what the interface calls a type of span; None if it has no such."""
        return self.labels.get(type_.casefold())


def control_of(config: str) -> Control:
    """Read a labelling interface.

    Raises:
        Refused: It has no labels of a text, or is no XML.

    >>> control_of('<View><Labels name="l" toName="t"><Label value="PER"/></Labels>'
    ...            '<Text name="t" value="$text"/></View>').key
    'text'
    """
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", config, re.I):  # which may grow for ever
        raise unprocessable("`label_config` may not define entities.")
    try:
        root = ElementTree.fromstring(config)
    except (ElementTree.ParseError, ValueError):
        raise unprocessable("`label_config` is no XML.") from None
    texts = {text.get("name"): text for text in root.iter("Text")}
    for labels in root.iter("Labels"):
        text = texts.get(labels.get("toName"))
        if text is None or not labels.get("name"):
            continue
        names = [label.get("value") for label in labels.iter("Label")]
        return Control(
            labels.get("name"),
            labels.get("toName"),
            text.get("value", "").lstrip("$"),
            {name.casefold(): name for name in names if name},
        )
    raise unprocessable("`label_config` needs Labels with the toName of a Text.")
