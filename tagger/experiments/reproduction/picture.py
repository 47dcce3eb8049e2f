"""A picture of a reproduction: each pair, the median with its interval, the paper's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tagger.experiments.comparison.plot import format_of, save
from tagger.experiments.reproduction.findings import Finding

_OURS, _MEDIAN, _PAPER = "tab:blue", "tab:red", "black"


def draw(path: str, found: Sequence[Finding]) -> None:
    """Draw what was compared, a line each.

    Args:
        path: A file that ends in .png, .svg or .pdf.
        found: What was compared.

    Raises:
        ValueError: The path has another ending, or there is nothing to draw.
    """
    format_of(path)
    if not any(one.effect for one in found):
        raise ValueError(f"{path}: nothing to draw: no option has run yet.")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.27 * len(found) + 1.5), layout="tight")
    axes = figure.add_subplot()
    axes.axvline(0, color="grey", linewidth=0.8)
    for place, one in enumerate(found):
        if place and found[place - 1].setting != one.setting:
            axes.axhline(place - 0.5, color="lightgrey", linewidth=0.8)
        if one.effect is not None:
            _ours(axes, place, one)
        if one.paper is not None:
            axes.scatter(one.paper, place, marker="D", s=26, zorder=3, color=_PAPER)
        if one.published is not None:
            x = one.published.difference
            axes.scatter(x, place, marker="x", s=30, zorder=3, color=_PAPER)
    axes.set_yticks(
        range(len(found)), [f"{one.setting}: {one.value}" for one in found], fontsize=8
    )
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xscale("symlog", linthresh=1.0)
    ticks = [-5, -4, -3, -2, -1, -0.5, 0, 0.5, 1]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("points of test F1 more than the recommended value")
    axes.grid(axis="x", alpha=0.3)
    _legend(axes)
    save(figure, path)


def _ours(axes, place: int, one: Finding) -> None:
    differences = one.effect.differences
    axes.scatter(
        differences, np.full(len(differences), place), s=14, color=_OURS, alpha=0.5
    )
    if one.low is not None and one.high is not None:
        axes.hlines(place, one.low, one.high, color=_MEDIAN, linewidth=1)
    middle = one.effect.difference
    axes.vlines(middle, place - 0.3, place + 0.3, color=_MEDIAN, linewidth=2)


def _legend(axes) -> None:
    """Explain the signs below the picture."""
    axes.scatter([], [], s=14, color=_OURS, alpha=0.5, label="a pair of ours")
    axes.plot([], [], color=_MEDIAN, label="median, interval")
    axes.scatter([], [], marker="D", s=26, color=_PAPER, label="the paper")
    axes.scatter([], [], marker="x", s=30, color=_PAPER, label="its runs")
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=4,
        fontsize=8,
        frameon=False,
    )
