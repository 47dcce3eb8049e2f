"""A search: trainings with settings that Optuna draws, judged by their dev scores."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence

from tagger.experiments.search import table
from tagger.experiments.search.space import Space
from tagger.experiments.search.study import Study
from tagger.experiments.search.table import TrialRow
from tagger.experiments.seedruns import configuration
from tagger.experiments.seedruns.machines import HERE, Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings, at_work
from util.files import atomic_path

RUNS, SPACE, STUDY = "runs.csv", "space.txt", "study.sqlite3"
_SECONDS_BETWEEN_LOOKS = 1.0


class Search:
    """Trains a script with settings from a space.

    Args:
        script: The training script.
        flags: Its further flags.
        folder: Where everything goes.
        space: What may be chosen.
        trials: How many trainings, earlier ones of the same search included.
        machines: Where to train, and how many at once.
        sampler: `random` or `tpe`.
        halving: Whether trainings that look worse than others are ended early.
        each: A setting; each drawn configuration is tried with all of its options.
        seed: Another one draws other trials.
        storage: The URL of Optuna's storage; None: a file in the folder.
    """

    def __init__(
        self,
        script: str,
        flags: Sequence[str],
        folder: str,
        space: Space,
        trials: int,
        machines: Machines = HERE,
        sampler: str = "tpe",
        halving: bool = False,
        each: str | None = None,
        seed: int = 1,
        storage: str | None = None,
    ):
        self.script, self._flags, self._folder = script, list(flags), folder
        self._space, self._machines, self._storage = space, machines, storage
        self._drawing = {"sampler": sampler, "seed": seed, "halving": halving}
        self._drawing["each"] = each
        self._folders = [
            SeedFolder(folder, n, f"trial {n}") for n in range(1, trials + 1)
        ]
        self._looked: dict[int, float] = {}
        self._failed: dict[str, str] = {}
        self.table = os.path.join(folder, RUNS)

    def run(self, command: Sequence[str]) -> dict[int, str]:
        """Train all trials that are not finished.

        Args:
            command: The whole command line, to be stored.

        Returns:
            The trials that failed, each with the last line of its log.

        Raises:
            ValueError: The folder holds another search, or is in use; the storage
                cannot be used; or no trial comes to its first epoch.
            KeyboardInterrupt: Ctrl-C or SIGTERM; the trainings have ended.
        """
        folder, what = self._folder, f"a search with {self.script}"
        with at_work(
            *(folder, what, self._wanted(), list(map(without_password, command))),
            *(self._begun, "trials"),
        ) as lock:
            with atomic_path(os.path.join(folder, SPACE)) as path:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(self._space.text)
            self._study = self._open_study()
            self._close_pruned()
            self._catch_up()
            trainings = Trainings(
                *(self._machines, lock, "trials"),
                finished=self._catch_up,
                stop=self._is_hopeless,
            )
            runs = [Run(f, functools.partial(self._program, f)) for f in self._folders]
            self._failed = trainings.train(runs)
            self._write()
        return {
            f.seed: self._failed[f.name]
            for f in self._folders
            if f.name in self._failed
        }

    def count_finished(self) -> int:
        """Return how many trials are finished."""
        return sum(folder.finished for folder in self._folders)

    def best(self) -> TrialRow:
        """Return the finished trial with the best dev score, the first of equals."""
        finished = [row for row in self._rows() if row.state == table.FINISHED]
        return max(finished, key=lambda row: row.dev)

    def program(self, row: TrialRow) -> list[str]:
        """Return the script with the flags of a trial."""
        drawn = self._space.draw(lambda name, _: row.settings[name])
        return [self.script, *self._flags, *drawn]

    def _wanted(self) -> dict:
        wanted = configuration.describe(self.script, self._flags, "search")
        digest = hashlib.blake2b(
            repr(self._space.settings).encode(), digest_size=4
        ).hexdigest()
        drawing = {"space": digest, **self._drawing, "storage": self._storage}
        told = [f"--{name}={value}" for name, value in drawing.items() if value]
        wanted["flags"] += map(without_password, told)
        return wanted

    def _begun(self) -> bool:
        return any(folder.begun for folder in self._folders)

    def _open_study(self) -> Study:
        folder = os.path.abspath(self._folder)
        default = f"sqlite:///{os.path.join(folder, STUDY)}"
        name = folder if self._storage else "search"
        # In a URL these mean something else; not every version takes them escaped.
        odd = [sign for sign in "?%{}" if sign in folder]
        if odd and not self._storage:
            raise ValueError(
                f"{folder}: a search cannot keep its trials in a folder with {odd[0]} "
                "in its path. Name another one with --output."
            )
        begun = self._begun()
        study = Study(
            *(self._storage or default, name, self._space),
            **self._drawing,
            fresh=not begun,
        )
        known = len(study.trials())
        lost = [f.path for f in self._folders[known:] if f.begun]
        if lost:
            raise ValueError(
                f"{lost[0]}: the storage does not know this trial. Was the folder "
                "moved, or the storage deleted? Name another folder with --output."
            )
        return study

    def _program(self, folder: SeedFolder) -> list[str]:
        return [self.script, *self._flags, *self._study.flags(folder.seed - 1)]

    def _is_hopeless(self, folder: SeedFolder) -> bool:
        """Report how far a running trial has come; tell whether to end it."""
        now = time.monotonic()
        if now - self._looked.get(folder.seed, 0.0) < _SECONDS_BETWEEN_LOOKS:
            return False
        self._looked[folder.seed] = now
        with contextlib.suppress(OSError, ValueError):
            if self._study.report(folder.seed - 1, folder.course()):
                # Told before it ends: a kill between the two changes nothing.
                self._study.tell(folder.seed - 1, 0.0, pruned=True)
                return True
        return False

    def _close_pruned(self) -> None:
        """Close what was pruned by a run that did not live to see its process end."""
        for folder, trial in zip(self._folders, self._study.trials()):
            if trial.state.is_finished() and not folder.finished:
                if not folder.begun:
                    raise ValueError(
                        f"{folder.path}: the results of this trial are gone. Name "
                        "another folder with --output."
                    )
                folder.finish(folder.seconds)
                folder.keep_best()

    def _catch_up(self) -> None:
        """Tell the storage what is finished, and write the table."""
        for folder, trial in zip(self._folders, self._study.trials()):
            if folder.finished and not trial.state.is_finished():
                self._study.report(trial.number, folder.course())
                devs = [row.dev for row in folder.rows()]
                self._study.tell(trial.number, sum(devs) / len(devs))
        self._write()

    def _write(self) -> None:
        table.write(self.table, list(self._space.settings), self._rows())

    def _rows(self) -> Iterator[TrialRow]:
        for folder, trial in zip(self._folders, self._study.trials()):
            if folder.finished:
                pruned = trial.state.name == "PRUNED"
                state = table.PRUNED if pruned else table.FINISHED
                yield table.row(folder.seed, state, trial.params, folder.rows())
            elif folder.name in self._failed:
                yield table.row(folder.seed, table.FAILED, trial.params, [])


def without_password(text: str) -> str:
    """Return a text with no password in a URL.

    >>> without_password("--storage=mysql://me:secret@host/db")
    '--storage=mysql://me:***@host/db'
    """
    return re.sub(r"(://[^:/@]*):[^/]*@", r"\1:***@", text)
