"""How many processor cores this process may use, and what they can do."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import metadata

# What tags runs so many batches at once: one runs through what occupies a core while
# the other runs through its own.
AT_ONCE = 2


# How many cores are a process's own where it shares them with others of its kind.
_SHARE = "TAGGER_CORES"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def usable_cores() -> int:
    """Return the number of cores, at least 1; Linux can keep a process from some."""
    share = os.environ.get(_SHARE, "")
    if share.isdecimal():
        return max(int(share), 1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS, Windows


def share_of_cores(processes: int) -> dict[str, str]:
    """Return the environment variables that give each process its share of the cores.

    Those that are set already stay.

    Args:
        processes: How many there are.
    """
    return own_cores(max(usable_cores() // processes, 1))


def own_cores(cores: int) -> dict[str, str]:
    """Return the environment variables that give a process so many cores.

    Those that are set already stay.
    """
    return {name: os.environ.get(name, str(cores)) for name in (_SHARE, *_THREADS)}


# What OpenBLAS calls a processor, by what that can do at least.
_KINDS = {
    "SkylakeX": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "Haswell": {"avx2", "fma"},
}
_KIND = "OPENBLAS_CORETYPE"


def tell_numpy(processor: str = "/proc/cpuinfo") -> None:
    """Tell NumPy 1 what the processor can do, unless somebody has.

    The matrix library in its packages takes a processor that is newer than itself for
    one of twenty years ago, and multiplies a few times as slowly there. It looks at the
    environment when it loads. Only Linux says in a file what a processor can do.

    Args:
        processor: That file.
    """
    if "numpy" in sys.modules or _KIND in os.environ:
        return
    with contextlib.suppress(OSError, metadata.PackageNotFoundError):
        with open(processor, encoding="ascii", errors="replace") as file:
            lines = (line.split() for line in file)
            can = next((set(words) for words in lines if words[:1] == ["flags"]), set())
        kind = next((kind for kind, needs in _KINDS.items() if needs <= can), None)
        if kind and metadata.version("numpy").startswith("1."):
            os.environ[_KIND] = kind
