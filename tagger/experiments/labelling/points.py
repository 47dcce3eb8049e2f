"""What was reached with how many labels: a table, a summary, and the curve."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from util.files import atomic_path

# The trainings that all strategies share: on everything, and on the beginning.
ALL, START = "all", "start"
ENOUGH = 0.99  # of the score with all labels


class Point(NamedTuple):
    """A training: how many labels it had, and what it reached.

    Attributes:
        strategy: By which its sentences were chosen; `start`: by chance, for all of
            them; `all`: there was nothing to choose.
        seed: Its seed.
        share: Of the tokens, as it was asked for.
        tokens, sentences, spans: What was labelled.
        score: In [0, 1].
        seconds: What the training took.
    """

    strategy: str
    seed: int
    share: float
    tokens: int
    sentences: int
    spans: int
    score: float
    seconds: float


def write_table(path: str, points: Sequence[Point]) -> None:
    """Write the points as CSV."""
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Point._fields)
            writer.writerows(points)


def full_score(points: Sequence[Point]) -> float:
    """Return the mean score with all labels."""
    return statistics.mean(p.score for p in points if p.strategy == ALL)


def curves(points: Sequence[Point]) -> dict[str, dict[float, list[Point]]]:
    """Return by strategy the points at each share, the common beginning included."""
    names = [p.strategy for p in points if p.strategy not in (ALL, START)]
    found: dict[str, dict[float, list[Point]]] = {}
    for name in dict.fromkeys(names):
        for point in points:
            if point.strategy in (name, START):
                found.setdefault(name, {}).setdefault(point.share, []).append(point)
    return found


def enough_at(curve: dict[float, list[Point]], wanted: float) -> float | None:
    """Return the share at which the mean score reaches what is wanted, between points.

    None if it does not.
    """
    before: tuple[float, float] | None = None
    for share, points in sorted(curve.items()):
        score = statistics.mean(p.score for p in points)
        if score >= wanted:
            if before is None:
                return share
            part = (wanted - before[1]) / (score - before[1])
            return before[0] + part * (share - before[0])
        before = share, score
    return None


def summary(points: Sequence[Point]) -> list[str]:
    """Return what to tell of the points, as lines."""
    full = full_score(points)
    scores = [p.score for p in points if p.strategy == ALL]
    lines = [f"All labels: {_range(scores)}"]
    for name, curve in curves(points).items():
        lines.append(f"{name}:")
        for share, own in sorted(curve.items()):
            sentences = statistics.mean(p.sentences for p in own)
            spans = statistics.mean(p.spans for p in own)
            seconds = statistics.mean(p.seconds for p in own)
            text = f"{sentences:,.0f} sentences"
            text += f", {spans:,.0f} spans" if spans else ""
            lines.append(
                f"  {100 * share:5.1f} % of the tokens ({text}): "
                f"{_range([p.score for p in own])}, {seconds:.0f} s"
            )
        share_ = enough_at(curve, ENOUGH * full)
        reached = "not reached"
        if share_ is not None:
            reached = f"at about {100 * share_:.0f} % of the tokens"
        lines.append(f"  {100 * ENOUGH:g} % of the score with all labels: {reached}")
    return lines


def _range(scores: Sequence[float]) -> str:
    low, high = 100 * min(scores), 100 * max(scores)
    return f"{100 * statistics.mean(scores):.2f} ({low:.2f} to {high:.2f})"


def draw(path: str, points: Sequence[Point]) -> None:
    """Draw the mean score against the labelled tokens, with the range of the seeds.

    Args:
        path: Ends in .svg or .png.
        points: What was reached.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="tight")
    axes = figure.add_subplot()
    for name, curve in curves(points).items():
        shares = sorted(curve)
        scores = [[100 * p.score for p in curve[share]] for share in shares]
        percent = [100 * share for share in shares]
        (line,) = axes.plot(
            percent, list(map(statistics.mean, scores)), "-o", markersize=3, label=name
        )
        low, high = list(map(min, scores)), list(map(max, scores))
        axes.fill_between(percent, low, high, color=line.get_color(), alpha=0.12)
    full = 100 * full_score(points)
    axes.axhline(full, color="grey", linewidth=1, label="all labels")
    label = f"{100 * ENOUGH:g} % of that"
    axes.axhline(ENOUGH * full, color="grey", linewidth=1, linestyle="--", label=label)
    axes.set_xlabel("labelled tokens (%)")
    axes.set_ylabel("score (%)")
    axes.grid(alpha=0.3)
    axes.legend(framealpha=0.8)
    ending = path.rsplit(".", 1)[-1]
    with atomic_path(path) as temporary, rc_context({"svg.hashsalt": "curve"}):
        # No date, so that the same scores give the same file.
        undated = {"Date": None} if ending == "svg" else {}
        figure.savefig(temporary, format=ending, dpi=150, metadata=undated)
