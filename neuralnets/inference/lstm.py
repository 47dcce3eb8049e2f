"""One step of an LSTM, its gates scaled so that one `tanh` serves all of them.

`sigmoid(x) = (1 + tanh(x / 2)) / 2`, and the halves are in the weights already. The
gates are brought into the order input, forget, output, cell.
"""

from __future__ import annotations

import numpy as np


def prepare(weights: np.ndarray, gate: str) -> np.ndarray:
    """Return weights `[..., 4H]` in the order and scale of `step`.

    Args:
        weights: Gates in the order input, forget, cell, output.
        gate: See `recurrent.Recurrent`.
    """
    i, f, g, o = np.split(weights, 4, -1)
    scale = np.float32(0.2 if gate == "hard_sigmoid" else 0.5)
    return np.concatenate([scale * i, scale * f, scale * o, g], -1)


def hard_offset(bias: np.ndarray) -> np.ndarray:
    """Return what the hard sigmoid, `clip(0.2 x + 0.5, 0, 1)`, adds to biases."""
    units = len(bias) // 4
    return np.repeat(np.float32([0.5, 0]), [3 * units, units])


def step(
    z: np.ndarray,
    before: np.ndarray | None,
    recurrent: np.ndarray,
    cells: np.ndarray,
    h: np.ndarray,
    gate: str,
) -> None:
    """Go one token on in both directions.

    Args:
        z: Projected inputs `[2, B, 4H]`; they are overwritten.
        before: The outputs before, `[2, B, H]`, None at the first token.
        recurrent: `[2, H, 4H]`.
        cells: `[2, B, H]`; they are changed.
        h: Takes the outputs, `[2, B, H]`.
        gate: See `recurrent.Recurrent`.
    """
    if before is not None:
        z += np.matmul(before, recurrent)
    units = h.shape[2]
    gates, g = z[..., : 3 * units], z[..., 3 * units :]
    if gate == "hard_sigmoid":
        np.clip(gates, 0, 1, out=gates)
        np.tanh(g, out=g)
    else:
        np.tanh(z, out=z)
        gates += 1
        gates *= np.float32(0.5)
    i, f, o = (gates[..., n * units : (n + 1) * units] for n in range(3))
    cells *= f
    i *= g
    cells += i
    np.tanh(cells, out=h)
    h *= o
