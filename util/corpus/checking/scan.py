"""Reads a column file to its end, whatever is wrong with it, and says where."""

from __future__ import annotations

import dataclasses

from util import tagschemes
from util.corpus import partial, tagcolumns
from util.corpus.checking.report import ERROR, DatasetReport, SplitReport
from util.corpus.checking.tags import TagValues
from util.corpus.checking.tally import Tally
from util.corpus.datasets import Dataset, label_column
from util.corpus.findings import Findings
from util.corpus.groups import first_width, read_groups
from util.corpus.values import Values


def scan(path: str, split: str, dataset: Dataset, report: DatasetReport) -> Tally:
    """Count one file and add its own findings to the report of its data set.

    Memory grows with the vocabulary and by a few bytes per sentence.

    Raises:
        OSError: The file cannot be read.
    """
    summary = report.splits[split] = SplitReport(path)
    columns, comment = dataset["columns"], dataset.get("commentSymbol")
    label = label_column(dataset)
    width = first_width(path, columns, comment)
    summary.labelled = label is not None and (split == "train" or width > label)
    columns = {i: n for i, n in columns.items() if summary.labelled or i != label}
    styles = tagcolumns.styles_of(dataset["columns"].values(), dataset.get("tagStyle"))
    tags = {
        name: TagValues(name, styles.get(name))
        for name in columns.values()
        if tagschemes.scheme_of(name)
    }
    written = columns[label] if summary.labelled else None
    sets = None
    if written is not None and partial.is_partial(dataset):
        columns[label] = sets = partial.sets_column(written)
        tags.pop(written, None)
    findings, tally = Findings(path, strict=False), Tally()
    values = Values(findings, [sets or written])
    for group in read_groups(path, columns, comment, findings):
        if not group.rows:
            continue
        sentence = {name: [row[i] for row in group.rows] for i, name in columns.items()}
        values.add(sentence, group)
        lines = group.numbers()
        if sets is not None:
            _add_partial(tally, sentence, written, lines, report, path)
            continue
        for name, seen in tags.items():
            sentence[name] = seen.add(sentence[name], lines)
        found = sentence.get(written)
        labels = found and in_scheme(found, written, dataset["label"])
        tally.add(sentence["tokens"], labels, found, lines)
    values.check()
    _add(report, split, findings, tally)
    for column in tags.values():
        column.report(report, split)
    return tally


def _add_partial(tally, sentence, label, lines, report, path) -> None:
    """Count a sentence whose labels are known in part."""
    sets = partial.sets_column(label)
    raw = list(sentence[sets])
    try:
        partial.separate([sentence], label)
    except partial.NoSet as error:
        place = f"{path}:{lines[raw.index(error.value)]}"
        report.add(ERROR, "tags", str(error), 1, [place])
        tally.add(sentence["tokens"], lines=lines)
        return
    tally.add_partial(sentence["tokens"], sentence[label], sentence[sets], lines)


def in_scheme(tags: list[str], column: str, label: str) -> list[str]:
    """Return the labels that a model is trained on, as `readCoNLL` derives them."""
    if label == column:
        return tags
    scheme = tagschemes.scheme_of(label)
    return tagschemes.convert(tags, scheme) if scheme else tagschemes.types(tags)


def _add(report: DatasetReport, split: str, findings: Findings, tally: Tally) -> None:
    """Add what was found in a file, and whether it holds anything."""
    found = findings.report()
    for level, kind, text, *rest in map(dataclasses.astuple, found):
        report.add(level, kind, f"{split}: {text}", *rest)
    if not tally.sentences and all(finding.level != ERROR for finding in found):
        text = f"{split}: holds no sentences. Is it the right file?"
        report.add(ERROR, "empty", text, 1, [report.splits[split].path])
