"""The result of a comparison, as text and as JSON."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tagger.experiments.comparison import distribution, findings, pairs
from tagger.experiments.comparison.distribution import Distribution
from tagger.experiments.comparison.findings import p_value, p_values, points
from tagger.experiments.comparison.pairs import Pair
from tagger.experiments.comparison.randomisation import Randomisation
from tagger.experiments.comparison.tables import Arm
from util.corpus.checking.report import printable

_WIDTH = 88
_HEAD = "seeds mean median sd min max Spearman Pearson".split()


@dataclass
class Comparison:
    """Several models, each with several seeds.

    Attributes:
        split: `dev` or `test`: the scores that are compared.
        arms, distributions: One per model.
        pairs: By the positions of two models, every pair once.
        warnings: Sentences.
    """

    split: str
    arms: list[Arm]
    distributions: list[Distribution]
    pairs: dict[tuple[int, int], Pair]
    warnings: list[str]

    def sentences(self, first: int, second: int) -> list[str]:
        """Say what is found of a pair."""
        a, b = self.arms[first], self.arms[second]
        pair = self.pairs[first, second]
        return findings.of_pair(a.name, b.name, pair, len(a.seeds), len(b.seeds))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON; scores are in [0, 1]."""
        models = [
            {
                "name": arm.name,
                "path": arm.path,
                "task": arm.task,
                **dataclasses.asdict(found),
                "runs": [
                    {"seed": seed, "dev": _known(dev), "test": _known(test)}
                    for seed, dev, test in zip(arm.seeds, arm.dev, arm.test)
                ],
                "findings": findings.of_model(arm.name, found),
            }
            for arm, found in zip(self.arms, self.distributions)
        ]
        compared = [
            {
                "a": self.arms[first].name,
                "b": self.arms[second].name,
                **dataclasses.asdict(pair),
                "settled": pair.settled,
                "findings": self.sentences(first, second),
            }
            for (first, second), pair in self.pairs.items()
        ]
        return {
            "split": self.split,
            "models": models,
            "pairs": compared,
            "warnings": self.warnings,
        }

    def lines(self) -> Iterable[str]:
        """Yield the report, line by line."""
        tasks = ", ".join(dict.fromkeys(arm.task for arm in self.arms if arm.task))
        of_task = f" of {printable(tasks)}" if tasks else ""
        yield f"{self.split} scores{of_task} in percent, at the best dev epoch;"
        yield "Spearman and Pearson: correlation of dev and test"
        yield ""
        yield from self._table()
        for warning in self.warnings:
            yield ""
            yield from _wrapped(f"Warning: {warning}", "")
        for arm, found in zip(self.arms, self.distributions):
            yield ""
            for sentence in findings.of_model(printable(arm.name), found):
                yield from _wrapped(sentence)
        for (first, second), pair in self.pairs.items():
            a, b = (printable(self.arms[which].name) for which in (first, second))
            yield ""
            yield f"{a} against {b}"
            yield from _pair_table(pair)
            for sentence in self.sentences(first, second):
                yield from _wrapped(printable(sentence))

    def _table(self) -> Iterable[str]:
        names = [printable(arm.name) for arm in self.arms]
        width = max(map(len, [*names, "model"]))
        yield f"{'model':<{width}}" + "".join(f"{head:>9}" for head in _HEAD)
        for name, found in zip(names, self.distributions):
            values = [str(found.n)]
            values += map(points, (found.mean, found.median, found.deviation))
            values += map(points, (found.minimum, found.maximum))
            values += map(_coefficient, (found.spearman, found.pearson))
            yield f"{name:<{width}}" + "".join(f"{value:>9}" for value in values)


def compare(arms: Sequence[Arm], split: str = "test") -> Comparison:
    """Compare models by the scores of their seeds.

    Args:
        arms: The models; pairs need at least two runs of each.
        split: Which scores.

    Raises:
        ValueError: Scores are missing, or there is but one run of a model.
    """
    scores = [arm.scores(split) for arm in arms]
    for arm in arms:
        if len(arms) > 1 and len(arm.seeds) < 2:
            raise ValueError(
                f"{arm.path}: a comparison needs at least 2 seeds, better 10. "
                "There is 1."
            )
    warnings = findings.warnings({arm.name: len(arm.seeds) for arm in arms})
    tasks = sorted({arm.task for arm in arms} - {""})
    if len(tasks) > 1:
        warnings.insert(
            0, f"The scores are of different tasks: {printable(', '.join(tasks))}."
        )
    places = list(itertools.combinations(range(len(arms)), 2))
    compared = pairs.compare_all([(scores[a], scores[b]) for a, b in places])
    return Comparison(
        split,
        list(arms),
        [distribution.describe(s, arm.dev, arm.test) for s, arm in zip(scores, arms)],
        dict(zip(places, compared)),
        warnings,
    )


def prediction_lines(
    a: str, b: str, result: Randomisation, measure: str
) -> Iterable[str]:
    """Yield the report on two files of predictions."""
    a, b = printable(a), printable(b)
    width = max(len(a), len(b))
    name = {"f1": "F1"}.get(measure, measure)
    yield f"{name} in percent on {result.sentences:,} sentences"
    yield ""
    yield f"{a:<{width}}{points(result.score_a):>9}"
    yield f"{b:<{width}}{points(result.score_b):>9}"
    yield ""
    yield from _rows(
        {
            "difference": f"{100 * result.difference:+.2f} points",
            "sentences that count differently": f"{result.different:,}",
            "approximate randomisation": p_value(result.p),
        }
    )
    for sentence in findings.of_predictions(a, b, result, name):
        yield from _wrapped(sentence)


def _pair_table(pair: Pair) -> Iterable[str]:
    low, share, high = (100 * x for x in (pair.low, pair.superiority, pair.high))
    wins, shape, spread = (
        p_values(getattr(pair, f"{test}_p"), getattr(pair, f"{test}_corrected"))
        for test in ("mann_whitney", "ks", "brown_forsythe")
    )
    if pair.brown_forsythe is not None:
        spread = f"F {pair.brown_forsythe:.2f}, {spread}"
    yield from _rows(
        {
            "the first wins (Mann-Whitney U)": f"{share:.0f} % ({low:.0f} to "
            f"{high:.0f} %), {wins}",
            "difference of the means (Welch t)": f"{100 * pair.mean_difference:+.2f} "
            f"points, {p_value(pair.welch_p)}",
            "difference of the medians": f"{100 * pair.median_difference:+.2f} points",
            "Kolmogorov-Smirnov": f"D {pair.ks:.2f}, {shape}",
            "Brown-Forsythe": spread,
        }
    )


def _rows(values: dict[str, str]) -> Iterable[str]:
    width = max(map(len, values))
    for name, value in values.items():
        yield f"  {name:<{width}}  {value}"


def _wrapped(sentence: str, bullet: str = "* ") -> list[str]:
    # No line ends within "95 %" or "p 0.03".
    glued = re.sub(r" (?=%)|(?<=\bp) ", "\N{NO-BREAK SPACE}", sentence)
    lines = textwrap.wrap(
        glued,
        _WIDTH,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _coefficient(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _known(score: float) -> float | None:
    return None if math.isnan(score) else float(score)
