"""Training on all parts but one, and asking each model about the part it lacks."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from tagger.engines import load
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelerrors.folds import assign
from tagger.experiments.labelerrors.suspects import Suspect, ranked, suspects
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work

logger = logging.getLogger(__name__)


class Folds:
    """The trainings on a corpus of which each lacks a part.

    Args:
        corpus: The labelled sentences.
        folder: Where everything goes.
        count: How many parts there are.
        seed: Of the parts and of the trainings.
        flags: Further flags of `tagger train`.
        jobs: How many to train at once.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        count: int,
        seed: int,
        flags: Sequence[str],
        jobs: int = 1,
    ):
        self._corpus, self.folder, self._seed = corpus, folder, seed
        self._flags, self._jobs = list(flags), jobs
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
        if self._begun() and not resume:
            raise ValueError(
                f"{self.folder} holds trainings already. Go on with --resume, or name "
                "another folder with --output."
            )
        corpus, folders = self._corpus, self._folders
        words = [tuple(corpus.tokens(n)) for n in range(len(corpus.sentences))]
        parts = assign(words, len(folders), self._seed)
        drawn = [f"--folds={len(folders)}", f"--seed={self._seed}"]
        wanted = {
            "script": corpus.path,
            "script_digest": corpus.digest(),
            "flags": [*corpus.reading_flags(), *self._flags, *drawn],
        }
        what = f"label errors of {corpus.path}"
        with at_work(self.folder, what, wanted, command, self._begun, "folds") as lock:
            runs = []
            for number, folder in enumerate(folders):
                data = os.path.join(self.folder, "data", f"fold_{number + 1}")
                if not folder.finished:
                    corpus.write(data, [n for n, p in enumerate(parts) if p != number])
                runs.append(Run(folder, corpus.program(data, self._flags)))
            failed = Trainings(self._jobs, lock, "folds").train(runs)
            if failed:
                raise ValueError(
                    f"{', '.join(failed)} failed: see the logs in {self.folder}. What "
                    "the others reached is kept: go on with --resume."
                )
            return ranked([s for n in range(len(folders)) for s in self._ask(n, parts)])

    def _begun(self) -> bool:
        return any(folder.begun for folder in self._folders)

    def _ask(self, number: int, parts: Sequence[int]) -> list[Suspect]:
        """Return what the model that lacks a part says of it."""
        folder = self._folders[number]
        (row,) = folder.rows()
        chosen = [n for n, part in enumerate(parts) if part == number]
        logger.info("%s is asked about %d sentences.", row.model, len(chosen))
        found = suspects(self._corpus, load(row.model), chosen)
        return [suspect._replace(fold=number + 1) for suspect in found]
