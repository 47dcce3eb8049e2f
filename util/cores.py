"""How many processor cores this process may use."""

from __future__ import annotations

import os

# What tags runs so many batches at once: one runs through what occupies a core while
# the other runs through its own.
AT_ONCE = 2


def usable_cores() -> int:
    """Return the number of cores, at least 1; Linux can keep a process from some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS, Windows
