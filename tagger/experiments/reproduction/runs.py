"""The table of a reproduction's runs: a line each, which `tagger analyse` reads."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagger.experiments.reproduction.plan import Plan
from util.files import atomic_path

_PROTOCOL = ("data", "vector_file", "most_epochs")


class Protocol(NamedTuple):
    """What runs must have in common to be compared.

    Attributes:
        data: The folder's name.
        vector_file: By the name of word vectors, that of their file.
        most_epochs: After which training ends anyhow.
    """

    data: str
    vector_file: Mapping[str, str]
    most_epochs: int

    def known(self) -> dict[str, str]:
        """Return what all runs must have, by what it is."""
        files = {f"file of {n} vectors": file for n, file in self.vector_file.items()}
        return {"data": self.data, "most epochs": str(self.most_epochs), **files}


class RunRow(NamedTuple):
    """A run.

    Attributes:
        option, seed: What was trained.
        protocol: Data, file of word vectors, and most epochs, as text.
        dev, test: Scores in [0, 1], both at the epoch with the best dev score.
        best_epoch, epochs: That epoch, and how many were trained; from 1.
        seconds: What training took.
    """

    option: str
    seed: int
    protocol: tuple[str, str, str]
    dev: float
    test: float
    best_epoch: int
    epochs: int
    seconds: float


Runs = Mapping[tuple[str, int], RunRow]  # by option and seed


def _columns(plan: Plan) -> list[str]:
    scores = ["seed", "dev", "test", "best_epoch", "epochs", "seconds"]
    return ["option", *plan.settings, *_PROTOCOL, *scores]


def write(path: str, plan: Plan, rows: Iterable[RunRow]) -> None:
    """Write the table, all of it or nothing, in the order of the plan."""
    order = {option: number for number, option in enumerate(plan.options)}
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_columns(plan))
            for row in sorted(rows, key=lambda row: (order[row.option], row.seed)):
                writer.writerow(
                    [
                        *(row.option, *plan.options[row.option].values()),
                        *row.protocol,
                        *(row.seed, f"{row.dev:.6f}", f"{row.test:.6f}"),
                        *(row.best_epoch, row.epochs, row.seconds),
                    ]
                )


def read(path: str, plan: Plan) -> list[RunRow]:
    """Read a table that `write` has written.

    Raises:
        ValueError: It is none, or holds what the plan does not have.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: is no table of text ({error}).") from None
    columns = _columns(plan)
    if not lines or lines[0] != columns:
        raise ValueError(
            f"{path}: is no table of runs that this recipe wrote: its first line must "
            f"be {','.join(columns)}"
        )
    rows = []
    for number, line in enumerate(lines[1:], 2):
        try:
            if len(line) != len(columns):
                raise ValueError(f"it has {len(line)} columns, not {len(columns)}.")
            rows.append(_row(dict(zip(columns, line)), plan))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from None
    return rows


def _row(cells: Mapping[str, str], plan: Plan) -> RunRow:
    option = cells["option"]
    if option not in plan.options:
        raise ValueError(
            f"there is no option {option!r}. There are: {', '.join(plan.options)}"
        )
    for name, value in plan.options[option].items():
        if cells[name] != value:
            raise ValueError(f"{option} has {name}={value}, and not {cells[name]!r}.")
    try:
        row = RunRow(
            option,
            int(cells["seed"]),
            (cells["data"], cells["vector_file"], cells["most_epochs"]),
            *(float(cells["dev"]), float(cells["test"])),
            *(int(cells["best_epoch"]), int(cells["epochs"]), float(cells["seconds"])),
        )
    except ValueError:
        row = None
    if row is None or not (0 <= row.dev <= 1 and 0 <= row.test <= 1 and row.seed >= 0):
        raise ValueError(
            "a line has a seed from 0 on, scores in [0, 1], epochs and seconds."
        )
    return row


def merged(*tables: Iterable[RunRow]) -> dict[tuple[str, int], RunRow]:
    """Return the runs of several tables; of those that are in two, the first."""
    found: dict[tuple[str, int], RunRow] = {}
    for row in itertools.chain(*tables):
        found.setdefault((row.option, row.seed), row)
    return found


def check(plan: Plan, rows: Iterable[RunRow], protocol: Protocol | None = None) -> None:
    """Raise unless runs can be compared: with each other, and with a protocol's.

    Raises:
        ValueError: The message says what differs, and what to do.
    """
    known = protocol.known() if protocol else {}
    for row in rows:
        vectors = f"file of {plan.options[row.option]['vectors']} vectors"
        data, file, epochs = row.protocol
        for name, there in (("data", data), (vectors, file), ("most epochs", epochs)):
            here = known.setdefault(name, there)
            if here != there:
                raise ValueError(
                    f"{row.option} seed {row.seed} cannot be compared with others. Its "
                    f"{name}: {there or 'none'}; theirs: {here or 'none'}. Give the "
                    "same --data, --embeddings and --epochs, or leave out its --runs."
                )


def scores(runs: Runs, option: str) -> dict[int, float]:
    """Return the test scores of an option in points, by seed."""
    return {
        seed: 100 * row.test
        for (name, seed), row in sorted(runs.items())
        if name == option and not math.isnan(row.test)
    }
