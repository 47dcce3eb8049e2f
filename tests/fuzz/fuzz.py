"""Throws malformed files of every kind at what reads them.

    python tests/fuzz/fuzz.py [CASES [SEED]]
    python tests/fuzz/fuzz.py FILE ...      (cases that failed, once more)

The files are read in a process of its own, with limits on time and memory; should it
crash, that is one failed case. The files of failed cases are kept in fuzz-failures/.
"""

import contextlib
import logging
import math
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import picklecases  # noqa: E402
import readers  # noqa: E402
import textcases  # noqa: E402

FAILURES = Path("fuzz-failures")
SECONDS = 30  # a case may take
MEMORY = 512 << 20  # bytes that a case may take
MEMORY_OF_NETWORKS = 2 << 30
_START_SECONDS = 120


def _h5(name):
    def make(draw):
        import h5cases  # needs TensorFlow, which the other kinds do without

        return getattr(h5cases, name)(draw)

    return make


# Kind of file: what draws one, its name's ending, and its share of the cases.
KINDS = {
    "columns": (textcases.column_file, ".txt", 0.30),
    "vectors": (textcases.vector_file, ".vec", 0.15),
    "zipped": (textcases.zipped_vector_file, ".vec.gz", 0.10),
    "prepared": (picklecases.prepared_file, ".pkl", 0.30),
    "checkpoint": (_h5("checkpoint_file"), ".checkpoint", 0.05),
    "model": (_h5("model_file"), ".h5", 0.05),
    "oldmodel": (_h5("old_model_file"), ".h5", 0.05),
}
OF_NETWORKS = ("checkpoint", "model", "oldmodel")


class TooLong(BaseException):
    """A case took more than its time."""


def make(kind: str, seed: int, number: int) -> bytes:
    """Return the file of a case."""
    return KINDS[kind][0](random.Random(f"{kind} {seed} {number}"))


def run_case(kind: str, data: bytes, folder: str, seconds: float) -> str:
    """Read a file and return what is wrong with how that ended: mostly nothing."""
    path = os.path.join(folder, f"case{ending(kind)}")
    with open(path, "wb") as file:
        file.write(data)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        readers.read(kind, path)
    except TooLong:
        return f"took more than {seconds} s"
    except Exception as error:
        if not readers.allowed(error, path):
            Path(path).write_bytes(data)
            return "".join(traceback.format_exception(None, error, None)[-1:]) + (
                "".join(traceback.format_tb(error.__traceback__)[-2:])
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "it ran a command" if os.path.exists(picklecases.MARKER) else ""


def ending(kind: str) -> str:
    """Return how the names of a kind's files end."""
    return KINDS[kind][1] if kind in KINDS else ""


def _child(pipe, networks: bool, folder: str, seconds: float) -> None:
    """Read the files that come through a pipe, one by one; send back what is wrong."""
    os.chdir(folder)
    errors = os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(errors, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if networks:
        import h5cases

        h5cases.warm_up(readers.read)
    _limit_memory(MEMORY_OF_NETWORKS if networks else MEMORY)
    logging.disable()
    signal.signal(signal.SIGALRM, _alarm)
    pipe.send("ready")
    while True:
        kind, seed, number, path = pipe.recv()
        try:
            data = Path(path).read_bytes() if path else make(kind, seed, number)
            wrong = run_case(kind, data, folder, seconds)
        except BaseException:
            wrong = traceback.format_exc()
        with contextlib.suppress(OSError):
            os.unlink(picklecases.MARKER)
        pipe.send(wrong)


def _limit_memory(more: int) -> None:
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))


def _alarm(*_):
    raise TooLong


class Reader:
    """A process that reads files, replaced when it crashes.

    Args:
        networks: Whether it can read those of the network; that takes TensorFlow.
        folder: Where it works.
        seconds: The time that a case may take.
    """

    def __init__(self, networks: bool, folder: str, seconds: float = SECONDS):
        self._networks, self._folder, self._seconds = networks, folder, seconds
        self._process = None

    def __call__(self, kind: str, seed: int = 0, number: int = 0, path="") -> str:
        """Let it read the file of a case, or a given one; return what is wrong."""
        if self._process is None:
            self._start()
        self._pipe.send((kind, seed, number, str(path)))
        try:
            if self._pipe.poll(3 * self._seconds):
                return self._pipe.recv()
            wrong = "does not end"
        except EOFError:
            self._process.join()
            wrong = f"crashed ({self._process.exitcode})"
        self.close()
        return wrong

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, other = spawn.Pipe()
        arguments = (other, self._networks, self._folder, self._seconds)
        self._process = spawn.Process(target=_child, args=arguments, daemon=True)
        self._process.start()
        other.close()
        if not self._pipe.poll(_START_SECONDS) or self._pipe.recv() != "ready":
            raise RuntimeError("the process that reads does not start")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def run(cases: int, seed: int, kinds=tuple(KINDS), show=print) -> tuple[int, int]:
    """Run cases of some kinds, by their shares; return how many passed and failed."""
    whole = sum(KINDS[kind][2] for kind in kinds)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        readers_ = {networks: Reader(networks, folder) for networks in (False, True)}
        for kind in kinds:
            reader = readers_[kind in OF_NETWORKS]
            count = max(math.ceil(cases * KINDS[kind][2] / whole), 1)
            begun = time.monotonic()
            for number in range(count):
                wrong = reader(kind, seed, number)
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    kept = FAILURES / f"{kind}-{seed}-{number}{ending(kind)}"
                    FAILURES.mkdir(exist_ok=True)
                    shutil.copy(os.path.join(folder, f"case{ending(kind)}"), kept)
                    show(f"\n{kept}: {wrong}")
                if sys.stderr.isatty() and number % 20 == 0:
                    sys.stderr.write(f"\r{kind}: {number} of {count}")
            seconds = time.monotonic() - begun
            show(f"{kind}: {count:,} cases in {seconds:.0f} s, {failed} failed so far")
        for reader in readers_.values():
            reader.close()
    return passed, failed


def repeat(paths: list[str]) -> tuple[int, int]:
    """Read files of failed cases once more, by the kind in their names."""
    failed = 0
    for path in map(Path, paths):
        with tempfile.TemporaryDirectory() as folder:
            kind = path.name.split("-")[0]
            reader = Reader(kind in OF_NETWORKS, folder)
            wrong = reader(kind, path=path.resolve())
            reader.close()
        print(f"{path}: {wrong or 'passed'}")
        failed += bool(wrong)
    return len(paths) - failed, failed


def main(arguments: list[str]) -> None:
    """Run as the module's text says."""
    if arguments and not arguments[0].isdigit():
        passed, failed = repeat(arguments)
    else:
        numbers = [*map(int, arguments), *(10_000, 1)[len(arguments) :]]
        passed, failed = run(*numbers)
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
