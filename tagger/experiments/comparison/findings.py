"""What the numbers mean, in sentences for someone who sees them for the first time."""

from __future__ import annotations

from tagger.experiments.comparison.distribution import Distribution
from tagger.experiments.comparison.pairs import Pair
from tagger.experiments.comparison.power import LEVEL, MOST_SEEDS
from tagger.experiments.comparison.randomisation import Randomisation

FEW_SEEDS = 5
# With fewer, the 95 % interval of who wins is too narrow.
FEWEST_FOR_INTERVAL = 4
# Spearman's coefficient from which the dev score is some, or a good, guide.
_SOME_GUIDE, _GOOD_GUIDE = 0.3, 0.7


def of_model(name: str, found: Distribution) -> list[str]:
    """Say what a single run of a model is worth."""
    sentences = []
    if found.gap_maximum == 0:
        sentences.append(f"All runs of {name} score the same.")
    elif found.gap_median is not None:
        sentences.append(
            f"Two runs of {name} that differ in nothing but the seed are "
            f"{points(found.gap_median)} points apart (median), and up to "
            f"{points(found.gap_maximum)}."
        )
    if found.spearman is not None and found.n >= FEW_SEEDS:
        if found.spearman >= _GOOD_GUIDE:
            guide = "a good guide to"
        else:
            guide = "some guide to" if found.spearman >= _SOME_GUIDE else "no guide to"
        sentences.append(
            f"Among the runs of {name}, the dev score is {guide} the test score "
            f"(Spearman {found.spearman:.2f})."
        )
    return sentences


def of_pair(a: str, b: str, pair: Pair, n_a: int, n_b: int) -> list[str]:
    """Say which of two models is better, if that can be told.

    Args:
        a, b: Their names.
        pair: The tests.
        n_a, n_b: How many runs each has.
    """
    return [
        _which_is_better(a, b, pair),
        _means(a, b, pair),
        _shape(pair),
        _spread(pair),
        _seeds(pair, n_a, n_b),
    ]


def _which_is_better(a: str, b: str, pair: Pair) -> str:
    share, low, high = (100 * x for x in (pair.superiority, pair.low, pair.high))
    if share < 50:
        a, b = b, a
        share, low, high = 100 - share, 100 - high, 100 - low
    often = (
        f"one run of {a} beats one run of {b} with a probability of {share:.0f} % "
        f"(95 % interval: {low:.0f} to {high:.0f} %)"
    )
    if pair.settled:
        return f"{a} is better: {often}."
    return f"Not settled: {often}; 50 % would mean that neither is better."


def _means(a: str, b: str, pair: Pair) -> str:
    difference = pair.mean_difference
    if difference == 0:
        return "On average the two score the same."
    better, worse = (a, b) if difference > 0 else (b, a)
    gap = points(abs(difference))
    return f"On average {better} scores {gap} points more than {worse}."


def _shape(pair: Pair) -> str:
    shown = p_value(pair.ks_corrected)
    if pair.ks_corrected < LEVEL:
        return (
            "The two do not draw their scores from the same distribution "
            f"(Kolmogorov-Smirnov, {shown})."
        )
    return (
        "Both may draw their scores from one and the same distribution "
        f"(Kolmogorov-Smirnov, {shown})."
    )


def _spread(pair: Pair) -> str:
    if pair.brown_forsythe_corrected is None:
        return "How the scores spread cannot be compared."
    shown = p_value(pair.brown_forsythe_corrected)
    if pair.brown_forsythe_corrected < LEVEL:
        return f"One depends more on the seed than the other (Brown-Forsythe, {shown})."
    return f"Nothing shows that one depends more on the seed (Brown-Forsythe, {shown})."


def _seeds(pair: Pair, n_a: int, n_b: int) -> str:
    share = max(pair.superiority, 1 - pair.superiority)
    if share == 0.5:
        return "There is no difference that more seeds could confirm."
    truth = f"If the better one truly wins {100 * share:.0f} % of the time, "
    if pair.seeds_needed is None:
        return f"{truth}that is not settled by fewer than {MOST_SEEDS:,} seeds each."
    return (
        f"{truth}{pair.seeds_needed} seeds each would settle it in 4 of 5 attempts "
        f"(U test at {100 * pair.level:.2g} %). Here are {n_a} and {n_b}."
    )


def of_predictions(a: str, b: str, result: Randomisation, measure: str) -> list[str]:
    """Say whether one of two files of predictions is better."""
    if result.difference == 0:
        return [f"Both have the same {measure}."]
    better, worse = (a, b) if result.difference > 0 else (b, a)
    gap = points(abs(result.difference))
    chance = (
        f"swapping the two at random on each sentence gives a difference as large in "
        f"{result.as_large:,} of {result.rounds:,} rounds ({p_value(result.p)})"
    )
    if result.p < LEVEL:
        first = f"{better} is better than {worse} on these sentences by {gap} points: "
    else:
        first = (
            f"Not settled: {better} is {gap} points ahead of {worse}, but that may be "
            "chance: "
        )
    return [
        f"{first}{chance}.",
        "This is about two trained models. Another seed may turn it round: to compare "
        "ways of training, train each with several seeds (tagger seeds).",
    ]


def warnings(sizes: dict[str, int]) -> list[str]:
    """Say what makes a comparison of models weak.

    Args:
        sizes: Number of runs of each model.
    """
    few = [name for name, n in sizes.items() if n < FEW_SEEDS]
    found = []
    if few:
        found.append(
            f"Fewer than {FEW_SEEDS} seeds of {', '.join(few)}: take what is said "
            "below as a hint."
        )
    narrow = [name for name, n in sizes.items() if n < FEWEST_FOR_INTERVAL]
    if narrow and len(sizes) > 1:
        found.append(
            f"With 3 seeds or fewer ({', '.join(narrow)}), the 95 % interval is too "
            "narrow: it covers the truth in about 85 to 89 % of cases."
        )
    count = len(sizes) * (len(sizes) - 1) // 2
    if count > 1:
        found.append(
            f"{count} pairs are compared. What is said of them goes by p-values that "
            "are corrected for that (Holm): if all models are equal, any is called "
            "better with a chance of 5 % at most. Each interval is for its pair alone."
        )
    return found


def points(score: float | None) -> str:
    """Return a score or a difference in percent points.

    >>> points(0.93456), points(None)
    ('93.46', '-')
    """
    return "-" if score is None else f"{100 * score:.2f}"


def p_values(p: float | None, corrected: float | None) -> str:
    """Return a p-value, and the corrected one where it is another.

    >>> p_values(0.04, 0.12), p_values(0.04, 0.04)
    ('p 0.040, corrected 0.120', 'p 0.040')
    """
    if p is None or p == corrected:
        return p_value(p)
    return f"{p_value(p)}, corrected {p_value(corrected)[2:]}"


def p_value(p: float | None) -> str:
    """Return a p-value.

    >>> p_value(0.04231), p_value(0.00001), p_value(None)
    ('p 0.042', 'p < 0.001', '-')
    """
    if p is None:
        return "-"
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"
