"""Trainings on parts of a labelled file, in one folder that holds one configuration."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence

from tagger.experiments.corpus import Corpus
from tagger.experiments.seedruns.machines import Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work

logger = logging.getLogger(__name__)


class Parts:
    """Trains on parts of a corpus.

    Args:
        corpus: The labelled sentences.
        folder: Where everything goes.
        flags: Further flags of `tagger train`.
        machines: Where to train, and how many at once.
        unit: What they are, such as folds.
    """

    def __init__(
        self,
        corpus: Corpus,
        folder: str,
        flags: Sequence[str],
        machines: Machines,
        unit: str,
    ):
        self.corpus, self._folder = corpus, folder
        self._flags, self._machines, self._unit = list(flags), machines, unit
        self._trainings: Trainings | None = None

    @contextlib.contextmanager
    def held(
        self,
        drawn: Sequence[str],
        folders: Iterable[SeedFolder],
        command: Sequence[str],
        resume: bool,
    ) -> Iterator[None]:
        """Hold the folder, so that `train` may be called.

        Args:
            drawn: What else makes one run differ from another, as flags.
            folders: Of all trainings that there may be.
            command: The whole command line, to be stored.
            resume: Whether there may be finished trainings already.

        Raises:
            ValueError: The folder holds something else.
        """
        corpus, folders = self.corpus, list(folders)

        def begun() -> bool:
            return any(folder.begun for folder in folders)

        wanted = {
            "script": corpus.path,
            "script_digest": corpus.digest(),
            "flags": [*corpus.reading_flags(), *self._flags, *drawn],
        }
        what = f"{self._unit} of {corpus.path}"
        place = self._folder
        with at_work(place, what, wanted, command, begun, self._unit) as lock:
            if begun() and not resume:
                raise ValueError(
                    f"{place} holds {self._unit} already. Go on with --resume, or name "
                    "another folder with --output."
                )
            self._trainings = Trainings(self._machines, lock, self._unit)
            try:
                yield
            except KeyboardInterrupt:
                logger.warning("All finished epochs are kept; go on with --resume.")
                raise

    def data(self, folder: SeedFolder) -> str:
        """Return where the sentences of a training stand."""
        return os.path.join(self._folder, "data", os.path.basename(folder.path))

    def write(self, folder: SeedFolder, chosen: Iterable[int]) -> None:
        """Write the sentences of a training, unless it is finished."""
        if not folder.finished:
            self.corpus.write(self.data(folder), chosen)

    def train(self, folders: Iterable[SeedFolder]) -> None:
        """Train on what was written, as far as that is not finished.

        Raises:
            ValueError: A training failed.
        """
        # What sorts sentences and spans needs no probabilities that are put right.
        program, flags = self.corpus.program, ["--no-calibration", *self._flags]
        runs = [Run(folder, program(self.data(folder), flags)) for folder in folders]
        failed = self._trainings.train(runs)
        if failed:
            raise ValueError(
                f"{', '.join(failed)} failed: see the logs in {self._folder}. What the "
                "others reached is kept: go on with --resume."
            )
