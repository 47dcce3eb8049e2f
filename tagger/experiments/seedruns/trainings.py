"""Many trainings, a few at a time, and the folder that they share."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Callable, NamedTuple

from tagger.experiments.seedruns import configuration
from tagger.experiments.seedruns.display import Display
from tagger.experiments.seedruns.machines import Machines, Place
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.training import Training
from util.locks import locked
from util.process import terminated_as_interrupted

_SECONDS_BETWEEN_LOOKS = 0.1
_MOST_LOSSES = 10  # of one training


_NOWHERE = contextlib.nullcontext()  # for nothing to train


class Run(NamedTuple):
    """A training.

    Attributes:
        folder: Its folder.
        program: The script with its flags, as Python gets them, or what returns them
            when it is this training's turn.
    """

    folder: SeedFolder
    program: Sequence[str] | Callable[[], Sequence[str]]


@contextlib.contextmanager
def at_work(
    folder: str,
    what: str,
    wanted: dict[str, Any],
    command: Sequence[str],
    begun: Callable[[], bool],
    unit: str = "seeds",
) -> Iterator[int | None]:
    """Hold the folder of trainings of one configuration.

    Args:
        folder: The folder.
        what: What is done in it, for who else wants it.
        wanted: The configuration.
        command: The whole command line, to be stored.
        begun: Tells whether any training has come to an epoch.
        unit: What the trainings are.

    Yields:
        What `Trainings` hands on as `lock`.

    Raises:
        ValueError: The folder holds another configuration, or is in use.
        KeyboardInterrupt: Ctrl-C or SIGTERM.
    """
    # The trainings inherit the lock. So it is also held by those that go on after the
    # run that started them was killed.
    holding = locked(
        os.path.join(folder, ".lock"),
        folder,
        what,
        "name another folder with --output",
        "another run, or a training that it left behind,",
    )
    with holding as lock, terminated_as_interrupted():
        configuration.store(folder, wanted, command, begun(), unit)
        yield lock


class Trainings:
    """Runs trainings, each in a process of its own.

    Args:
        machines: Where, and how many at once.
        lock: A file descriptor that the processes inherit, if there is one.
        unit: What the trainings are.
        keep_all: Keep every model of a finished training, and its checkpoints.
        finished: Called when another one is finished.
        stop: Tells of a running training whether to end it before its time.
    """

    def __init__(
        self,
        machines: Machines,
        lock: int | None,
        unit: str = "seeds",
        keep_all: bool = False,
        finished: Callable[[], None] = lambda: None,
        stop: Callable[[SeedFolder], bool] = lambda _: False,
    ):
        self._machines, self._unit, self._keep_all = machines, unit, keep_all
        self._open = [] if lock is None else [lock]
        self._finished, self._stop = finished, stop

    def train(self, runs: Sequence[Run]) -> dict[str, str]:
        """Run those that are not finished.

        Returns:
            The names of those that failed, each with the last line of its log.

        Raises:
            ValueError: None comes to its first epoch, or the cluster does not answer.
        """
        folders = [run.folder for run in runs]
        waiting = [run for run in runs if not run.folder.finished]
        before = [folder.seconds for folder in folders if folder.finished]
        display = Display(len(folders), before, self._machines.jobs, self._unit)
        if before:
            display.line(
                f"{len(before)} of {len(folders)} {self._unit} are finished already."
            )
        try:
            with self._machines.opened(self._open) if waiting else _NOWHERE as place:
                return self._train(waiting, folders, place, display)
        finally:
            display.close()

    def _train(
        self,
        waiting: list[Run],
        folders: Sequence[SeedFolder],
        place: Place,
        display: Display,
    ) -> dict[str, str]:
        running: dict[Training, Run] = {}
        failed: dict[str, str] = {}
        losses: Counter[str] = Counter()
        try:
            while waiting or running:
                # What fails at once fails for every one, such as missing data.
                hopeless = failed and not any(folder.begun for folder in folders)
                if hopeless and waiting and not running:
                    name, why = next(iter(failed.items()))
                    raise ValueError(
                        f"{name.capitalize()} failed before its first epoch, {why} "
                        f"The other {len(waiting)} were not started. Mend it, and give "
                        "the same command again."
                    )
                while waiting and len(running) < self._machines.jobs and not hopeless:
                    run = waiting.pop(0)
                    training = _start(run, place, display)
                    running[training] = run
                for training in [t for t in running if t.poll() is not None]:
                    run, name = running.pop(training), training.folder.name
                    if training.lost and losses[name] < _MOST_LOSSES:
                        losses[name] += 1
                        training.folder.store_seconds(training.seconds)
                        waiting.insert(0, run)
                        display.line(f"{name.capitalize()} was lost: {training.lost}")
                    else:
                        self._close(training, display, failed)
                for training in running:
                    if not training.stopped and self._stop(training.folder):
                        training.stop()
                display.show(list(running))
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            for training in running:
                training.end()
            for training in running:
                training.wait()
            if losses:
                display.line(
                    f"{sum(losses.values())} times a machine or a worker was lost, and "
                    f"the training went on elsewhere: {', '.join(sorted(losses))}."
                )
        return failed

    def _close(
        self, training: Training, display: Display, failed: dict[str, str]
    ) -> None:
        """Take in what an ended process has left."""
        folder, code = training.folder, training.poll()
        name = folder.name.capitalize()
        try:
            if code and not training.stopped:
                why = training.lost or training.last_line()
                raise ValueError(f"exit code {code}: {why}")
            training.finish()
        except ValueError as error:
            folder.store_seconds(training.seconds)
            failed[folder.name] = str(error)
            display.ended(None)
            display.line(f"{name} failed, {error} ({folder.log})")
            return
        if not self._keep_all:
            folder.keep_best()
        self._finished()
        display.ended(training.seconds)
        how = "stopped" if training.stopped else "finished"
        for row in folder.rows():
            test = "" if math.isnan(row.test) else f" test {100 * row.test:.2f}"
            display.line(
                f"{name} is {how}: {row.task} dev {100 * row.dev:.2f}{test} at epoch "
                f"{row.best_epoch} of {row.epochs}"
            )


def _start(run: Run, place: Place, display: Display) -> Training:
    folder, program = run
    training = Training(folder, program() if callable(program) else program, place)
    how = "goes on" if training.resumed else "starts"
    display.line(f"{folder.name.capitalize()} {how}: {folder.log}")
    return training
