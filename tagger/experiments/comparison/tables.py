"""Reading the scores of many seeds: the `results.csv` that `tagger seeds` writes."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FILE = "results.csv"
_NEEDED = ("seed", "dev", "test")


class Arm(NamedTuple):
    """The runs of one configuration.

    Attributes:
        name: What to call it.
        path, task: Where the scores come from; the task is empty if the file has no
            such column.
        seeds: `[N]`.
        dev, test: Scores in [0, 1], `[N]`; NaN where there is none.
    """

    name: str
    path: str
    task: str
    seeds: list[int]
    dev: np.ndarray
    test: np.ndarray

    def scores(self, split: str) -> np.ndarray:
        """Return the scores of `dev` or `test`.

        Raises:
            ValueError: Some are missing.
        """
        scores = self.dev if split == "dev" else self.test
        for seed, score in zip(self.seeds, scores):
            if math.isnan(score):
                other = "test" if split == "dev" else "dev"
                raise ValueError(
                    f"{self.path}: seed {seed} has no {split} score. Compare the "
                    f"{other} scores with --split {other}."
                )
        return scores


def read_arms(arguments: Sequence[str], task: str | None = None) -> list[Arm]:
    """Read tables given as `PATH` or `NAME=PATH`.

    A path may be that of the folder. Without a name, that of the folder is taken for a
    `results.csv`, and else that of the file.

    Args:
        arguments: The tables.
        task: Which task to read; None: the only one.

    Raises:
        ValueError: Two have the same name, or `read_arm` fails.
    """
    arms: list[Arm] = []
    for name, path in map(_named, arguments):
        for other in arms:
            if other.name == name:
                raise ValueError(
                    f"{other.path} and {path} would both be called '{name}'. Give "
                    f"them names: {name}1={other.path} {name}2={path}"
                )
        arms.append(read_arm(path, name, task))
    return arms


def paths(arguments: Sequence[str]) -> list[str]:
    """Return the files that arguments of `read_arms` name."""
    return [path for _, path in map(_named, arguments)]


def _named(argument: str) -> tuple[str, str]:
    """Return what to call a table, and its file."""
    name, equals, path = argument.partition("=")
    if not equals or os.path.exists(argument) or os.path.dirname(name):
        name, path = "", argument
    if os.path.isdir(path):
        path = os.path.join(path, FILE)
    folder, file = os.path.split(os.path.abspath(path))
    own = os.path.basename(folder) if file == FILE else os.path.splitext(file)[0]
    return name or own, path


def read_arm(path: str, name: str, task: str | None = None) -> Arm:
    """Read one table.

    Args:
        path: A CSV file with the columns seed, dev, test and, if there is more than
            one task, task. Scores are in [0, 1] or, all of them, in percent.
        name: What to call it.
        task: Which task to read; None: the only one.

    Raises:
        ValueError: It is no such file, or has no such task.
    """
    rows = _read_rows(path)
    tasks = list(dict.fromkeys(found for found, *_ in rows))
    if task is None and len(tasks) > 1:
        raise ValueError(f"{path} has several tasks: choose one, {_choices(tasks)}.")
    wanted = tasks[0] if task is None else task
    if wanted not in tasks:
        if tasks == [""]:
            raise ValueError(f"{path} names no tasks: leave --task out.")
        raise ValueError(f"{path} has no task '{wanted}'. There is: {_choices(tasks)}.")
    rows = [row for row in rows if row[0] == wanted]
    seeds = [seed for _, seed, *_ in rows]
    twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
    if twice is not None:
        raise ValueError(f"{path}: seed {twice} stands there twice.")
    dev, test = (np.array([row[column] for row in rows], float) for column in (2, 3))
    if np.nanmax([dev, test], initial=0.0) > 1:
        dev, test = dev / 100, test / 100
    return Arm(name, path, wanted, seeds, dev, test)


def _read_rows(path: str) -> list[tuple[str, int, float, float]]:
    """Return task, seed, dev and test score of each line."""
    rows = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            missing = [column for column in _NEEDED if column not in columns]
            if missing:
                raise ValueError(
                    f"{path}: no column {', '.join(missing)}. The first line must "
                    "name the columns: seed,task,dev,test, as in the results.csv of "
                    "`tagger seeds`."
                )
            for row in reader:
                where = f"{path}:{reader.line_num}"
                rows.append(
                    (
                        row.get("task") or "",
                        _seed(row["seed"], where),
                        *(_score(row[split], where, split) for split in _NEEDED[1:]),
                    )
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV file in UTF-8 ({error}).") from None
    if not rows:
        raise ValueError(f"{path}: it holds no runs yet.")
    return rows


def _seed(text: str | None, where: str) -> int:
    try:
        return int(text or "")
    except ValueError:
        raise ValueError(f"{where}: the seed must be a number, not {text!r}.") from None


def _score(text: str | None, where: str, split: str) -> float:
    try:
        score = float(text or "")
    except ValueError:
        score = math.inf
    if not (math.isnan(score) or 0 <= score <= 100):
        raise ValueError(
            f"{where}: the {split} score must be a number in [0, 1], or in percent, "
            f"not {text!r}."
        )
    return score


def _choices(tasks: Sequence[str]) -> str:
    return " or ".join(f"--task {task}" for task in tasks)
