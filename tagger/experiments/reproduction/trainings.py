"""The trainings of a reproduction: every option with every seed, in one folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence

from tagger.experiments.reproduction import runs
from tagger.experiments.reproduction.plan import Plan
from tagger.experiments.reproduction.runs import Protocol, RunRow
from tagger.experiments.seedruns import configuration, table
from tagger.experiments.seedruns.machines import Machines
from tagger.experiments.seedruns.runner import RESULTS
from tagger.experiments.seedruns.seedfolder import SeedFolder, in_folder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work
from util.corpus.datasets import MissingData

logger = logging.getLogger(__name__)

RUNS = "runs.csv"
_PROGRAM = "tagger.experiments.reproduction.training"


class PlanRuns:
    """Trains the options of a plan: `FOLDER/OPTION/seed_N` each.

    Args:
        plan: What there is to train.
        folder: Where everything goes.
        data: The folder of the data.
        vectors: The file of word vectors, by the name that the plan gives them.
        epochs: Most epochs each.
        machines: Where to train, and how many at once.
    """

    def __init__(
        self,
        plan: Plan,
        folder: str,
        data: str,
        vectors: Mapping[str, str],
        epochs: int,
        machines: Machines,
    ):
        self._plan, self._folder = plan, folder
        self._data, self._vectors = data, vectors
        self._flags = ["--data", data, "--epochs", str(epochs), "--no-calibration"]
        self._machines = machines
        files = {name: os.path.basename(file) for name, file in vectors.items()}
        self.protocol = Protocol(
            os.path.basename(os.path.normpath(data)), files, epochs
        )

    def rows(self) -> list[RunRow]:
        """Return what finished trainings have reached."""
        found = []
        for option in self._plan.options:
            finished = self._finished(option)
            protocol = self._protocol(option) if finished else ("", "", "")
            for folder in finished:
                for row in folder.rows():
                    scores = (row.dev, row.test, row.best_epoch, row.epochs)
                    found.append(
                        RunRow(option, row.seed, protocol, *scores, row.seconds)
                    )
        return found

    def run(
        self, wanted: Sequence[tuple[str, int]], command: Sequence[str]
    ) -> dict[str, str]:
        """Train what is not finished.

        Args:
            wanted: Options and seeds.
            command: The whole command line, to be stored.

        Returns:
            The names of those that failed, each with the last line of its log.

        Raises:
            ValueError: Data or vectors are missing; the folder holds another
                configuration, or is in use; or none comes to its first epoch.
            KeyboardInterrupt: Ctrl-C or SIGTERM; the trainings have ended.
        """
        if not os.path.isdir(self._data):
            raise MissingData(self._data)
        shared = {"script": _PROGRAM, "script_digest": "", "flags": self._flags}
        place = (self._folder, "trainings of a reproduction", shared, command)
        with at_work(*place, self._begun, "trainings") as lock:
            trained = []
            for option, seed in wanted:
                program = ["-m", _PROGRAM, *self._flags, *self._own(option)]
                self._store(option, program, command)
                trained.append(Run(self._seed(option, seed), program))
            trainings = Trainings(
                self._machines, lock, "trainings", finished=self._write_tables
            )
            try:
                return trainings.train(trained)
            finally:
                done = sum(run.folder.finished for run in trained)
                if done < len(trained):
                    logger.warning(
                        "%d of %d trainings are finished. All finished epochs are "
                        "kept; the same command goes on.",
                        *(done, len(trained)),
                    )

    def _own(self, option: str) -> list[str]:
        """Return the flags in which an option differs from others."""
        flags = []
        for key, value in self._plan.params(option).items():
            if key == "--embeddings":
                flags += [key, self._file(value)]
            elif key.startswith("--"):
                flags += [key, value]
            else:
                flags += ["--param", f"{key}={value!r}"]
        return flags

    def _file(self, name: str) -> str:
        file = self._vectors[name]
        if not os.path.isfile(file):
            raise ValueError(
                f"{file}: there is no such file of word vectors. Get GloVe's with "
                "`python -m tagger download glove`, or name another with --embeddings."
            )
        return file

    def _store(self, option: str, program: list[str], command: Sequence[str]) -> None:
        """Keep what an option is beside its seeds, or compare with what it was."""
        folder = self._of(option)
        os.makedirs(folder, exist_ok=True)
        begun = any(seed.begun for seed in in_folder(folder))
        wanted = {"script": _PROGRAM, "script_digest": "", "flags": program[2:]}
        configuration.store(folder, wanted, command, begun)

    def _protocol(self, option: str) -> tuple[str, str, str]:
        """Return data, file of vectors and most epochs as they were, not as asked for.

        Raises:
            ValueError: The file that tells them is damaged.
        """
        flags = configuration.flags_of(self._of(option))
        given = dict(zip(flags, flags[1:]))
        data = os.path.basename(os.path.normpath(given.get("--data", "")))
        vectors = os.path.basename(given.get("--embeddings", ""))
        return data, vectors, given.get("--epochs", "")

    def _of(self, option: str) -> str:
        return os.path.join(self._folder, option)

    def _seed(self, option: str, seed: int) -> SeedFolder:
        return SeedFolder(self._of(option), seed, of=option)

    def _begun(self) -> bool:
        folders = [in_folder(self._of(option)) for option in self._plan.options]
        return any(seed.begun for seeds in folders for seed in seeds)

    def _finished(self, option: str) -> list[SeedFolder]:
        return [seed for seed in in_folder(self._of(option)) if seed.finished]

    def _write_tables(self) -> None:
        """Write all runs, and each option's, as `tagger compare` reads them."""
        runs.write(os.path.join(self._folder, RUNS), self._plan, self.rows())
        for option in self._plan.options:
            rows = [row for seed in self._finished(option) for row in seed.rows()]
            if rows:
                table.write(os.path.join(self._of(option), RESULTS), rows)
