"""Finds the files of a data set, reads each, and puts them side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping

from util import tagschemes
from util.corpus import tagcolumns
from util.corpus.checking import compare, labels, tags
from util.corpus.checking.report import ERROR, NOTE, DatasetReport
from util.corpus.checking.scan import scan
from util.corpus.checking.tally import Tally
from util.corpus.datasets import (
    KNOWN_COLUMNS,
    SPLITS,
    Dataset,
    MissingData,
    label_column,
    split_file,
)
from util.corpus.definition import check_definition
from util.corpus.partial import is_partial
from util.wording import command


def new_report(name: str, dataset: Dataset) -> DatasetReport:
    """Return an empty report of a data set."""
    report = DatasetReport(name, dataset["label"], _command(name, dataset))
    column = label_column(dataset)
    if column is not None:
        report.announced = tagschemes.scheme_of(dataset["columns"][column])
    return report


def check_dataset(
    name: str, dataset: Dataset
) -> tuple[DatasetReport, dict[str, Tally]]:
    """Check a data set, and return what was counted of each split, too."""
    try:
        check_definition(name, dataset)
    except ValueError as error:
        report = DatasetReport(name, str(dataset.get("label")))
        report.add(ERROR, "definition", str(error))
        return report, {}
    report = new_report(name, dataset)
    if label_column(dataset) is None:
        text = (
            f"There is no column '{report.label}', the label. The columns: "
            f"{', '.join(sorted(dataset['columns'].values()))}"
        )
        report.add(ERROR, "label_column", text)
    tallies = {}
    for split, path in _find_files(name, dataset, report).items():
        try:
            tallies[split] = scan(path, split, dataset, report)
        except OSError as error:
            text = f"{split}: cannot be read ({error.strerror})."
            report.add(ERROR, "unreadable", text, 1, [path])
            report.splits.pop(split, None)
    compare_splits(report, tallies, dataset.get("evaluate", True))
    compare.add_coverage(report, tallies)
    return report, tallies


def compare_splits(
    report: DatasetReport, tallies: Mapping[str, Tally], evaluate: bool
) -> None:
    """Fill in the counts, and add what the splits, side by side, have wrong."""
    compare.summarise(report, tallies)
    labels.check_labels(report, tallies, evaluate)
    tags.check_tags(report, tallies)
    compare.check_shared(report, tallies)
    compare.check_sizes(report, tallies)


def _command(name: str, dataset: Dataset) -> str:
    if dataset.get("files"):
        return ""
    folder = dataset.get("path") or os.path.join("data", name)
    columns = dataset["columns"]
    words = ["check", folder]
    if KNOWN_COLUMNS.get(os.path.basename(os.path.normpath(folder))) != columns:
        words += ["--columns", ",".join(f"{i}:{columns[i]}" for i in sorted(columns))]
    words += ["--label", dataset["label"]]
    if dataset.get("commentSymbol"):
        words += ["--comment", dataset["commentSymbol"]]
    style = dataset.get(tagcolumns.KEY)
    if isinstance(style, Mapping):
        styles = [f"{column}:{name}" for column, name in style.items()]
    else:
        styles = [style] if style else []
    for name in styles:
        words += ["--tag-style", name]
    words += ["--partial"] * is_partial(dataset)
    return command(*words)


def _find_files(name: str, dataset: Dataset, report: DatasetReport) -> dict[str, str]:
    folder = dataset.get("path") or os.path.join("data", name)
    if not dataset.get("files") and not os.path.isdir(folder):
        report.add(ERROR, "missing", str(MissingData(folder)), 1, [folder])
        return {}
    for split in set(dataset.get("files") or ()) - set(SPLITS):
        text = f"'files' names a split '{split}'; there are {', '.join(SPLITS)}."
        report.add(ERROR, "missing", text)
    found = {}
    for split in SPLITS:
        try:
            path = split_file(name, dataset, split)
        except ValueError as error:
            report.add(ERROR, "missing", f"{split}: {error}", 1, [folder])
            continue
        if path:
            found[split] = path
        elif split == "train":
            text = "train: there is no such file. Call it train.txt."
            report.add(ERROR, "missing", text, 1, [folder])
        elif split == "dev" and dataset.get("evaluate", True):
            text = (
                "dev: there is no such file, which choosing the best epoch needs. "
                "Call it dev.txt, or set 'evaluate': False to do without."
            )
            report.add(ERROR, "missing", text, 1, [folder])
        else:
            text = f"{split}: there is no such file, so there are no {split} scores."
            report.add(NOTE, "missing", text, 1, [folder])
    return found
