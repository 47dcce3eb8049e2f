"""A report as text for a terminal."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from util.corpus.checking.report import (
    ERROR,
    WARNING,
    DatasetReport,
    Finding,
    Report,
    SplitReport,
    plural,
    printable,
)
from util.corpus.datasets import SPLITS, split_file
from util.corpus.findings import Findings
from util.corpus.groups import read_groups

_MOST_LABELS_SHOWN = 20
_FEW_SENTENCES = 3000


def write_report(report: Report, file: TextIO) -> None:
    """Write the counts, the findings, and whether training could start."""
    for dataset in report.datasets:
        file.write(f"{printable(dataset.name)}, label {dataset.label}\n\n")
        if dataset.splits:
            for line in _table(dataset):
                file.write(line + "\n")
            file.write("\n")
    findings = report.all_findings()
    for finding in findings:
        for line in _lines(finding):
            file.write(line + "\n")
    errors = sum(finding.level == ERROR for finding in findings)
    warnings = sum(finding.level == WARNING for finding in findings)
    file.write("\n" if findings else "")
    for dataset in report.datasets if not errors else ():
        split = dataset.splits.get("train")
        if split and split.sentences < _FEW_SENTENCES:
            file.write(
                f"{plural(split.sentences, 'sentence')} to learn from is little: try "
                "`tagger train --preset few --epochs 60` (docs/Small_Data.md).\n"
            )
    if errors:
        file.write(f"Training could not start: {plural(errors, 'error')}.\n")
    elif warnings:
        file.write(f"Training can start, with {plural(warnings, 'warning')}.\n")
    else:
        file.write("Training can start. Nothing is wrong.\n")


def first_rows(folder: str, comment: str | None = None) -> str:
    """Return the columns of the first lines of a folder's data, as text."""
    for split in SPLITS:
        try:
            path = split_file(os.path.basename(folder), {"path": folder}, split)
            if path is None:
                continue
            findings = Findings(path, strict=False)
            groups = read_groups(path, {}, comment, findings)
            rows = list(itertools.islice((r for g in groups for r in g.rows), 3))
        except (OSError, ValueError) as error:
            return f"{error}\n"
        if rows:
            shown = [
                " ".join(f"{i}:{printable(v[:30])}" for i, v in enumerate(r))
                for r in rows
            ]
            return f"{path} begins:\n" + "".join(f"    {row}\n" for row in shown)
    return f"{folder} holds no lines of tokens.\n"


def _table(dataset: DatasetReport) -> list[str]:
    splits = dataset.splits
    rows: list[tuple[str, Sequence[str]]] = [("", list(splits))]

    def row(title, value):
        rows.append((title, [value(split) for split in splits.values()]))

    row("sentences", lambda split: f"{split.sentences:,}")
    row("tokens", lambda split: f"{split.tokens:,}")
    row("distinct words", lambda split: f"{split.words:,}")
    row("tokens known from training", lambda split: _share(split.known_tokens))
    row("words known from training", lambda split: _share(split.known_words))
    if any(split.vector_tokens is not None for split in splits.values()):
        row("tokens with a vector", lambda split: _share(split.vector_tokens))
        row("words with a vector", lambda split: _share(split.vector_words))
    row("longest sentence (tokens)", lambda split: f"{split.longest_sentence:,}")
    row("longest word (characters)", lambda split: f"{split.longest_word:,}")
    row("tag scheme", _scheme)
    labels = _label_totals(splits)
    rows += [("", [""] * len(splits)), (plural(len(labels), "label"), [])]
    for label in labels[:_MOST_LABELS_SHOWN]:
        row(
            "  " + printable(label[:40]),
            lambda split, label=label: f"{split.labels.get(label, 0):,}",
        )
    if len(labels) > _MOST_LABELS_SHOWN:
        rows.append((f"  ... and {len(labels) - _MOST_LABELS_SHOWN} more", []))
    title = max(len(title) for title, _ in rows)
    width = max(len(cell) for _, cells in rows for cell in cells)
    return [
        (
            title_.ljust(title) + "".join(cell.rjust(width + 2) for cell in cells)
        ).rstrip()
        for title_, cells in rows
    ]


def _label_totals(splits: Mapping[str, SplitReport]) -> list[str]:
    """Return the labels, the most frequent first."""
    totals: dict[str, int] = {}
    for split in splits.values():
        for label, count in split.labels.items():
            totals[label] = totals.get(label, 0) + count
    return sorted(totals, key=lambda label: -totals[label])


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _scheme(split: SplitReport) -> str:
    if not split.labelled:
        return "no labels"
    return " or ".join(split.schemes) or "none"


def _lines(finding: Finding) -> list[str]:
    lines = [f"{finding.level}: {finding.text}"]
    lines += [f"    {place}" for place in finding.places]
    # Places with a line number are examples of what was counted.
    if len(finding.places) > 1 and finding.count > len(finding.places):
        lines.append(f"    ... and {finding.count - len(finding.places):,} more")
    return lines
