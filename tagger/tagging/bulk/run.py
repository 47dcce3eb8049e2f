"""From files to files of tags, by several processes; an interrupted run goes on."""

from __future__ import annotations

import argparse
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

from tagger.tagging.bulk.display import Display
from tagger.tagging.bulk.journal import Journal, stamp_of
from tagger.tagging.bulk.largefile import LargeFile
from tagger.tagging.bulk.tasks import WholeFile
from tagger.tagging.bulk.workers import CannotStart, Workers, workers_for
from tagger.tagging.reading import style_of
from tagger.tagging.run import check_failed, named
from util.commandline import error_text
from util.download.dataconversion import sha256_of
from util.output.destinations import Job, is_folder, jobs_of
from util.output.options import check_output_flags
from util.version import VERSION

# Larger files are tagged by all processes together, one file after the other.
LARGE = 1 << 22  # bytes


def tag_in_bulk(
    arguments: argparse.Namespace, columns: Mapping[int, str] | None = None
) -> None:
    """Tag files with a stored model, as `tag_files` does, by several processes.

    Args:
        arguments: As for `tag_files`; and `jobs`, the number of processes; `cluster`,
            the address of a Ray cluster, or None, and `cpus`, how many of its CPUs
            each process gets. On a cluster `jobs` may be None: all that it has room
            for.
        columns: As for `Reader`.

    Raises:
        ValueError: A file cannot be tagged, after the others are; or none can be.
        KeyboardInterrupt: Ctrl-C or SIGTERM; what is finished is kept.
    """
    check_output_flags(arguments)
    inputs, output = arguments.inputs, arguments.output
    flag = "--jobs" if arguments.cluster is None else "--cluster"
    if not is_folder(output, inputs):
        raise ValueError(
            f"{flag} writes a file for each input: name a folder, as in --output tags/"
        )
    if "-" in inputs:
        raise ValueError(f"{flag} reads files: tag standard input (-) without it.")
    jobs = jobs_of(inputs, output, arguments.format)
    # The model's file says it once, and not for each text.
    language = style_of(arguments).language
    arguments = argparse.Namespace(**{**vars(arguments), "language": language})
    journal = Journal(output, _determined_by(arguments))
    complete = False
    try:
        run = Bulk(jobs, arguments, columns, journal)
        try:
            failed = run.run()
        except KeyboardInterrupt:
            run.display.line(
                f"{run.display.files} of {len(jobs)} files are finished. Go on with "
                "the same command."
            )
            raise
        finally:
            run.display.close()
        complete = not failed
    finally:
        journal.close(complete)
    if failed and len(jobs) == 1:
        raise ValueError(failed[0])
    check_failed(len(failed), len(jobs), output)


class Bulk:
    """A run over many files.

    Args:
        jobs: The files.
        arguments, columns: As for `tag_in_bulk`.
        journal: Says what is finished.

    Attributes:
        display: Shows how far it has come.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        arguments: argparse.Namespace,
        columns: Mapping[int, str] | None,
        journal: Journal,
    ):
        self._jobs, self._journal = jobs, journal
        self._arguments, self._columns = arguments, columns
        self._failed: list[str] = []
        waiting = [job for job in jobs if not journal.finished(job)]
        self._stamps = {job.output: stamp_of(job.inputs[0]) for job in waiting}
        self._whole = [job for job in waiting if self._size(job) <= LARGE]
        self._large = [job for job in waiting if self._size(job) > LARGE]
        size = sum(map(self._size, waiting))
        self.display = Display(len(jobs), len(jobs) - len(waiting), size)

    def run(self) -> list[str]:
        """Tag what is not finished; return what is wrong with files that cannot be."""
        with workers_for(self._arguments, self._columns) as workers:
            for job in self._large:
                self._tag_large(job, workers)
            self._tag_whole(workers)
        return self._failed

    def _tag_whole(self, workers: Workers) -> None:
        waiting = iter(self._whole)
        running: dict[Future, Job] = {}
        while True:
            for job in itertools.islice(waiting, workers.most - len(running)):
                running[workers.submit(WholeFile(job))] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                if self._done(job, future.result):
                    self.display.tagged(future.result(), self._size(job))
                    self._finish(job)

    def _tag_large(self, job: Job, workers: Workers) -> None:
        file = LargeFile(job, self._stamps[job.output], self._journal, self.display)
        if self._done(job, lambda: file.tag(workers, self._arguments, self._columns)):
            self._finish(job)

    def _done(self, job: Job, work: Callable[[], Any]) -> bool:
        """Tell whether a file could be tagged; if not, say why and leave it out."""
        path, before = job.inputs[0], self._stamps[job.output]
        try:
            work()
            if before and os.path.isfile(path) and stamp_of(path) != before:
                raise ValueError(
                    f"{path}: changed since this run began. The same command tags it "
                    "again."
                )
        except (CannotStart, BrokenPipeError):
            raise
        except (OSError, ValueError) as error:
            self._failed.append(named(job, error_text(error)))
            if len(self._jobs) > 1:
                self.display.line(f"Skipped: {self._failed[-1]}")
            self.display.left_out(self._size(job))
            return False
        return True

    def _finish(self, job: Job) -> None:
        stamp = self._stamps[job.output]
        if stamp is not None:  # it was there before it was read
            self._journal.add(job, stamp)
        self.display.finished()

    def _size(self, job: Job) -> int:
        stamp = self._stamps[job.output]
        return stamp.size if stamp else 0


def _determined_by(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what determines the outputs besides the files, by the flags' names."""
    others = {"inputs", "output", "jobs", "cluster", "cpus", "model", "feeders"}
    flags = {
        name: value for name, value in vars(arguments).items() if name not in others
    }
    models = [
        [os.path.basename(path), sha256_of(Path(path))]
        for path in (arguments.model, *arguments.feeders)
        if os.path.isfile(path)  # who loads it says that it is not
    ]
    return {**flags, "model": models, "version of this tool": VERSION}
