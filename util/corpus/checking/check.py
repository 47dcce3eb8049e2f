"""Checking a data set before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from util import tagschemes
from util.CoNLL import Sentence
from util.corpus.checking import compare
from util.corpus.checking.dataset import check_dataset, compare_splits, new_report
from util.corpus.checking.report import (
    ERROR,
    NOTE,
    Finding,
    Report,
    SplitReport,
    severity,
)
from util.corpus.checking.tally import Tally
from util.corpus.datasets import Dataset, MissingData, label_column
from util.corpus.partial import is_partial, sets_column
from util.WordEmbeddings import forms, stream_vectors

if TYPE_CHECKING:
    pass

_MOST_BRIEF_LINES = 10


def check(datasets: Mapping[str, Dataset], embeddingsPath: str | None = None) -> Report:
    """Check data sets, and how far word vectors cover them.

    Nothing is raised for what is wrong with the data: it is all in the report.

    Args:
        datasets: As for `perpareDataset`.
        embeddingsPath: File of word vectors.

    Returns:
        The counts and findings.
    """
    report = Report()
    tallies = {}
    for name, dataset in datasets.items():
        found, tallies[name] = check_dataset(name, dataset)
        report.datasets.append(found)
    if embeddingsPath is not None:
        _check_vectors(report, tallies, embeddingsPath)
    for found in report.datasets:
        found.findings.sort(key=severity)
    return report


def check_sentences(
    datasets: Mapping[str, Dataset],
    files: Mapping[str, Mapping[str, str]],
    sentences: Mapping[str, Mapping[str, Sequence[Sentence]]],
) -> Report:
    """Check sentences that were read already: fast, but lines are not known.

    Args:
        datasets: As for `perpareDataset`.
        files: The path of each split of each data set.
        sentences: Those that `readCoNLL` returned for these files.
    """
    report = Report()
    for name, dataset in datasets.items():
        found = new_report(name, dataset)
        column = label_column(dataset)
        written = dataset["label"] if column is None else dataset["columns"][column]
        tallies = {}
        for split, rows in sentences[name].items():
            found.splits[split] = SplitReport(files[name][split])
            tallies[split] = tally = Tally()
            if hasattr(rows, "select"):  # `Columns`
                read = {"tokens", dataset["label"], written, sets_column(written)}
                rows = rows.select(read)
            for row in rows:
                labels, sets = row.get(dataset["label"]), row.get(sets_column(written))
                if is_partial(dataset) and sets is not None:
                    tally.add_partial(row["tokens"], labels, sets)
                else:
                    tally.add(row["tokens"], labels, row.get(written))
        compare_splits(found, tallies, evaluate=False)
        found.findings.sort(key=severity)
        report.datasets.append(found)
    return report


def brief(report: Report) -> list[str]:
    """Return the errors and warnings of a report, one short line each.

    Behind those of a data set comes the command that shows where.
    """
    lines = []
    for dataset in report.datasets:
        found = [finding for finding in dataset.findings if finding.level != NOTE]
        shown = [f"{dataset.name}, {_in_brief(f)}" for f in found[:_MOST_BRIEF_LINES]]
        if len(found) > len(shown):
            shown.append(f"... and {len(found) - len(shown)} more findings.")
        if shown and dataset.command:
            shown.append(f"See where: {dataset.command}")
        lines += shown
    return lines + [_in_brief(finding) for finding in report.findings]


def refuse(report: Report) -> None:
    """Raise the first error of a report, if there is one."""
    for dataset in report.datasets:
        for finding in dataset.findings:
            if finding.level == ERROR:
                where = f" See where: {dataset.command}" * bool(dataset.command)
                raise ValueError(f"{dataset.name}, {_in_brief(finding)}{where}")


def _in_brief(finding: Finding) -> str:
    first = f" {finding.places[0]}" if finding.level == ERROR and finding.places else ""
    return finding.text + first


def _check_vectors(
    report: Report, tallies: Mapping[str, Mapping[str, Tally]], path: str
) -> None:
    every = {
        form
        for splits in tallies.values()
        for tally in splits.values()
        for word in tally.words
        for form in forms(word)
    }
    try:
        # Every line, as in training; but only the words of the data are kept.
        covered = {word for word, _ in stream_vectors(path) if word in every}
    except (FileNotFoundError, IsADirectoryError):
        report.findings.append(
            Finding(ERROR, "vectors", str(MissingData(path, vectors=True)), 1, [path])
        )
        return
    except (OSError, ValueError) as error:
        report.findings.append(Finding(ERROR, "vectors", str(error), 1, [path]))
        return
    for dataset in report.datasets:
        compare.add_vector_coverage(dataset, tallies[dataset.name], covered)


def default_label(columns: Mapping[int, str]) -> str | None:
    """Return the first column of tags, else the first that is not the tokens.

    >>> default_label({0: "tokens", 1: "POS", 2: "chunk_BIO"})
    'chunk_BIO'
    """
    others = [columns[i] for i in sorted(columns) if columns[i] != "tokens"]
    return next(filter(tagschemes.scheme_of, others), next(iter(others), None))
