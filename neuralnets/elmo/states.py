"""The states that a stateful language model carries from one call to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.elmo.lstm import State

# Of each layer, forward and backward.
States = list[tuple[State, State]]


class CarriedStates:
    """The states that the sentences at each position of a call left behind.

    Args:
        layers: LSTM layers.
        units: Units per direction.
        outputs: Outputs per direction.
    """

    def __init__(self, layers: int, units: int, outputs: int):
        self._layers, self._units, self._outputs = layers, units, outputs
        self._rows = self.zeros(0)

    def zeros(self, batch: int) -> States:
        """Return the states before anything was read."""
        return [
            tuple(State.zeros(batch, self._units, self._outputs) for _ in range(2))
            for _ in range(self._layers)
        ]

    def take(self, positions: Sequence[int]) -> States:
        """Return a copy of the states at some positions; zeros at new ones."""
        missing = max(positions) + 1 - len(self._rows[0][0].cell)
        if missing > 0:
            self._rows = _map(np.concatenate, self._rows, self.zeros(missing))
        return _map(lambda rows: rows[0][positions], self._rows)

    def put(self, positions: Sequence[int], states: States) -> None:
        """Keep the states at some positions."""
        for kept, new in zip(_arrays(self._rows), _arrays(states)):
            kept[positions] = new


def _arrays(states: States) -> list[np.ndarray]:
    return [array for layer in states for state in layer for array in state]


def _map(function, *several: States) -> States:
    """Apply a function to the list of what several states hold in the same place."""
    return [
        tuple(
            State(*(function(arrays) for arrays in zip(*directions)))
            for directions in zip(*layers)
        )
        for layers in zip(*several)
    ]
