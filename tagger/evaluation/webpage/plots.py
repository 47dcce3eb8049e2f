"""Plots as SVG pictures; text in them is drawn as outlines, so no font is needed."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tagger.evaluation.calibration import Reliability
from tagger.evaluation.confusion import Confusion, most_confused
from tagger.evaluation.curves import Point
from tagger.evaluation.report import Transitions
from util.corpus.checking.report import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TYPES = 30
MOST_LABELS = 50
# Cells are filled with numbers up to this many columns.
_NUMBERED = 32
_LONGEST_NAME = 18

# The share of so few answers may be chance.
FEW_ANSWERS = 10

BLUE, PALE, ORANGE, GREY = "#1f5fa8", "#c9d9ec", "#c2570c", "#8a8f98"


def confusion_plot(table: Confusion) -> bytes:
    """Draw a confusion table: shares of each row; green: right, red: a wrong type."""
    table = most_confused(table, MOST_TYPES)
    counts = table.counts
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = table.types
    alone = np.ones(counts.shape, bool)
    alone[:size, :size] = False
    right = np.eye(len(counts), dtype=bool) & ~alone
    wrong = ~right & ~alone
    colours = _colours("Greens", 0.7 * shares)
    for cells, name in ((wrong, "OrRd"), (alone, "Greys")):
        # The root lets small shares be seen, too.
        relative = np.sqrt(shares / max(shares[cells].max(initial=0), 1e-9))
        colours[cells] = _colours(name, 0.6 * np.minimum(relative, 1))[cells]
    colours[counts == 0] = 1

    def draw(figure: Figure) -> None:
        axes = _heat_map(figure, colours, table.gold, table.predicted)
        axes.set_ylabel("right type")
        axes.set_xlabel("predicted type")
        if size < len(counts):
            for line in (axes.axhline, axes.axvline):
                line(size - 0.5, color=GREY, linewidth=1)
        if len(table.predicted) <= _NUMBERED:
            _number(axes, counts, lambda value: str(value) if value else "")

    return _svg(draw, *_heat_map_size(table.gold, table.predicted))


def transitions_plot(transitions: Transitions, kept: Sequence[int]) -> bytes:
    """Draw a CRF's transitions: blue ones are favoured, red ones avoided.

    Args:
        transitions: The learned scores.
        kept: The labels to show, by index.
    """
    kept = list(kept)
    labels = [transitions.labels[i] for i in kept]
    rows, columns = ["(start)", *labels], [*labels, "(end)"]
    scores = np.full((len(rows), len(columns)), np.nan)
    scores[0, :-1] = transitions.start[kept]
    scores[1:, :-1] = transitions.scores[np.ix_(kept, kept)]
    scores[1:, -1] = transitions.end[kept]
    # Forbidden transitions have huge negative scores, which would drown the others.
    usual = np.abs(scores[np.isfinite(scores) & (np.abs(scores) < 100)])
    limit = max(usual.max(initial=0), 1e-6)
    shades = np.nan_to_num(np.clip(scores / limit, -1, 1))
    colours = _colours("RdBu", 0.5 + 0.42 * shades)

    def draw(figure: Figure) -> None:
        axes = _heat_map(figure, colours, rows, columns)
        axes.set_ylabel("from this label")
        axes.set_xlabel("to this label")
        if len(columns) <= _NUMBERED:
            _number(axes, scores, _score)

    return _svg(draw, *_heat_map_size(rows, columns))


def _score(value: float) -> str:
    if math.isnan(value):
        return ""
    # Adding 0 turns -0.0 into 0.0.
    return "no" if value < -100 else f"{round(value, 1) + 0:.1f}"


def reliability_plot(after: Reliability, before: Reliability | None = None) -> bytes:
    """Draw how often answers are right, by their probability.

    Args:
        after: What to show as bars.
        before: Before a temperature was fitted, shown as a line.
    """

    def draw(figure: Figure) -> None:
        top, bottom = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": [4, 1]}
        )
        top.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        full = [bin_ for bin_ in after.bins if bin_.count]
        width = full[0].high - full[0].low if full else 1
        middles = [(bin_.low + bin_.high) / 2 for bin_ in full]
        colours = [BLUE if bin_.count >= FEW_ANSWERS else PALE for bin_ in full]
        bars = {"width": 0.88 * width, "color": colours}
        top.bar(middles, [bin_.accuracy for bin_ in full], alpha=0.75, **bars)
        if before is not None:
            points = [
                (b.confidence, b.accuracy)
                for b in before.bins
                if b.count >= FEW_ANSWERS
            ]
            style = {"markersize": 3, "linewidth": 1, "clip_on": False}
            top.plot(*np.reshape(points, (-1, 2)).T, "-o", color=ORANGE, **style)
        shares = [bin_.count / after.count for bin_ in full]
        bottom.bar(middles, shares, **bars)
        for axes, limit in ((top, 1), (bottom, max(shares, default=1))):
            axes.set_xlim(0, 1)
            axes.set_ylim(0, 1.03 * limit)
            _plain(axes)
        top.set_ylabel("share that is right")
        bottom.set_ylabel("share of all")
        bottom.set_xlabel("probability that the tagger gives")

    return _svg(draw, 3.3, 3.9)


def curve_plot(curve: Sequence[Point], score_name: str) -> bytes:
    """Draw dev and test scores after each epoch of training."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        epochs = [point.epoch for point in curve]
        for name, values, colour in (
            ("dev", [point.dev for point in curve], BLUE),
            ("test", [point.test for point in curve], ORANGE),
        ):
            if not np.isnan(values).all():
                scores = 100 * np.asarray(values)
                axes.plot(epochs, scores, "-o", color=colour, markersize=3, label=name)
        best = _best_epoch(curve)
        if best is not None:
            axes.axvline(best, color=GREY, linestyle="--", linewidth=1)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("epoch (the dashed line is the best dev score)")
        axes.set_ylabel(f"{score_name} (%)")
        axes.grid(color="#e3e6ea", linewidth=0.7)
        figure.legend(frameon=False, loc="outside upper right", ncols=2)
        _plain(axes)

    return _svg(draw, 7, 3.4)


def _best_epoch(curve: Sequence[Point]) -> int | None:
    known = [point for point in curve if not math.isnan(point.dev)]
    return max(known, key=lambda point: point.dev).epoch if known else None


def _colours(name: str, shades: np.ndarray) -> np.ndarray:
    """Return the colours `[..., 4]` of shades in [0, 1] on a colour map."""
    import matplotlib

    return matplotlib.colormaps[name](shades)


def _heat_map_size(rows: Sequence[str], columns: Sequence[str]) -> tuple[float, float]:
    """Return a width and height in inches with room for all names."""
    side, letter = 0.36, 0.085
    left = letter * max(len(_short(name)) for name in rows) + 0.6
    below = letter * max(len(_short(name)) for name in columns) + 0.6
    return left + side * len(columns), below + 0.8 * side * len(rows)


def _heat_map(
    figure: Figure, colours: np.ndarray, rows: Sequence[str], columns: Sequence[str]
) -> Axes:
    axes = figure.subplots()
    axes.imshow(colours, aspect="auto", interpolation="none")
    axes.set_xticks(range(len(columns)), [*map(_short, columns)], rotation=90)
    axes.set_yticks(range(len(rows)), [*map(_short, rows)])
    axes.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="#e3e6ea", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_color("#b9bec6")
    return axes


def _number(axes: Axes, values: np.ndarray, text: Callable[[float | int], str]) -> None:
    for (row, column), value in np.ndenumerate(values):
        shown = text(value)
        if shown:
            size = 7 if len(shown) < 5 else 6
            axes.text(column, row, shown, ha="center", va="center", fontsize=size)


def _short(name: str) -> str:
    """Return a label that fits on an axis."""
    name = printable(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _svg(draw: Callable[[Figure], None], width: float, height: float) -> bytes:
    """Return what `draw` draws on a figure of a size in inches."""
    import matplotlib
    from matplotlib.figure import Figure

    settings = {
        "svg.fonttype": "path",
        "svg.hashsalt": "report",  # the same report, the same bytes
        "text.parse_math": False,  # a label may be called $
        "font.family": "DejaVu Sans",
        "font.size": 8,
    }
    file = io.BytesIO()
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # Letters that the font lacks are boxes; the tables have them.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
