"""Training on all parts but one, and asking each model about the part it lacks."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tagger.engines import load
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelerrors.folds import assign
from tagger.experiments.labelerrors.suspects import (
    Suspect,
    opinions,
    ranked,
    suspects,
)
from tagger.experiments.parts import Parts
from tagger.experiments.seedruns.machines import HERE, Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder

logger = logging.getLogger(__name__)


class Folds:
    """The trainings on a corpus of which each lacks a part.

    Args:
        corpus: The labelled sentences.
        folder: Where everything goes.
        count: How many parts there are.
        seed: Of the parts and of the trainings.
        flags: Further flags of `tagger train`.
        machines: Where to train, and how many at once.
        everybody: Ask all models about each sentence, those that have seen it, too.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        count: int,
        seed: int,
        flags: Sequence[str],
        machines: Machines = HERE,
        everybody: bool = False,
    ):
        self._corpus, self._seed = corpus, seed
        self._everybody = everybody
        self._parts = Parts(corpus, folder, flags, machines, "folds")
        self._folders = [
            SeedFolder(folder, seed, f"fold {n}") for n in range(1, count + 1)
        ]

    def run(self, command: Sequence[str], resume: bool) -> list[Suspect]:
        """Train what is not trained, ask all models, and return what they suspect.

        Args:
            command: The whole command line, to be stored.
            resume: Whether there may be finished parts already.

        Returns:
            Every gold span and missed span, or every token, least probable first.

        Raises:
            ValueError: The folder holds something else, or a training fails.
        """
        corpus, folders = self._corpus, self._folders
        words = [tuple(corpus.tokens(n)) for n in range(len(corpus.sentences))]
        parts = assign(words, len(folders), self._seed)
        drawn = [f"--folds={len(folders)}", f"--seed={self._seed}"]
        with self._parts.held(drawn, folders, command, resume):
            for number, folder in enumerate(folders):
                others = [n for n, part in enumerate(parts) if part != number]
                self._parts.write(folder, others)
            self._parts.train(folders)
            found = [s for n in range(len(folders)) for s in self._ask(n, parts)]
            return ranked(self._ask_others(found) if self._everybody else found)

    def _ask_others(self, found: list[Suspect]) -> list[Suspect]:
        """Ask each model about the sentences that it has seen, too."""
        said: list[list[float]] = [[] for _ in found]
        for number, folder in enumerate(self._folders, 1):
            (row,) = folder.rows()
            asked = [at for at, suspect in enumerate(found) if suspect.fold != number]
            logger.info("%s is asked about the other parts.", row.model)
            places = [found[at] for at in asked]
            for at, value in zip(
                asked, opinions(self._corpus, load(row.model), places)
            ):
                said[at].append(value)
        return [suspect.together(others) for suspect, others in zip(found, said)]

    def _ask(self, number: int, parts: Sequence[int]) -> list[Suspect]:
        """Return what the model that lacks a part says of it."""
        folder = self._folders[number]
        (row,) = folder.rows()
        chosen = [n for n, part in enumerate(parts) if part == number]
        logger.info("%s is asked about %d sentences.", row.model, len(chosen))
        found = suspects(self._corpus, load(row.model), chosen)
        return [suspect._replace(fold=number + 1) for suspect in found]
