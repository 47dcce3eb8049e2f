"""What somebody says of a conversion, and what the files to convert hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from util.output.segmentation import Style


class Options(NamedTuple):
    """The flags of a conversion.

    Attributes:
        tasks: The layers of spans that are wanted; none: all.
        columns: The columns of labels that are wanted; none: all.
        layout: What is in which column of a column file; None: look.
        partial: Whether tags may be known in part there: `?`, `A|B`.
        comment: What comments begin with in a column file.
        scheme: In which tags are written.
        style: How raw texts are split.
        group: How many sentences of a file that has no texts make one; 0: all.
        sure: From which score on a span is taken for certain; None: scores are not
            looked at.
        doubtful: From which score on the tokens of a span are left open.
    """

    tasks: Sequence[str] = ()
    columns: Sequence[str] = ()
    layout: Optional[Mapping[int, str]] = None  # noqa: UP045
    partial: bool = False
    comment: Optional[str] = None  # noqa: UP045
    scheme: str = "BIO"
    style: Style = Style()
    group: int = 1
    sure: Optional[float] = None  # noqa: UP045
    doubtful: float = 0.0


@dataclass
class Shape:
    """What all documents together hold.

    Attributes:
        layers: The layers of spans, in order.
        columns: The columns of labels, each with its first labels.
        documents, spans: How many there are.
        marked: How many documents have spans of a layer.
        weighted: Whether one of them has a weight.
    """

    layers: list[str] = field(default_factory=list)
    columns: dict[str, set[str]] = field(default_factory=dict)
    documents: int = 0
    spans: int = 0
    marked: Counter[str] = field(default_factory=Counter)
    weighted: bool = False
