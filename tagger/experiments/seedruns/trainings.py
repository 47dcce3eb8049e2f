"""Many trainings, a few at a time, and the folder that they share."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

from tagger.experiments.seedruns import configuration
from tagger.experiments.seedruns.display import Display
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.training import Training
from util.cores import usable_cores
from util.locks import locked
from util.process import terminated_as_interrupted

_ROOT = str(Path(__file__).resolve().parents[3])
_SECONDS_BETWEEN_LOOKS = 0.1
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


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
        jobs: How many at once.
        lock: A file descriptor that the processes inherit, if there is one.
        unit: What the trainings are.
        keep_all: Keep every model of a finished training, and its checkpoints.
        finished: Called when another one is finished.
        stop: Tells of a running training whether to end it before its time.
    """

    def __init__(
        self,
        jobs: int,
        lock: int | None,
        unit: str = "seeds",
        keep_all: bool = False,
        finished: Callable[[], None] = lambda: None,
        stop: Callable[[SeedFolder], bool] = lambda _: False,
    ):
        self._jobs, self._unit, self._keep_all = jobs, unit, keep_all
        self._open = [] if lock is None else [lock]
        self._finished, self._stop = finished, stop
        # `-m tagger` is this very project, wherever the command was given.
        place = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
        self._environment = {**os.environ, **threads(jobs, os.environ)}
        self._environment["PYTHONPATH"] = place

    def train(self, runs: Sequence[Run]) -> dict[str, str]:
        """Run those that are not finished.

        Returns:
            The names of those that failed, each with the last line of its log.

        Raises:
            ValueError: None comes to its first epoch.
        """
        folders = [run.folder for run in runs]
        waiting = [run for run in runs if not run.folder.finished]
        before = [folder.seconds for folder in folders if folder.finished]
        display = Display(len(folders), before, self._jobs, self._unit)
        if before:
            display.line(
                f"{len(before)} of {len(folders)} {self._unit} are finished already."
            )
        running: list[Training] = []
        failed: dict[str, str] = {}
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
                while waiting and len(running) < self._jobs and not hopeless:
                    folder, program = waiting.pop(0)
                    program = program() if callable(program) else program
                    training = Training(folder, program, self._environment, self._open)
                    running.append(training)
                    how = "goes on" if training.resumed else "starts"
                    display.line(f"{folder.name.capitalize()} {how}: {folder.log}")
                for training in [t for t in running if t.poll() is not None]:
                    running.remove(training)
                    self._close(training, display, failed)
                for training in running:
                    if not training.stopped and self._stop(training.folder):
                        training.stop()
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
        self, training: Training, display: Display, failed: dict[str, str]
    ) -> None:
        """Take in what an ended process has left."""
        folder, code = training.folder, training.poll()
        name = folder.name.capitalize()
        try:
            if code and not training.stopped:
                raise ValueError(f"exit code {code}: {training.last_line()}")
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
            display.line(
                f"{name} is {how}: {row.task} dev {100 * row.dev:.2f} test "
                f"{100 * row.test:.2f} at epoch {row.best_epoch} of {row.epochs}"
            )


def threads(jobs: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that give each process its share of the cores.

    One process alone chooses for itself; see `neuralnets/threads.py`. What the user
    has set stays.
    """
    if jobs == 1 or set(_THREADS) & set(environment):
        return {}
    share = max(usable_cores() // jobs, 1)
    return dict(zip(_THREADS, (str(max(share // 2, 1)), str(min(share, 2)))))
