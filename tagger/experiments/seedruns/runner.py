"""Running the trainings of many seeds, a few at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tagger.experiments.seedruns import configuration, seedfolder, table
from tagger.experiments.seedruns.machines import HERE, Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work

RESULTS = "results.csv"


class SeedRuns:
    """Trains a script's configuration over many seeds.

    Args:
        script: The training script.
        flags: Its further flags.
        folder: Where everything goes; one configuration each.
        machines: Where to train, and how many seeds at once.
        keep_all: Keep every model of a finished seed, and its checkpoints.
    """

    def __init__(
        self,
        script: str,
        flags: Sequence[str],
        folder: str,
        machines: Machines = HERE,
        keep_all: bool = False,
    ):
        self.script, self.flags, self.folder = script, list(flags), folder
        self.machines, self.keep_all = machines, keep_all
        self.results = os.path.join(folder, RESULTS)

    def run(self, seeds: Sequence[int], command: Sequence[str]) -> dict[int, str]:
        """Train all seeds that are not finished.

        Args:
            seeds: Which.
            command: The whole command line, to be stored.

        Returns:
            The seeds that failed, each with the last line of its log.

        Raises:
            ValueError: The folder holds another configuration, or is in use; or no
                seed comes to its first epoch.
            KeyboardInterrupt: Ctrl-C or SIGTERM; the trainings have ended.
        """
        wanted = configuration.describe(self.script, self.flags)
        what = f"seeds of {self.script}"
        with at_work(self.folder, what, wanted, command, self._begun) as lock:
            folders = [SeedFolder(self.folder, seed) for seed in seeds]
            for folder in folders:
                if folder.finished and not self.keep_all:
                    folder.keep_best()
            self._write_table()
            trainings = Trainings(
                self.machines, lock, keep_all=self.keep_all, finished=self._write_table
            )
            failed = trainings.train(
                [Run(folder, [self.script, *self.flags]) for folder in folders]
            )
            return {f.seed: failed[f.name] for f in folders if f.name in failed}

    def _begun(self) -> bool:
        return any(folder.begun for folder in seedfolder.in_folder(self.folder))

    def _write_table(self) -> None:
        finished = [f for f in seedfolder.in_folder(self.folder) if f.finished]
        if finished:
            table.write(self.results, [row for f in finished for row in f.rows()])

    def count_finished(self, seeds: Sequence[int]) -> int:
        """Return how many of the seeds are finished."""
        return sum(SeedFolder(self.folder, seed).finished for seed in seeds)
