"""An analysis as text, as JSON, and as pictures."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tagger.experiments.analysis.effects import Setting
from tagger.experiments.analysis.runs import Runs
from tagger.experiments.comparison.findings import p_value
from tagger.experiments.comparison.plot import bars, violins
from util.corpus.checking.report import printable

_HEAD = ("", "first in", "n", "wins", "median", "95 %", "p")


def lines(
    runs: Runs, settings: Sequence[Setting], shares: Mapping[str, float]
) -> Iterator[str]:
    """Yield the report, line by line."""
    yield from _pairs(runs, settings)
    if shares:
        yield ""
        yield "What each setting alone explains of the order of all runs:"
        width = max(len(printable(name)) for name in shares)
        for name, share in shares.items():
            yield f"  {printable(name).ljust(width)}  {100 * share:3.0f} %"


def _pairs(runs: Runs, settings: Sequence[Setting]) -> Iterator[str]:
    if not settings:
        yield (
            f"{len(runs.scores):,} runs, of which no two differ in one setting alone: "
            "options cannot be compared with all else equal."
        )
        return
    yield (
        f"{len(runs.scores):,} runs, {runs.score} in points. Each option beside the "
        "best one, all else equal:"
    )
    yield "wins: how often it is better; median: of the differences; p: corrected"
    for setting in settings:
        yield ""
        yield (
            f"{printable(setting.name)}: {setting.configurations:,} configurations "
            f"with several options, {setting.complete:,} with all; from worst to best "
            f"{setting.spread:.2f}"
        )
        rows = list(_rows(setting))
        widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
        for first, *others in rows:
            cells = [first.ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, widths[1:])]
            yield "  " + "  ".join(cells).rstrip()


def _rows(setting: Setting) -> Iterator[Sequence[str]]:
    yield _HEAD
    yield printable(setting.best), _first(setting, setting.best), "", "", "", "", ""
    for one in sorted(setting.effects, key=lambda each: -each.difference):
        known = one.low is not None and one.high is not None
        yield (
            printable(one.value),
            _first(setting, one.value),
            f"{one.n:,}",
            f"{100 * one.wins / one.n:.0f} %",
            f"{one.difference:+.2f}",
            f"{one.low:+.2f} to {one.high:+.2f}" if known else "",
            p_value(one.p_corrected)[2:],
        )


def _first(setting: Setting, option: str) -> str:
    return f"{100 * setting.firsts[option]:.0f} %" if setting.complete else ""


def to_dict(
    runs: Runs, settings: Sequence[Setting], shares: Mapping[str, float]
) -> dict[str, Any]:
    """Return everything as plain data for JSON; scores are in points."""
    found = []
    for setting in settings:
        plain = dataclasses.asdict(setting)
        for effect in plain["effects"]:
            del effect["differences"]
        found.append(plain)
    return {
        "runs": len(runs.scores),
        "score": runs.score,
        "no settings": list(runs.found),
        "settings": found,
        "importances": dict(shares),
    }


def draw(
    folder: str, settings: Sequence[Setting], shares: Mapping[str, float]
) -> list[str]:
    """Draw the differences of each setting, and what settings explain.

    Returns:
        The names of the files.
    """
    os.makedirs(folder, exist_ok=True)
    paths = []
    for setting in settings:
        effects = sorted(setting.effects, key=lambda each: -each.difference)
        paths.append(_picture(folder, setting.name))
        violins(
            paths[-1],
            [effect.value for effect in effects],
            [effect.differences / 100 for effect in effects],
            f"points more than {setting.best}",
            logarithmic=True,
        )
    if shares:
        paths.append(_picture(folder, "explained"))
        bars(
            paths[-1],
            list(shares),
            [100 * share for share in shares.values()],
            "% of the runs' order that a setting explains alone",
        )
    return paths


def _picture(folder: str, name: str) -> str:
    safe = "".join(sign if sign.isalnum() else "_" for sign in name)
    return os.path.join(folder, f"{safe}.png")
