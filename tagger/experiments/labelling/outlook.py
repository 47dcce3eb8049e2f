"""What twice as much data would bring, by label, in words and as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from tagger.experiments.labelling.extrapolation import Forecast, PowerLaw
from tagger.experiments.labelling.growing import OVERALL, Reached

TIMES = 2  # as much data


class Outlook(NamedTuple):
    """The present and the future of a label.

    Attributes:
        label: Its name; empty: all together.
        now: The mean score with all data.
        then: What is expected with twice as much; None where too few trainings have
            begun to find the label.
    """

    label: str
    now: float
    then: Forecast | None


def outlooks(reached: Sequence[Reached]) -> list[Outlook]:
    """Return the outlook of all labels together, then those that gain most."""
    most = max(point.share for point in reached)
    whole = [point for point in reached if point.share == most]
    tokens = TIMES * statistics.mean(point.tokens for point in whole)
    found = []
    for label in whole[0].scores:
        law = _law(reached, label)
        now = statistics.mean(point.scores[label] for point in whole)
        found.append(Outlook(label, now, law and law.at(tokens)))
    first, *rest = found
    return [first, *sorted(rest, key=lambda o: o.then is None or o.now - o.then.score)]


def hindsight(reached: Sequence[Reached]) -> tuple[float, Forecast, float] | None:
    """Return how well the same would have worked before.

    Returns:
        The largest share up to half of the data, what all data were to reach by the
        trainings up to there, and what they did; None without enough trainings.
    """
    most = max(point.share for point in reached)
    early = [point for point in reached if point.share <= most / TIMES]
    law = _law(early, OVERALL)
    if law is None:
        return None
    whole = [point for point in reached if point.share == most]
    tokens = statistics.mean(point.tokens for point in whole)
    score = statistics.mean(point.scores[OVERALL] for point in whole)
    return max(point.share for point in early), law.at(tokens), score


def _law(reached: Sequence[Reached], label: str) -> PowerLaw | None:
    """Return the law of a label's scores, None where two amounts of data lack one.

    Where a model has not begun to find a label, its score of 0 says nothing about how
    it grows.
    """
    begun = [point for point in reached if point.scores[label] > 0]
    if len({point.share for point in begun}) < 2:
        return None
    return PowerLaw(
        [point.tokens for point in begun], [point.scores[label] for point in begun]
    )


def report(reached: Sequence[Reached]) -> list[str]:
    """Return what to tell, as lines."""
    lines = ["share   tokens    score (lowest to highest seed)"]
    for share in dict.fromkeys(point.share for point in reached):
        own = [point for point in reached if point.share == share]
        scores = [100 * point.scores[OVERALL] for point in own]
        tokens = statistics.mean(point.tokens for point in own)
        lines.append(
            f"{100 * share:4.0f} % {tokens:9,.0f}    {statistics.mean(scores):.2f} "
            f"({min(scores):.2f} to {max(scores):.2f})"
        )
    found = outlooks(reached)
    width = max(len("label"), *(len(_name(outlook)) for outlook in found))
    lines += ["", f"{'label':<{width}}    now   with twice as much   gain"]
    for outlook in found:
        if outlook.then is None:
            lines.append(
                f"{_name(outlook):<{width}} {100 * outlook.now:6.2f}  (unknown)"
            )
            continue
        then, gain = outlook.then, outlook.then.score - outlook.now
        interval = f"({100 * then.low:.2f} to {100 * then.high:.2f})"
        lines.append(
            f"{_name(outlook):<{width}} {100 * outlook.now:6.2f} "
            f"{100 * then.score:6.2f} {interval} {100 * gain:+.2f}"
        )
    past = hindsight(reached)
    if past is not None:
        share, then, score = past
        lines += [
            "",
            f"The same from {100 * share:.0f} % of the data would have said "
            f"{100 * then.score:.2f} ({100 * then.low:.2f} to {100 * then.high:.2f}) "
            f"for all of it; it is {100 * score:.2f}.",
        ]
    return lines


def _name(outlook: Outlook) -> str:
    return outlook.label or "all"


def as_json(reached: Sequence[Reached]) -> dict[str, Any]:
    """Return all numbers; an interval that is not known is null."""
    return {
        "trainings": [
            {
                **point._asdict(),
                "scores": {k or "all": v for k, v in point.scores.items()},
            }
            for point in reached
        ],
        "outlook": {
            _name(outlook): {
                "now": outlook.now,
                **{
                    key: None if value is None or value != value else value
                    for key, value in zip(Forecast._fields, outlook.then or [None] * 3)
                },
            }
            for outlook in outlooks(reached)
        },
    }
