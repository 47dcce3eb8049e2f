"""One thread per product: batches run side by side, and small products gain nothing.

OpenBLAS, which NumPy's packages hold, would put each product on all cores, and its
threads wait for each other by spinning. Where NumPy has another library, nothing is
done.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_lock = threading.Lock()
_running = 0
_before = 1


def _library() -> tuple[Any, Any] | None:
    """Return what gets and what sets the number of threads, None if nothing does."""
    place = Path(np.__file__).parent
    files = [
        *place.parent.glob("numpy.libs/*openblas*"),
        *place.glob(".dylibs/*openblas*"),
    ]
    for file in files:
        with contextlib.suppress(OSError):
            library = ctypes.CDLL(str(file))  # it is loaded already
            for prefix in ("scipy_openblas", "openblas"):
                for suffix in ("64_", ""):
                    with contextlib.suppress(AttributeError):
                        return (
                            getattr(library, f"{prefix}_get_num_threads{suffix}"),
                            getattr(library, f"{prefix}_set_num_threads{suffix}"),
                        )
    return None


_found = _library()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let products take one thread while it lasts, in whatever threads they are."""
    global _running, _before
    if _found is None:
        yield
        return
    get, set_ = _found
    with _lock:
        _running += 1
        if _running == 1:
            _before = get()
            if _before > 1:
                set_(1)
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if not _running and _before > 1:
                set_(_before)
