"""A labelled corpus as if it were being labelled: train, choose, label, train again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

from tagger.engines import load
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelling import strategies
from tagger.experiments.labelling.points import ALL, START, Point
from tagger.experiments.parts import Parts
from tagger.experiments.seedruns.machines import HERE, Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from util.files import atomic_path

_CHOSEN = "chosen.json"


class Arm(NamedTuple):
    """A strategy with a seed."""

    strategy: str
    seed: int


class Replay:
    """Replays a corpus.

    Args:
        corpus: The labelled sentences.
        folder: Where everything goes.
        ways: The strategies.
        seeds: Of the first sentences and of the trainings.
        shares: Of the tokens, ascending: how many are labelled at each training.
        flags: Further flags of `tagger train`.
        machines: Where to train, and how many at once.
        unlabelled: Whether trainings also get the sentences that have no labels yet.

    Raises:
        ValueError: There is nothing to judge by.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        ways: Sequence[str],
        seeds: Sequence[int],
        shares: Sequence[float],
        flags: Sequence[str],
        machines: Machines = HERE,
        unlabelled: bool = False,
    ):
        self._corpus, self._folder, self._shares = corpus, folder, list(shares)
        self._seeds = list(seeds)
        corpus.judged_by()  # what a model set aside itself differs from one to another
        self._unlabelled = unlabelled
        flags = [*flags, *["--partial"] * unlabelled]
        self._parts = Parts(corpus, folder, flags, machines, "trainings")
        self._arms = [Arm(way, seed) for way in ways for seed in seeds]
        self._sizes = corpus.sizes
        self._chosen: dict[str, list[int]] = {}  # by the training's name

    def run(self, command: Sequence[str], resume: bool) -> list[Point]:
        """Train, choose and train again; return what was reached with how many tokens.

        Args:
            command: The whole command line, to be stored.
            resume: Whether there may be finished trainings already.

        Raises:
            ValueError: The folder holds something else, or a training fails.
        """
        ways = list(dict.fromkeys(arm.strategy for arm in self._arms))
        drawn = [f"--strategies={','.join(ways)}", f"--shares={self._shares}"]
        drawn += [f"--seeds={self._seeds}"]
        folders = [self._place(*which) for which in self._all()]
        with self._parts.held(drawn, folders, command, resume):
            whole = list(range(len(self._sizes)))
            first = [self._write(ALL, seed, 1, whole) for seed in self._seeds]
            for seed in self._seeds:
                waiting = strategies.order(strategies.RANDOM, None, whole, seed)
                tokens = self._tokens(self._shares[0])
                chosen = strategies.fill([], waiting, self._sizes, tokens)
                first.append(self._write(START, seed, self._shares[0], chosen))
            self._parts.train(first)
            for before, share in zip(self._shares, self._shares[1:]):
                places = [self._next(arm, before, share) for arm in self._arms]
                self._parts.train(places)
        return self._points()

    def _place(self, kind: str, seed: int, share: float) -> SeedFolder:
        """Return the folder of a training."""
        return SeedFolder(self._folder, seed, f"{kind} seed {seed} share {share:g}")

    def _all(self) -> list[tuple[str, int, float]]:
        found = [(ALL, seed, 1.0) for seed in self._seeds]
        found += [(START, seed, self._shares[0]) for seed in self._seeds]
        for share in self._shares[1:]:
            found += [(arm.strategy, arm.seed, share) for arm in self._arms]
        return found

    def _tokens(self, share: float) -> int:
        return round(share * sum(self._sizes))

    def _next(self, arm: Arm, before: float, share: float) -> SeedFolder:
        """Choose what an arm labels next, by its model before."""
        kind = START if before == self._shares[0] else arm.strategy
        last = self._place(kind, arm.seed, before)
        if self._stored(self._place(arm.strategy, arm.seed, share)) is not None:
            return self._write(arm.strategy, arm.seed, share, [])
        taken = self._chosen[last.name]
        waiting = sorted(set(range(len(self._sizes))) - set(taken))
        rows, model = waiting, None
        if arm.strategy != strategies.RANDOM:
            (row,) = last.rows()
            model = load(row.model)
            rows = self._corpus.rows(model, waiting)
        ranks = strategies.order(arm.strategy, model, rows, arm.seed)
        order = [waiting[rank] for rank in ranks]
        chosen = strategies.fill(taken, order, self._sizes, self._tokens(share))
        return self._write(arm.strategy, arm.seed, share, chosen)

    def _stored(self, place: SeedFolder) -> list[int] | None:
        path = os.path.join(self._parts.data(place), _CHOSEN)
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None
        except ValueError:
            raise ValueError(f"{path}: damaged. Delete it.") from None

    def _write(
        self, kind: str, seed: int, share: float, chosen: list[int]
    ) -> SeedFolder:
        """Write what is labelled, unless it is there; the choice is stored last."""
        place = self._place(kind, seed, share)
        stored = self._stored(place)
        if stored is None:
            data = self._parts.data(place)
            rest = set(range(len(self._sizes))) - set(chosen)
            rest = sorted(rest) if self._unlabelled else ()
            self._corpus.write(data, sorted(chosen), ("dev", "test"), rest)
            with atomic_path(os.path.join(self._parts.data(place), _CHOSEN)) as path:
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(chosen, file)
        self._chosen[place.name] = chosen if stored is None else stored
        return place

    def _points(self) -> list[Point]:
        found = []
        for kind, seed, share in self._all():
            place = self._place(kind, seed, share)
            (row,) = place.rows()
            chosen = self._chosen[place.name]
            spans = 0
            if self._corpus.spans:
                spans = sum(len(self._corpus.gold_spans(n)) for n in chosen)
            tokens = sum(self._sizes[n] for n in chosen)
            score = row.dev if row.test != row.test else row.test
            counts = tokens, len(chosen), spans
            found.append(Point(kind, seed, share, *counts, score, row.seconds))
        return found
