"""What people do with a tagger.

>>> import tagger
>>> sentences = tagger.load("models/NAME.h5").tag("Lena is in Leeds.")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any

import util  # noqa: F401 - it stops a Python that is too old

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """Import what loads a model when it is asked for: it takes NumPy along."""
    if name != "load":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tagger.engines import load

    return load
