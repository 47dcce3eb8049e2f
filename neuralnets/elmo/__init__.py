"""ELMo's bidirectional language model, from the published options and weights.

Its names are imported when they are asked for: most of them need TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "WHERE": "places",
    "BidirectionalLanguageModel": "bilm",
    "ElmoVectors": "vectors",
    "MissingFile": "places",
    "fill_cache": "cachefill",
    "from_params": "vectors",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
