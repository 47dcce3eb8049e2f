"""The folder of one seed: its models, its log, and whether it is finished."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
from collections.abc import Collection

from neuralnets.training.results import Line
from tagger.experiments.seedruns import modelfiles, resultsfile
from tagger.experiments.seedruns.resultsfile import Outcome
from tagger.experiments.seedruns.table import Row
from util.files import atomic_path
from util.modelpaths import in_file_names

_LOG = "training.log"
_FINISHED = "finished.json"
_SECONDS = "seconds.json"
_LONGEST_LINE = 300  # characters of a log's last line
_TAIL = 65536  # bytes of a log that may hold its last line


class SeedFolder:
    """`FOLDER/seed_N`, or of another name: one training.

    Args:
        folder: Of all trainings.
        seed: N.
        name: What the training is called, such as `fold 3`; by default `seed N`.
        of: What it is the seed of, where there are several configurations at once.
    """

    def __init__(self, folder: str, seed: int, name: str = "", of: str = ""):
        self.seed = seed
        name = name or f"seed {seed}"
        self.path = os.path.join(folder, name.replace(" ", "_"))
        self.name = f"{of} {name}".strip()
        self.log = os.path.join(self.path, _LOG)

    @property
    def started(self) -> bool:
        """Whether the training script has run here before."""
        return os.path.exists(self.log)

    @property
    def begun(self) -> bool:
        """Whether it holds anything that training has reached."""
        patterns = (_FINISHED, "*.tsv", "*.checkpoint", "*.h5")
        return any(self._files(*patterns))

    @property
    def finished(self) -> bool:
        """Whether training came to its end."""
        return os.path.exists(os.path.join(self.path, _FINISHED))

    @property
    def seconds(self) -> float:
        """How long training has run before."""
        try:
            with open(os.path.join(self.path, _SECONDS), encoding="utf-8") as file:
                return float(json.load(file))
        except (FileNotFoundError, TypeError, ValueError):
            return 0.0

    def store_seconds(self, seconds: float) -> None:
        """Keep how long training has run."""
        with atomic_path(os.path.join(self.path, _SECONDS)) as temporary:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(round(seconds, 1), file)

    def outcomes(self) -> dict[str, Outcome]:
        """Return how far each evaluated task has come, in the order of training."""
        found = {}
        for path in sorted(self._files("*.tsv")):
            found.update(resultsfile.read(path))
        return found

    def course(self) -> dict[int, float]:
        """Return by epoch the best dev score until then, the mean of all tasks."""
        by_epoch: dict[int, list[float]] = {}
        tasks = self.lines()
        for lines in tasks.values():
            for line in lines:
                by_epoch.setdefault(line.epoch, []).append(line.best_dev)
        return {
            epoch: sum(scores) / len(tasks)
            for epoch, scores in sorted(by_epoch.items())
            if len(scores) == len(tasks)
        }

    def lines(self) -> dict[str, list[Line]]:
        """Return what each evaluated task reached in each epoch."""
        found = {}
        for path in sorted(self._files("*.tsv")):
            found.update(resultsfile.lines_of(path))
        return found

    def finish(self, seconds: float) -> None:
        """Store the results of a training that came to its end.

        Raises:
            ValueError: It has left no results.
        """
        outcomes = self.outcomes()
        if not outcomes:
            raise ValueError(
                "it ended without a results file. The script must write one to "
                "--output: model.storeResults(options.resultsPath)"
            )
        rows = [
            Row(
                *(self.seed, task, found.dev, found.test, found.best_epoch),
                *(found.epoch, round(seconds, 1)),
                self._best_model(task, found, outcomes),
            )
            for task, found in outcomes.items()
        ]
        with atomic_path(os.path.join(self.path, _FINISHED)) as temporary:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump([row._asdict() for row in rows], file, indent=2)

    def rows(self) -> list[Row]:
        """Return the results of a finished seed, with the models' paths.

        Raises:
            ValueError: The file that holds them is damaged.
        """
        path = os.path.join(self.path, _FINISHED)
        try:
            with open(path, encoding="utf-8") as file:
                rows = [Row(**row) for row in json.load(file)]
            return [
                row._replace(model=row.model and os.path.join(self.path, row.model))
                for row in rows
            ]
        except (TypeError, ValueError):
            raise ValueError(
                f"{path}: damaged. Delete the folder {self.path} to train this seed "
                "again."
            ) from None

    def keep_best(self) -> None:
        """Delete the models and checkpoints of a finished seed but the best models."""
        best = {row.model: row.task for row in self.rows()}
        finished = set(best.values())
        models = [path for path in self._files("*.h5") if path not in best]
        # What holds a task of which no best model is known is not ours to delete.
        worse = [m for m in models if modelfiles.tasks_in(m, finished) <= finished]
        patterns = ("*.checkpoint", "*.checkpoint.previous", ".*.part")
        for path in [*worse, *self._files(*patterns)]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def last_line(self, start: int = 0) -> str:
        """Return the last line, or error, of the log behind byte `start`, shortened."""
        with open(self.log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - _TAIL))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
        errors = [i for i, text in enumerate(lines) if text.startswith("Error: ")]
        if errors:  # which may go over several lines
            lines = [" ".join(" ".join(lines[errors[-1] :]).split())]
        line = lines[-1] if lines else "it wrote nothing"
        line = "".join(c if c.isprintable() else " " for c in line)
        return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "..."

    def _best_model(self, task: str, found: Outcome, tasks: Collection[str]) -> str:
        """Return the name of the file with a task's best model, empty without one."""
        score = f"{found.dev:.4f}_{found.test:.4f}_{found.best_epoch}"
        name = glob.escape(in_file_names(task))
        for usual in ("_", "-*_"):
            for path in self._files(f"{name}{usual}{score}.h5"):
                return os.path.basename(path)
        # The script names its models in a way of its own: each better one is newer.
        models = sorted(self._files("*.h5"), key=os.path.getmtime)
        own = [m for m in models if task in modelfiles.tasks_in(m, tasks)]
        return os.path.basename(own[-1]) if own else ""

    def _files(self, *patterns: str) -> list[str]:
        folder = glob.escape(self.path)
        return [
            path
            for pattern in patterns
            for path in glob.glob(os.path.join(folder, pattern))
        ]


def in_folder(folder: str) -> list[SeedFolder]:
    """Return the seeds that have a folder, by number."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            match = re.fullmatch(r"seed_(0|[1-9][0-9]*)", name)
            if match:
                found.append(SeedFolder(folder, int(match.group(1))))
    return sorted(found, key=lambda seed: seed.seed)
