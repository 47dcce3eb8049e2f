"""Plots: violins with every score and the median; bars."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from util.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
_VIOLIN, _MEDIAN = "tab:blue", "tab:red"


def format_of(path: str) -> str:
    """Return the format that a path's ending names.

    Raises:
        ValueError: It names none that is known.
    """
    ending = os.path.splitext(path)[1][1:].lower()
    if ending not in FORMATS:
        raise ValueError(f"{path}: a plot's name must end in .{', .'.join(FORMATS)}.")
    return ending


def violins(
    path: str,
    names: Sequence[str],
    scores: Sequence[np.ndarray],
    axis: str,
    logarithmic: bool = False,
) -> None:
    """Draw the scores of models side by side.

    Args:
        path: A file that ends in one of `FORMATS`.
        names: Of the models.
        scores: In [0, 1], `[N]` each.
        axis: What the axis of the scores says.
        logarithmic: Beyond one point, on both sides.

    Raises:
        ValueError: The path has another ending.
    """
    format_of(path)
    # Without pyplot there is neither a window nor anything that stays in memory.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(4.0, 1.5 * len(names) + 1), 4.5), layout="tight")
    axes = figure.add_subplot()
    places = np.arange(1, len(names) + 1)
    for place, values in zip(places, scores):
        percent = 100 * values
        if np.ptp(percent) > 0:
            drawn = axes.violinplot(percent, [place], widths=0.8, showextrema=False)
            for body in drawn["bodies"]:
                body.set(facecolor=_VIOLIN, edgecolor="none", alpha=0.3)
        axes.scatter(place + _beside(len(values)), percent, s=14, color=_VIOLIN)
        median = np.median(percent)
        axes.hlines(median, place - 0.3, place + 0.3, color=_MEDIAN)
        axes.annotate(f"{median:.2f}", (place + 0.32, median), va="center", fontsize=8)
    axes.set_xlim(0.4, len(names) + 0.8)
    axes.set_xticks(places, [_short(name) for name in names])
    for label in axes.get_xticklabels():
        label.set_parse_math(False)  # a name may hold $
        label.set(rotation=20 if len(names) > 4 else 0)
    axes.set_ylabel(axis)
    if logarithmic:
        axes.set_yscale("symlog", linthresh=1.0)
    axes.grid(axis="y", alpha=0.3)
    save(figure, path)


def bars(path: str, names: Sequence[str], values: Sequence[float], axis: str) -> None:
    """Draw a bar for each name, the first on top.

    Args:
        path: A file that ends in one of `FORMATS`.
        names: What the values belong to.
        values: The lengths.
        axis: What the axis of the values says.

    Raises:
        ValueError: The path has another ending.
    """
    format_of(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 0.3 * len(names) + 1), layout="tight")
    axes = figure.add_subplot()
    places = np.arange(len(names))
    drawn = axes.barh(places, values, color=_VIOLIN, alpha=0.6)
    axes.bar_label(drawn, fmt="%.0f", padding=3, fontsize=8)
    axes.margins(x=0.1)
    axes.set_yticks(places, [_short(name) for name in names])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)  # a name may hold $
    axes.invert_yaxis()
    axes.set_xlabel(axis)
    axes.grid(axis="x", alpha=0.3)
    save(figure, path)


def _short(name: str) -> str:
    return name if len(name) < 25 else name[:22] + "..."


def save(figure: Figure, path: str) -> None:
    """Write a figure, all of it or nothing, in the format that the path's ending names.

    Without a date, so that the same scores give the same file.
    """
    format_ = format_of(path)
    undated = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=format_, dpi=150, metadata=undated[format_])


def _beside(count: int) -> np.ndarray:
    """Return where points stand beside each other, so that equal ones do not hide."""
    return 0.12 * ((np.arange(count) * 0.618034) % 1 - 0.5)
