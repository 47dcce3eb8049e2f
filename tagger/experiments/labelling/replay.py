"""A labelled corpus as if it were being labelled: train, choose, label, train again."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from typing import NamedTuple

from tagger.engines import load
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelling import strategies
from tagger.experiments.labelling.points import Point
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work
from util.files import atomic_path

logger = logging.getLogger(__name__)

START, ALL = "start", "all"
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
        jobs: How many to train at once.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        ways: Sequence[str],
        seeds: Sequence[int],
        shares: Sequence[float],
        flags: Sequence[str],
        jobs: int = 1,
    ):
        self._corpus, self._folder, self._shares = corpus, folder, list(shares)
        self._seeds, self._flags, self._jobs = list(seeds), list(flags), jobs
        self._arms = [Arm(way, seed) for way in ways for seed in seeds]
        self._sizes = [
            len(corpus.tokens(number)) for number in range(len(corpus.sentences))
        ]
        self._chosen: dict[str, list[int]] = {}  # by the folder's name

    def run(self, command: Sequence[str], resume: bool) -> list[Point]:
        """Train, choose and train again; return what was reached with how many tokens.

        Args:
            command: The whole command line, to be stored.
            resume: Whether there may be finished trainings already.

        Raises:
            ValueError: The folder holds something else, or a training fails.
        """
        if self._begun() and not resume:
            raise ValueError(
                f"{self._folder} holds trainings already. Go on with --resume, or name "
                "another folder with --output."
            )
        corpus = self._corpus
        ways = list(dict.fromkeys(arm.strategy for arm in self._arms))
        drawn = [f"--strategies={','.join(ways)}", f"--shares={self._shares}"]
        drawn += [f"--seeds={self._seeds}"]
        wanted = {
            "script": corpus.path,
            "script_digest": corpus.digest(),
            "flags": [*corpus.reading_flags(), *self._flags, *drawn],
        }
        what = f"a replay of {corpus.path}"
        holding = at_work(self._folder, what, wanted, command, self._begun, "trainings")
        with holding as lock:
            trainings = Trainings(self._jobs, lock, "trainings")
            whole = list(range(len(self._sizes)))
            names = [self._write(ALL, seed, 1, whole) for seed in self._seeds]
            for seed in self._seeds:
                waiting = strategies.order(strategies.RANDOM, None, whole, seed)
                tokens = self._tokens(self._shares[0])
                first = strategies.fill([], waiting, self._sizes, tokens)
                names.append(self._write(START, seed, self._shares[0], first))
            self._train(trainings, names)
            for before, share in zip(self._shares, self._shares[1:]):
                self._train(
                    trainings, [self._next(arm, before, share) for arm in self._arms]
                )
        return self._points()

    def _begun(self) -> bool:
        names = [_name(kind, seed, share) for kind, seed, share in self._all()]
        return any(SeedFolder(self._folder, 0, name).begun for name in names)

    def _all(self) -> list[tuple[str, int, float]]:
        found = [(ALL, seed, 1.0) for seed in self._seeds]
        found += [(START, seed, self._shares[0]) for seed in self._seeds]
        for share in self._shares[1:]:
            found += [(arm.strategy, arm.seed, share) for arm in self._arms]
        return found

    def _tokens(self, share: float) -> int:
        return round(share * sum(self._sizes))

    def _next(self, arm: Arm, before: float, share: float) -> tuple[str, int, float]:
        """Choose what an arm labels next, by its model before."""
        kind = START if before == self._shares[0] else arm.strategy
        own = arm.strategy, arm.seed, share
        stored = self._stored(*own)
        if stored is not None:
            self._chosen[_name(*own)] = stored
            return own
        last = _name(kind, arm.seed, before)
        taken = self._chosen[last]
        waiting = sorted(set(range(len(self._sizes))) - set(taken))
        rows, model = waiting, None
        if arm.strategy != strategies.RANDOM:
            (row,) = SeedFolder(self._folder, arm.seed, last).rows()
            model = load(row.model)
            rows = self._corpus.rows(model, waiting)
        ranks = strategies.order(arm.strategy, model, rows, arm.seed)
        order = [waiting[rank] for rank in ranks]
        chosen = strategies.fill(taken, order, self._sizes, self._tokens(share))
        return self._write(*own, chosen)

    def _data(self, name: str) -> str:
        return os.path.join(self._folder, "data", name.replace(" ", "_"))

    def _stored(self, kind: str, seed: int, share: float) -> list[int] | None:
        path = os.path.join(self._data(_name(kind, seed, share)), _CHOSEN)
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None
        except ValueError:
            raise ValueError(f"{path}: damaged. Delete it.") from None

    def _write(
        self, kind: str, seed: int, share: float, chosen: list[int]
    ) -> tuple[str, int, float]:
        """Write what is labelled, unless it is there; the choice is stored last."""
        name = _name(kind, seed, share)
        if self._stored(kind, seed, share) is None:
            self._corpus.write(self._data(name), sorted(chosen))
            with atomic_path(os.path.join(self._data(name), _CHOSEN)) as path:
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(chosen, file)
        self._chosen[name] = self._stored(kind, seed, share) or chosen
        return kind, seed, share

    def _train(
        self, trainings: Trainings, which: Sequence[tuple[str, int, float]]
    ) -> None:
        runs = []
        for kind, seed, share in which:
            name = _name(kind, seed, share)
            program = self._corpus.program(self._data(name), self._flags)
            runs.append(Run(SeedFolder(self._folder, seed, name), program))
        failed = trainings.train(runs)
        if failed:
            raise ValueError(
                f"{', '.join(failed)} failed: see the logs in {self._folder}. What the "
                "others reached is kept: go on with --resume."
            )

    def _points(self) -> list[Point]:
        found = []
        for kind, seed, share in self._all():
            name = _name(kind, seed, share)
            (row,) = SeedFolder(self._folder, seed, name).rows()
            chosen = self._chosen[name]
            spans = 0
            if self._corpus.spans:
                spans = sum(len(self._corpus.gold_spans(n)) for n in chosen)
            tokens = sum(self._sizes[n] for n in chosen)
            score = row.dev if row.test != row.test else row.test
            counts = tokens, len(chosen), spans
            found.append(Point(kind, seed, share, *counts, score, row.seconds))
        return found


def _name(kind: str, seed: int, share: float) -> str:
    return f"{kind} seed {seed} share {share:g}"
