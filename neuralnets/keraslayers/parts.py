"""What the label chains of TensorFlow and of NumPy have in common; needs neither."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Chain(NamedTuple):
    """The parameters that all sentences share: tensors or arrays; see `chain.py`."""

    transitions: Any  # [K, K]
    start: Any  # [K]
    end: Any  # [K]


class Reading(NamedTuple):
    """How spans are read from labels.

    Attributes:
        continues: Whether a label (column) belongs to the span of the one before it
            (row), `[K, K]` booleans.
        types: The number of each label's type, -1 for a label outside, `[K]` int32.
        names: The name of each type, strings.
    """

    continues: np.ndarray
    types: np.ndarray
    names: np.ndarray
