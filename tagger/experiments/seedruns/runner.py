"""Running the trainings of many seeds, a few at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from tagger.experiments.seedruns import configuration, seedfolder, table
from tagger.experiments.seedruns.display import Display
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.training import Training
from util.cores import usable_cores
from util.locks import locked
from util.process import terminated_as_interrupted

RESULTS = "results.csv"
_SECONDS_BETWEEN_LOOKS = 0.1
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class SeedRuns:
    """Trains a script's configuration over many seeds.

    Args:
        script: The training script.
        flags: Its further flags.
        folder: Where everything goes; one configuration each.
        jobs: How many seeds to train at once.
        keep_all: Keep every model of a finished seed, and its checkpoints.
    """

    def __init__(
        self,
        script: str,
        flags: Sequence[str],
        folder: str,
        jobs: int = 1,
        keep_all: bool = False,
    ):
        self.script, self.flags, self.folder = script, list(flags), folder
        self.jobs, self.keep_all = jobs, keep_all
        self.results = os.path.join(folder, RESULTS)
        self._environment = {**os.environ, **threads(jobs, os.environ)}

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
        # The trainings inherit the lock. So it is also held by those that go on after
        # the run that started them was killed.
        holding = locked(
            os.path.join(self.folder, ".lock"),
            self.folder,
            f"seeds of {self.script}",
            "name another folder with --output",
            "another run, or a training that it left behind,",
        )
        with holding as lock, terminated_as_interrupted():
            begun = any(f.begun for f in seedfolder.in_folder(self.folder))
            configuration.store(self.folder, wanted, command, begun)
            folders = [SeedFolder(self.folder, seed) for seed in seeds]
            for folder in folders:
                if folder.finished and not self.keep_all:
                    folder.keep_best()
            self._write_table()
            return self._train(folders, lock)

    def _train(self, folders: list[SeedFolder], lock: int | None) -> dict[int, str]:
        waiting = [folder for folder in folders if not folder.finished]
        before = [folder.seconds for folder in folders if folder.finished]
        display = Display(len(folders), before, self.jobs)
        if before:
            display.line(f"{len(before)} of {len(folders)} seeds are finished already.")
        running: list[Training] = []
        failed: dict[int, str] = {}
        try:
            while waiting or running:
                # What fails at once fails for every seed, such as missing data.
                hopeless = failed and not any(folder.begun for folder in folders)
                if hopeless and waiting and not running:
                    seed, why = next(iter(failed.items()))
                    raise ValueError(
                        f"Seed {seed} failed before its first epoch, {why} The other "
                        f"{len(waiting)} were not started. Mend it, and give the same "
                        "command again."
                    )
                while waiting and len(running) < self.jobs and not hopeless:
                    training = Training(
                        *(waiting.pop(0), self.script, self.flags),
                        *(self._environment, [] if lock is None else [lock]),
                    )
                    running.append(training)
                    how = "goes on" if training.resumed else "starts"
                    display.line(
                        f"Seed {training.folder.seed} {how}: {training.folder.log}"
                    )
                for training in [t for t in running if t.poll() is not None]:
                    running.remove(training)
                    self._close(training, display, failed)
                display.show(running)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            for training in running:
                training.end()
            for training in running:
                training.wait()
            display.close()
        return failed

    def _close(
        self, training: Training, display: Display, failed: dict[int, str]
    ) -> None:
        """Take in what an ended process has left."""
        folder, code = training.folder, training.poll()
        try:
            if code:
                raise ValueError(f"exit code {code}: {training.last_line()}")
            training.finish()
        except ValueError as error:
            folder.store_seconds(training.seconds)
            failed[folder.seed] = str(error)
            display.ended(None)
            display.line(f"Seed {folder.seed} failed, {error} ({folder.log})")
            return
        if not self.keep_all:
            folder.keep_best()
        self._write_table()
        display.ended(training.seconds)
        for row in folder.rows():
            display.line(
                f"Seed {row.seed} is finished: {row.task} dev {100 * row.dev:.2f} test "
                f"{100 * row.test:.2f} at epoch {row.best_epoch} of {row.epochs}"
            )

    def _write_table(self) -> None:
        finished = [f for f in seedfolder.in_folder(self.folder) if f.finished]
        if finished:
            table.write(self.results, [row for f in finished for row in f.rows()])

    def count_finished(self, seeds: Sequence[int]) -> int:
        """Return how many of the seeds are finished."""
        return sum(SeedFolder(self.folder, seed).finished for seed in seeds)


def threads(jobs: int, environment: dict[str, str] | os._Environ) -> dict[str, str]:
    """Return the environment variables that give each process its share of the cores.

    One process alone chooses for itself; see `neuralnets/threads.py`. What the user
    has set stays.
    """
    if jobs == 1 or set(_THREADS) & set(environment):
        return {}
    share = max(usable_cores() // jobs, 1)
    return dict(zip(_THREADS, (str(max(share // 2, 1)), str(min(share, 2)))))
