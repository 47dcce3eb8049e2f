"""What becomes of a token's layers: one vector, or all of them to be averaged later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import numpy as np

# A layer's number, or one of MODES.
Mode = Union[int, str]

MODES = ("average", "weighted_average", "last", "concat")
RULE = f"one of {', '.join(map(repr, MODES))}, or a layer's number from 0 on"


def is_mode(value: object) -> bool:
    """Tell whether a value is a mode."""
    if isinstance(value, str):
        return value in MODES
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def chosen_layers(mode: Mode, layers: Sequence[int] | None, count: int) -> list[int]:
    """Return the numbers of the layers that a mode needs.

    Args:
        mode: Which one.
        layers: The layers to average or to join; None: all.
        count: Layers that there are; layer 0 is the token's own.

    Raises:
        ValueError: There is no such layer.

    >>> chosen_layers("last", None, 3), chosen_layers("average", [0, 1], 3)
    ([2], [0, 1])
    """
    if isinstance(mode, int):
        layers = [mode]
    elif mode == "last":
        layers = [count - 1]
    chosen = list(range(count)) if layers is None else list(layers)
    missing = [layer for layer in chosen if not 0 <= layer < count]
    if missing or not chosen:
        raise ValueError(
            f"The ELMo weights hold the layers 0 to {count - 1}. "
            f"Asked for: {', '.join(map(str, missing)) or 'none'}"
        )
    return chosen


def combined_shape(mode: Mode, layers: int, width: int) -> tuple[int, ...]:
    """Return the shape of what `combine` makes of a token."""
    if mode == "weighted_average":
        return layers, width
    return (layers * width if mode == "concat" else width,)


def combine(vectors: np.ndarray, mode: Mode) -> np.ndarray:
    """Return what the tagger reads of chosen layers.

    Args:
        vectors: `[T, L, D]`, the chosen layers.
        mode: Which one.

    Returns:
        `[T, L, D]` for the weighted average, whose weights the tagger learns;
        `[T, L * D]` for `'concat'`; else `[T, D]`.
    """
    if mode == "weighted_average":
        return vectors
    if mode == "concat":
        return vectors.reshape(len(vectors), -1)
    return vectors.mean(axis=1)  # of one layer, or of several
