"""The statistics of comparisons, against brute force, simulation and known values."""

import itertools

import numpy as np
import pytest
from scipy import stats

from tagger.experiments.comparison import distribution, pairs, power
from tagger.experiments.comparison.predictions import Counts
from tagger.experiments.comparison.randomisation import randomisation_test
from tagger.experiments.comparison.superiority import superiority, variance

RANDOM = np.random.default_rng


# --------------------------------------------------------------------- one model


def test_a_distribution_is_described():
    scores = np.array([0.90, 0.92, 0.91, 0.95])
    found = distribution.describe(scores, scores, 1 - scores)
    assert (found.n, found.minimum, found.maximum) == (4, 0.90, 0.95)
    assert found.mean == pytest.approx(0.92)
    assert found.median == pytest.approx(0.915)
    assert found.deviation == pytest.approx(np.sqrt(0.0014 / 3))
    # The gaps are 1, 1, 2, 3, 4 and 5 hundredths.
    assert found.gap_median == pytest.approx(0.025)
    assert found.gap_95 == pytest.approx(0.0475)
    assert found.gap_maximum == pytest.approx(0.05)
    assert found.spearman == pytest.approx(-1)
    assert found.pearson == pytest.approx(-1)


def test_spearman_goes_by_ranks_and_pearson_by_values():
    dev, test = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.1, 0.2, 0.3, 0.9])
    spearman, pearson = distribution.correlations(dev, test)
    assert spearman == pytest.approx(1)
    centred = [x - x.mean() for x in (dev, test)]
    product = np.prod([np.sqrt((x**2).sum()) for x in centred])
    assert pearson == pytest.approx((centred[0] * centred[1]).sum() / product)


@pytest.mark.parametrize(
    "dev, test",
    [
        ([0.1, 0.2], [0.1, 0.2]),
        ([0.1] * 4, [0.1, 0.2, 0.3, 0.4]),
        ([0.1] * 3, [np.nan] * 3),
    ],
)
def test_where_there_is_no_correlation(dev, test):
    assert distribution.correlations(np.array(dev), np.array(test)) == (None, None)


def test_one_run_has_no_spread():
    one = np.array([0.9])
    found = distribution.describe(one, one, one)
    assert (found.deviation, found.gap_median, found.spearman) == (None, None, None)


# ------------------------------------------------------- one run beats one other


def brute_force(a, b) -> float:
    return np.mean([(x > y) + 0.5 * (x == y) for x in a for y in b])


@pytest.mark.parametrize("seed", range(20))
def test_superiority_counts_all_pairs_and_ties_as_half(seed):
    draw = RANDOM(seed)
    a, b = (draw.integers(0, 6, draw.integers(2, 12)) / 10 for _ in range(2))
    found = superiority(a, b)
    assert found.estimate == pytest.approx(brute_force(a, b))
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    # What is said of A against B is said of B against A.
    assert superiority(b, a) == pytest.approx(
        (1 - found.estimate, 1 - found.high, 1 - found.low)
    )


def test_the_bounds_are_as_far_away_as_their_own_standard_error_allows():
    found = superiority(np.array([3.0, 5, 6, 9]), np.array([1.0, 2, 4, 7, 8]))
    for bound in (found.low, found.high):
        away = abs(bound - found.estimate) / np.sqrt(variance(bound, 4, 5))
        assert away == pytest.approx(stats.norm.ppf(0.975))


def test_the_interval_has_a_width_where_all_runs_win():
    found = superiority(np.arange(5.0) + 10, np.arange(5.0))
    assert found.estimate == found.high == 1
    assert 0.5 < found.low < 0.8
    assert superiority(np.arange(2.0) + 10, np.arange(2.0)).low < 0.5


def test_the_variance_is_that_of_exponential_scores():
    m = n = 6
    ratio = 3.0  # P(A > B) = 3 / (3 + 1)
    draw = RANDOM(1)
    a = draw.exponential(ratio, (40_000, m, 1))
    b = draw.exponential(1.0, (40_000, 1, n))
    estimates = (a > b).mean(axis=(1, 2))
    assert estimates.mean() == pytest.approx(0.75, abs=0.005)
    assert estimates.var() == pytest.approx(variance(0.75, m, n), rel=0.03)


@pytest.mark.parametrize("m, n", [(5, 5), (10, 10), (5, 10)])
@pytest.mark.parametrize("truth", [0.5, 0.75, 0.95])
@pytest.mark.parametrize("spread", [1, 2])
def test_the_interval_covers_the_truth(m, n, truth, spread):
    runs = 2000
    draw = RANDOM(m + n)
    a = draw.normal(stats.norm.ppf(truth) * np.hypot(1, spread), 1, (runs, m))
    b = draw.normal(0, spread, (runs, n))
    wins = (a[:, :, None] > b[:, None, :]).sum(axis=(1, 2))
    covered = 0
    for value, count in zip(*np.unique(wins, return_counts=True)):
        found = superiority(*with_wins(value, m, n))
        covered += count * (found.low <= truth <= found.high)
    assert 0.92 <= covered / runs <= 0.99


def with_wins(wins, m, n):
    """Return samples without ties in which A wins so many of the pairs."""
    full, rest = divmod(wins, n)
    below = [n] * full + [rest] * int(full < m) + [0] * (m - full - 1)
    return np.array(below) - 0.5, np.arange(n, dtype=float)


# -------------------------------------------------------------------- more seeds


@pytest.mark.parametrize("n", [8, 15, 40])
@pytest.mark.parametrize("truth", [0.6, 0.7, 0.8, 0.95])
def test_the_power_is_what_a_simulation_shows(truth, n):
    draw = RANDOM(n)
    a = draw.normal(stats.norm.ppf(truth) * np.sqrt(2), 1, (1000, n))
    b = draw.normal(0, 1, (1000, n))
    found = stats.mannwhitneyu(a, b, axis=1).pvalue < 0.05
    assert power.power(truth, n) == pytest.approx(found.mean(), abs=0.05)
    assert power.power(1 - truth, n) == pytest.approx(power.power(truth, n))


@pytest.mark.parametrize("truth", [0.6, 0.25, 0.8, 0.9])
def test_the_seeds_needed_are_the_fewest(truth):
    n = power.seeds_needed(truth)
    assert power.power(truth, n) >= 0.8 > power.power(truth, n - 1)
    # Noether's formula takes the variance of the null hypothesis for both.
    noether = (
        (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 / 6 / (truth - 0.5) ** 2
    )
    assert 0.75 * noether < n <= noether + 1


def test_seeds_needed_at_the_limits():
    assert power.seeds_needed(0.5) is None
    assert power.seeds_needed(0.51) is None
    assert power.seeds_needed(0.51, most=100_000) > 10_000
    # With three against three, even a clean sweep happens once in ten times.
    assert power.seeds_needed(1.0) == power.seeds_needed(0.0) == 4


# -------------------------------------------------------------------------- pairs


def test_a_pair_by_hand():
    a, b = np.array([0.91, 0.92, 0.95, 0.93]), np.array([0.90, 0.94, 0.89])
    pair = pairs.compare(a, b)
    assert pair.mean_difference == pytest.approx(0.9275 - 0.91)
    assert pair.median_difference == pytest.approx(0.925 - 0.90)
    at = np.concatenate([a, b])
    below = [(scores[:, None] <= at).mean(axis=0) for scores in (a, b)]
    assert pair.ks == pytest.approx(np.abs(below[0] - below[1]).max())
    # Brown-Forsythe: the analysis of variance of distances from the median.
    distances = [np.abs(x - np.median(x)) for x in (a, b)]
    together = np.concatenate(distances)
    between = sum(len(d) * (d.mean() - together.mean()) ** 2 for d in distances)
    within = sum(((d - d.mean()) ** 2).sum() for d in distances)
    assert pair.brown_forsythe == pytest.approx(between / (within / 5))
    assert pair.welch_p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_the_u_test_is_exact_for_few_runs():
    # Only 2 of the 70 ways to deal out 8 ranks part them so far.
    pair = pairs.compare(np.arange(4.0) + 10, np.arange(4.0))
    assert pair.mann_whitney_p == pytest.approx(2 / 70)
    assert pair.settled
    # Of 20 ways, 2 part three and three: too often for 5 %.
    assert not pairs.compare(np.arange(3.0) + 10, np.arange(3.0)).settled


def test_equal_models_are_seldom_called_different():
    draw = RANDOM(0)
    wrong = 0
    for _ in range(200):
        wrong += pairs.compare(*draw.normal(0, 1, (2, 6))).settled
    assert wrong / 200 < 0.08


def test_five_equal_models_seldom_have_a_winner():
    """Without the correction there is one in a quarter of such comparisons."""
    draw = RANDOM(10)
    rounds, corrected, alone = 200, 0, 0
    for _ in range(rounds):
        scores = draw.normal(0, 1, (5, 10))
        found = pairs.compare_all(list(itertools.combinations(scores, 2)))
        corrected += any(pair.settled for pair in found)
        alone += any(pair.mann_whitney_p < 0.05 for pair in found)
    assert corrected / rounds <= 0.06
    assert alone / rounds > 0.1


def test_one_pair_needs_no_correction():
    a, b = np.arange(4.0) + 10, np.arange(4.0)
    assert pairs.compare_all([(a, b)]) == [pairs.compare(a, b)]
    assert pairs.compare_all([]) == []


def test_a_clear_winner_stays_one_among_five_models():
    draw = RANDOM(0)
    scores = draw.normal(0, 1, (5, 10))
    scores[0] += 5
    places = list(itertools.combinations(range(5), 2))
    found = pairs.compare_all([(scores[a], scores[b]) for a, b in places])
    assert [pair.settled for pair in found] == [a == 0 for a, _ in places]


def test_more_pairs_need_more_seeds():
    alone, among = (power.seeds_needed(0.8, level=0.05 / n) for n in (1, 10))
    assert alone < among
    # Of the ways to deal out 12 scores, 2 of 924 part them; of 10, 2 of 252.
    assert power.seeds_needed(1.0, level=0.005) == 6


def test_equal_scores_do_not_make_the_test_sharper():
    pair = pairs.compare(np.full(3, 0.9), np.full(3, 0.8))
    assert pair.mann_whitney_p == pytest.approx(0.1)


def test_holm_by_hand():
    found = pairs.holm([0.01, 0.04, None, 0.03, 0.9])
    assert found == pytest.approx([0.04, 0.09, None, 0.09, 0.9])


def test_three_seeds_are_covered_as_the_report_says():
    draw = RANDOM(3)
    runs, m = 4000, 3
    a, b = draw.normal(0, 1, (runs, m)), draw.normal(0, 2, (runs, m))
    wins = (a[:, :, None] > b[:, None, :]).sum(axis=(1, 2))
    covered = 0
    for value, count in zip(*np.unique(wins, return_counts=True)):
        found = superiority(*with_wins(value, m, m))
        covered += count * (found.low <= 0.5 <= found.high)
    assert 0.85 <= covered / runs <= 0.90


def test_a_clear_difference_is_seen():
    draw = RANDOM(0)
    pair = pairs.compare(draw.normal(0.93, 0.001, 10), draw.normal(0.90, 0.001, 10))
    assert pair.settled
    assert pair.ks_p < 0.001
    assert pair.low > 0.7
    assert pair.seeds_needed <= 5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "a, b",
    [
        ([0.9] * 3, [0.9] * 3),
        ([0.9] * 3, [0.8] * 5),
        ([0.9] * 3, [0.8, 0.9, 0.7]),
        ([0.1, 0.2], [0.3, 0.4]),
        ([0.0, 0.0], [1.0, 1.0]),
    ],
)
def test_odd_scores_give_numbers_or_none(a, b):
    pair = pairs.compare(np.array(a), np.array(b))
    for value in vars(pair).values():
        assert value is None or np.isfinite(value)
    if max(len(a), len(b)) == 2:
        assert pair.brown_forsythe is None


# ------------------------------------------------------------------ randomisation


def counts(draw, sentences, right):
    there = draw.integers(1, 5, sentences)
    found = there + draw.integers(0, 2, sentences)
    return Counts(draw.binomial(there, right), found, there)


def exact(a, b) -> float:
    """Swap in all possible ways."""
    size = len(a.there)
    observed = abs(a.score() - b.score())
    as_large = 0
    for swaps in itertools.product([False, True], repeat=size):
        first = Counts(*(np.where(swaps, y, x) for x, y in zip(a, b)))
        second = Counts(*(np.where(swaps, x, y) for x, y in zip(a, b)))
        as_large += abs(first.score() - second.score()) >= observed - 1e-12
    return as_large / 2**size


@pytest.mark.parametrize("seed", range(4))
def test_random_swaps_come_close_to_all_swaps(seed):
    draw = RANDOM(seed)
    a = counts(draw, 9, 0.8)
    b = counts(draw, 9, 0.5)._replace(there=a.there)
    result = randomisation_test(a, b, rounds=20_000, seed=seed)
    assert result.p == pytest.approx(exact(a, b), abs=0.015)
    assert result.difference == pytest.approx(a.score() - b.score())


def test_the_same_predictions_are_not_different():
    a = counts(RANDOM(0), 50, 0.8)
    result = randomisation_test(a, a, rounds=100)
    assert (result.p, result.different, result.as_large) == (1.0, 0, 100)


def test_much_better_predictions_are_different():
    draw = RANDOM(0)
    a = counts(draw, 300, 0.95)
    b = counts(draw, 300, 0.7)._replace(there=a.there)
    result = randomisation_test(a, b, rounds=1000)
    assert result.p == pytest.approx(1 / 1001)
    assert result.sentences == 300


def test_a_seed_repeats_the_swaps_however_many_fit_into_memory(monkeypatch):
    from tagger.experiments.comparison import randomisation

    draw = RANDOM(5)
    a = counts(draw, 40, 0.8)
    b = counts(draw, 40, 0.7)._replace(there=a.there)
    whole = randomisation_test(a, b, rounds=997, seed=3)
    assert randomisation_test(a, b, rounds=997, seed=3) == whole
    assert randomisation_test(a, b, rounds=997, seed=4) != whole
    monkeypatch.setattr(randomisation, "_CELLS", 1000)
    assert randomisation_test(a, b, rounds=997, seed=3).p == pytest.approx(
        whole.p, abs=0.06
    )


def test_equal_taggers_get_evenly_spread_p_values():
    draw = RANDOM(9)
    p = []
    for _ in range(200):
        a = counts(draw, 60, 0.8)
        b = Counts(draw.binomial(a.there, 0.8), a.found, a.there)
        p.append(randomisation_test(a, b, rounds=300).p)
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.1
    # Equal scores give 1, so the values are not quite uniform.
    assert 0.35 <= np.mean(np.array(p) < 0.5) <= 0.6
