"""The result of a data check: plain dataclasses that turn into JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass
class Finding:
    """Something that is wrong, or worth knowing.

    Attributes:
        level: `error`: training could not start; `warning`; `note`.
        kind: What it is about, such as `columns` or `transitions`.
        text: A sentence.
        count: How often it was found.
        places: The first places, as `file:line`, each with what is there.
    """

    level: str
    kind: str
    text: str
    count: int = 1
    places: list[str] = field(default_factory=list)


@dataclass
class SplitReport:
    """What one file holds.

    Attributes:
        path: The file.
        sentences, tokens, words: How many; words are the distinct tokens.
        labelled: Whether it has the column of the label.
        labels: How often each value of the label occurs, the most frequent first.
        schemes: The tag schemes in which every sentence is valid.
        longest_sentence, longest_word: In tokens and in characters.
        known_tokens, known_words: Share that training holds, too; None for training.
        vector_tokens, vector_words: Share that the word vectors cover, None without.
        shared: How many sentences stand in each earlier split, too.
    """

    path: str
    sentences: int = 0
    tokens: int = 0
    words: int = 0
    labelled: bool = False
    labels: dict[str, int] = field(default_factory=dict)
    schemes: list[str] = field(default_factory=list)
    longest_sentence: int = 0
    longest_word: int = 0
    known_tokens: float | None = None
    known_words: float | None = None
    vector_tokens: float | None = None
    vector_words: float | None = None
    shared: dict[str, int] = field(default_factory=dict)


@dataclass
class DatasetReport:
    """What a data set holds.

    Attributes:
        name, label: Of its definition.
        announced: The tag scheme in the name of the column that the label is read
            from, None if it names none.
        splits: By name, those that are there.
        command: What shows this report, empty if no command can.
        findings: Errors first.
    """

    name: str
    label: str
    command: str = ""
    announced: str | None = None
    splits: dict[str, SplitReport] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, level: str, kind: str, text: str, count: int = 1, places=()) -> None:
        """Add a finding."""
        places = list(map(printable, places))
        self.findings.append(Finding(level, kind, printable(text), count, places))


@dataclass
class Report:
    """What a check found.

    Attributes:
        datasets: One entry per data set.
        findings: About the word vectors.
    """

    datasets: list[DatasetReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def all_findings(self) -> list[Finding]:
        """Return the findings of every data set and of the vectors, errors first."""
        found = [f for dataset in self.datasets for f in dataset.findings]
        return sorted(found + self.findings, key=severity)

    @property
    def can_start(self) -> bool:
        """Whether training could start."""
        return all(finding.level != ERROR for finding in self.all_findings())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries and lists, for JSON."""
        return {"can_start": self.can_start, **dataclasses.asdict(self)}


def severity(finding: Finding) -> int:
    """Return the rank of a finding: errors first."""
    return (ERROR, WARNING, NOTE).index(finding.level)


def printable(text: str) -> str:
    """Return a text with its control characters, if any, written as escapes.

    Data may come from strangers, and terminals obey control characters.

    >>> print(printable("a\\x1b[2Jb"))
    a\\x1b[2Jb
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "sentence"), plural(1200, "sentence")
    ('1 sentence', '1,200 sentences')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
