"""The feature templates as data.

A template names columns and where to read them, relative to the token:
`POS[-1]|POS[0]` is the bigram of the last token's part of speech and this token's.
A column is one of the data, one of `SPELLING` (see `spelling.py`), or a class of the
gazetteer, as `gazetteer:LOC`. A group is a name for several templates.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from neuralnets.inputs.directfeatures.spelling import SPELLING

# The paper's spelling features of the token itself.
SPELLING_TEMPLATES = [f"{name}[0]" for name in SPELLING]

# The context features: the classic template of CRF++ for CoNLL-2000.
WORD_TEMPLATES = [
    *("tokens[-2]", "tokens[-1]", "tokens[0]", "tokens[1]", "tokens[2]"),
    *("tokens[-1]|tokens[0]", "tokens[0]|tokens[1]"),
]
POS_TEMPLATES = [
    *("POS[-2]", "POS[-1]", "POS[0]", "POS[1]", "POS[2]"),
    *("POS[-2]|POS[-1]", "POS[-1]|POS[0]", "POS[0]|POS[1]", "POS[1]|POS[2]"),
    *("POS[-2]|POS[-1]|POS[0]", "POS[-1]|POS[0]|POS[1]", "POS[0]|POS[1]|POS[2]"),
]

GAZETTEER = "gazetteer"

# Templates of a group that read a column which the data lack are left out.
GROUPS = {
    "spelling": SPELLING_TEMPLATES,
    "context": WORD_TEMPLATES + POS_TEMPLATES,
    GAZETTEER: [f"{GAZETTEER}[-1]", f"{GAZETTEER}[0]", f"{GAZETTEER}[1]"],
}

_PART = re.compile(r"([^\[\]|]+)\[([+-]?\d{1,2})\]")


class Part(NamedTuple):
    """A column, and which token to read it at: 0 is the token itself."""

    column: str
    offset: int


Template = tuple[Part, ...]


def parse(text: str) -> Template:
    """Read a template.

    Raises:
        ValueError: It is none.

    >>> parse("POS[-1]|POS[0]")
    (Part(column='POS', offset=-1), Part(column='POS', offset=0))
    """
    found = [_PART.fullmatch(part.strip()) for part in text.split("|")]
    if not all(found):
        raise ValueError(
            f"{text!r} is no feature template: expected COLUMN[OFFSET], or several of "
            "them with | between, such as POS[-1]|POS[0]"
        )
    return tuple(Part(match[1].strip(), int(match[2])) for match in found)


def is_template(text: str) -> bool:
    """Tell whether a text is a template or the name of a group."""
    return text in GROUPS or all(map(_PART.fullmatch, map(str.strip, text.split("|"))))


def expand(
    names: Sequence[str], columns: Collection[str], classes: Sequence[str]
) -> list[str]:
    """Return the templates that names of groups and templates stand for.

    Args:
        names: Groups and templates.
        columns: The columns of the data that may be read.
        classes: The classes of the gazetteer; each is a column of its own.

    Raises:
        ValueError: A template reads a column that there is not, or one whose name
            also stands for something that is read off the word.
    """
    computed = {*SPELLING, *(f"{GAZETTEER}:{class_}" for class_ in classes)}
    templates: list[str] = []
    for name in names:
        for text in _of_classes(GROUPS.get(name, [name]), classes):
            missing = [
                part.column
                for part in parse(text)
                if part.column not in columns and part.column not in computed
            ]
            twice = {part.column for part in parse(text)} & computed & {*columns}
            if twice and name not in GROUPS:
                raise ValueError(
                    f"The feature template {text!r} could read the data's column "
                    f"'{twice.pop()}', or what is computed under this name. Call the "
                    "column otherwise in 'columns'."
                )
            if not missing:
                templates.append(text)
            elif name not in GROUPS:
                raise ValueError(
                    f"The feature template {text!r} reads the column '{missing[0]}', "
                    "which the data lack or the model predicts. Columns: "
                    f"{', '.join(sorted(columns))}; read off the word: "
                    f"{', '.join(SPELLING)}"
                )
    return list(dict.fromkeys(templates))


def _of_classes(templates: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Repeat templates of the gazetteer for each of its classes."""
    found = []
    for text in templates:
        bare = f"{GAZETTEER}["
        each = [f"{GAZETTEER}:{class_}[" for class_ in classes]
        found += [text.replace(bare, own) for own in each] if bare in text else [text]
    return found
