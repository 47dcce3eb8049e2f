"""Trainings on growing shares of a corpus, judged label by label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tagger.engines import load
from tagger.experiments.corpus import Corpus, read_sentences
from tagger.experiments.labelling import strategies
from tagger.experiments.parts import Parts
from tagger.experiments.seedruns.machines import HERE, Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from util.BIOF1Validation import count_spans

OVERALL = ""  # the name of the score of all labels together


class Reached(NamedTuple):
    """What a training reached.

    Attributes:
        seed, share: Of the training.
        tokens: How many it had.
        scores: In [0, 1], by label; that of all together under `OVERALL`.
    """

    seed: int
    share: float
    tokens: int
    scores: dict[str, float]


class Growing:
    """Trains on shares of a corpus, the smaller ones within the larger ones.

    Args:
        corpus: The labelled sentences; the data set has a test or a dev split.
        folder: Where everything goes.
        seeds: Of the order of the sentences and of the trainings.
        shares: Of the tokens.
        flags: Further flags of `tagger train`.
        machines: Where to train, and how many at once.

    Raises:
        ValueError: There is nothing to judge by.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        seeds: Sequence[int],
        shares: Sequence[float],
        flags: Sequence[str],
        machines: Machines = HERE,
    ):
        self._corpus, self._folder = corpus, folder
        self._seeds, self._shares = list(seeds), list(shares)
        self._parts = Parts(corpus, folder, flags, machines, "trainings")
        self._judged_by = corpus.judged_by()

    def run(self, command: Sequence[str], resume: bool) -> list[Reached]:
        """Train what is not trained, and judge all models.

        Args:
            command: The whole command line, to be stored.
            resume: Whether there may be finished trainings already.

        Raises:
            ValueError: The folder holds something else, or a training fails.
        """
        corpus = self._corpus
        sizes = corpus.sizes
        which = [(seed, share) for share in self._shares for seed in self._seeds]
        places = {
            (seed, share): SeedFolder(
                self._folder, seed, f"seed {seed} share {share:g}"
            )
            for seed, share in which
        }
        drawn = [f"--shares={self._shares}", f"--seeds={self._seeds}"]
        with self._parts.held(drawn, places.values(), command, resume):
            counts = {}
            for (seed, share), place in places.items():
                order = strategies.order(strategies.RANDOM, None, sizes, seed)
                most = round(share * sum(sizes))
                chosen = strategies.fill([], order, sizes, most)
                counts[seed, share] = sum(sizes[n] for n in chosen)
                self._parts.write(place, sorted(chosen))
            self._parts.train(places.values())
            gold = read_sentences(self._judged_by, corpus.dataset)
            return [
                Reached(*key, counts[key], self._judge(place, gold))
                for key, place in places.items()
            ]

    def _judge(self, place: SeedFolder, gold: Sequence[Mapping]) -> dict[str, float]:
        """Return the scores of a training's model."""
        (row,) = place.rows()
        model = load(row.model)
        (found,) = model.tagSentences(model.rows(gold)).values()
        labels = list(map(self._corpus.labels_of, gold))
        return scores_of(found, labels, self._corpus.spans)


def scores_of(
    found: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], spans: bool
) -> dict[str, float]:
    """Return F1 by type, or by label, of those that gold has, and the overall score.

    Overall it is F1 of spans, or else the share of right labels.

    >>> scores_of([["A", "B", "B"]], [["A", "B", "A"]], spans=False)["A"]
    0.6666666666666666
    """
    if spans:
        counts = count_spans(found, gold)
        scores = {OVERALL: counts.scores()[2]}
        has, wants, right = counts.predicted, counts.gold, counts.correct
    else:
        pairs = [pair for a, b in zip(found, gold) for pair in zip(a, b)]
        scores = {OVERALL: sum(a == b for a, b in pairs) / max(len(pairs), 1)}
        has, wants = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
        right = Counter(a for a, b in pairs if a == b)
    for label in sorted(wants):
        scores[label] = 2 * right[label] / (has[label] + wants[label])
    return scores
