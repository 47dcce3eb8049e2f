"""Tables of runs: one line each, with its settings and its scores."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

# What a training tells and nobody sets; a score is one that holds `dev` or `test`.
_FOUND = re.compile(
    r"(?i)(.*(dev|test|score|f1|accuracy).*|(optimal|best)?_?epochs?|seconds|seed|id|"
    r"model|path|run|trial|state)"
)
MOST_OPTIONS = 15  # of a setting; more are a quantity
_SCORES = ("test", "test_f1", "test_score", "score", "f1", "dev", "dev_f1")


class Runs(NamedTuple):
    """Runs of a table.

    Attributes:
        scores: In points, `[N]`.
        settings: By column, the value of each run; only columns with several values.
        score: The column of the scores.
        found: Columns that are no settings.
    """

    scores: np.ndarray
    settings: Mapping[str, Sequence[str]]
    score: str
    found: Sequence[str]


def read_runs(
    path: str,
    score: str | None = None,
    where: Mapping[str, str] | None = None,
    ignored: Sequence[str] = (),
) -> Runs:
    """Read a table: CSV, or separated by tabs; as it is or in gzip.

    Values that differ in letter case alone are one, and so are a list of one value and
    this value.

    Args:
        path: The file; its first line names the columns.
        score: The column of the score; None: the first that is called like one and has
            a number, which that of the test has not after `--no-test`.
        where: Values that runs must have, by column; the others are left out.
        ignored: Columns that are no settings.

    Raises:
        ValueError: It is no such table, lacks a column, or no run is left.
    """
    names, rows = _read(path)
    score = score or _usual_score(names, rows)
    for name in (score, *(where or ()), *ignored):
        if name not in names:
            raise ValueError(
                f"{path}: has no column {name or 'of a score; name it with --score'}. "
                f"Its columns: {', '.join(names)}"
            )
    place = {name: number for number, name in enumerate(names)}
    for name, wanted in (where or {}).items():
        values = sorted({row[place[name]] for row in rows})
        rows = [row for row in rows if _alike(row[place[name]]) == _alike(wanted)]
        if not rows:
            shown = ", ".join(values[:20])
            raise ValueError(f"{path}: no run has {name}={wanted}. There are: {shown}")
    scores = [_number(row[place[score]]) for row in rows]
    kept = [number for number, value in enumerate(scores) if np.isfinite(value)]
    if not kept:
        raise ValueError(f"{path}: no run has a number in the column {score}.")
    points = np.array([scores[number] for number in kept])
    points = points * 100 if np.all((points >= 0) & (points <= 1)) else points
    found = [n for n in names if n == score or n in ignored or _FOUND.fullmatch(n)]
    settings = {}
    for name in names:
        if name not in found:
            values = _merged([rows[number][place[name]] for number in kept])
            if len(set(values)) > 1:
                settings[name] = values
    return Runs(points, settings, score, found)


def _read(path: str) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if path.endswith(".gz") else open
    damage = (EOFError, gzip.BadGzipFile, zlib.error)
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            sign = "\t" if "\t" in head else ","
            names = next(csv.reader([head], delimiter=sign), [])
            rows = [row for row in csv.reader(file, delimiter=sign) if row]
    except (UnicodeDecodeError, csv.Error, *damage) as error:
        raise ValueError(f"{path}: is no table of text ({error}).") from None
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(
            f"{path}: the first line must name the columns, each by a name of its own, "
            "with commas or tabs between."
        )
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise ValueError(
                f"{path}: row {number} has {len(row)} columns, not {len(names)}."
            )
    return names, rows


def _usual_score(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    usual = [n for w in _SCORES for n in names if n.lower() == w]
    for name in usual:
        if any(np.isfinite(_number(row[names.index(name)])) for row in rows):
            return name
    return usual[0] if usual else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _alike(value: str) -> str:
    single = re.fullmatch(r"\[\s*(['\"]?)([^\[\],]+)\1\s*\]", value.strip())
    return (single.group(2) if single else value).strip().lower()


def _merged(values: Sequence[str]) -> list[str]:
    """Return values, each as the first that is like it is written, short ones first."""
    spelt: dict[str, str] = {}
    for value in sorted(set(values), key=lambda each: (len(each), each)):
        spelt.setdefault(_alike(value), value)
    return [spelt[_alike(value)] for value in values]
