"""What came of a reproduction: as text, JSON, a picture, and tables of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tagger.experiments.comparison.distribution import Distribution, describe
from tagger.experiments.comparison.plot import violins
from tagger.experiments.reproduction import findings, picture, runs
from tagger.experiments.reproduction.plan import RECOMMENDED, Plan
from util.files import atomic_path

# How far two seeds of one chunker were apart in the paper: median, 95th percentile,
# maximum (Reimers and Gurevych 2017, Reporting Score Distributions).
_PAPER_GAPS = (0.17, 0.50, 0.81)


class Report:
    """What runs say.

    Args:
        plan: What there is.
        settings: Those to tell of.
        found: The runs.
        published: The paper's table of runs, or None.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Sequence[str],
        found: runs.Runs,
        published: str | None,
    ):
        differences = (
            findings.published_differences(plan, published) if published else {}
        )
        self._published = findings.published_scores(published) if published else None
        self.findings = findings.findings(plan, settings, found, differences)
        scored = runs.scores(found, RECOMMENDED)
        own = [found[RECOMMENDED, seed] for seed in scored]
        self._scores = np.array([row.test for row in own])
        self._dev = np.array([row.dev for row in own])

    def _distribution(self) -> Distribution | None:
        if not len(self._scores):
            return None
        return describe(self._scores, self._dev, self._scores)

    def _tables(self) -> dict[str, list[list[str]]]:
        return {
            "options": list(findings.rows(self.findings)),
            "distribution": list(self._distribution_rows()),
        }

    def _distribution_rows(self) -> Iterable[list[str]]:
        yield [
            *("test F1 of", "runs", "minimum", "median", "maximum", "std"),
            *("two seeds differ by: median", "95 %", "maximum"),
        ]
        mine = self._distribution()
        if mine is None:
            yield [RECOMMENDED, findings.NOT_RUN, *[""] * 7]
        else:
            numbers = [mine.minimum, mine.median, mine.maximum, mine.deviation]
            gaps = [mine.gap_median, mine.gap_95, mine.gap_maximum]
            yield [RECOMMENDED, str(mine.n), *map(_percent, [*numbers, *gaps])]
        theirs = self._published
        if theirs is not None:
            numbers = [
                theirs.min(),
                np.median(theirs),
                theirs.max(),
                theirs.std(ddof=1),
            ]
            shown = [f"{number:.2f}" for number in numbers]
            yield ["the paper's runs like it", str(len(theirs)), *shown, "", "", ""]
        gaps = [f"{gap:.2f}" for gap in _PAPER_GAPS]
        yield ["the paper's chunker", *[""] * 5, *gaps]

    def text(self) -> str:
        """Return the tables as text."""
        return "\n".join(
            "".join(_lines(rows)) for rows in self._tables().values() if len(rows) > 1
        )

    def store(self, path: str) -> None:
        """Write everything as JSON, all of it or nothing."""
        with atomic_path(path) as temporary:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self._plain(), file, indent=2, allow_nan=False)

    def _plain(self) -> dict[str, Any]:
        options = []
        for one in self.findings:
            plain = one._asdict()
            known, theirs = plain.pop("effect"), plain.pop("published")
            if known is not None:
                plain["n"], plain["wins"] = known.n, known.wins
                plain["difference"] = known.difference
                plain["differences"] = known.differences.tolist()
                plain["p"], plain["p_corrected"] = known.p, known.p_corrected
            plain["published"] = theirs and theirs._asdict()
            options.append(plain)
        mine = self._distribution()
        return {"options": options, "recommended": mine and vars(mine)}

    def draw(self, path: str) -> None:
        """Draw the differences; where no setting is told of, the distribution."""
        if self.findings or not len(self._scores):
            picture.draw(path, self.findings)
        else:
            violins(path, [RECOMMENDED], [self._scores], "test F1")

    def put_into(self, path: str) -> None:
        """Bring the tables in a document up to date, those of which there are rows.

        Raises:
            ValueError: It has no place for them.
        """
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        for name, rows in self._tables().items():
            begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
            place = re.compile(f"(?s)(?<={begin}\n).*(?={end})")
            if not place.search(text):
                raise ValueError(
                    f"{path}: has no place for a table: put lines {begin} and {end} "
                    "where it shall stand."
                )
            if len(rows) > 1:
                table = "\n" + "".join(_markdown(rows)) + "\n"
                text = place.sub(lambda _, table=table: table, text)
        with atomic_path(path) as temporary:
            with open(temporary, "w", encoding="utf-8", newline="") as file:
                file.write(text)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


def _lines(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        yield "  ".join(cells).rstrip() + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    heading, *others = rows
    for row in (heading, ["---"] * len(heading), *others):
        yield f"| {' | '.join(row)} |\n".replace("  ", " ")
