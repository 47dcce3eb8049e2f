"""One step of a GRU and of a plain RNN; arguments as those of `lstm.step`."""

from __future__ import annotations

import numpy as np


def prepare_gru(weights: np.ndarray, gate: str) -> np.ndarray:
    """Return weights in the order update, reset, new, the gates' halved; see `lstm`."""
    z, r, n = np.split(weights, 3, -1)
    half = np.float32(0.5)
    return np.concatenate([half * z, half * r, n], -1)


def prepare_rnn(weights: np.ndarray, gate: str) -> np.ndarray:
    """Return the weights as they are."""
    return weights


def gru_step(z, before, recurrent, cells, h, gate) -> None:
    """Go one token on; the reset gate acts on the product, as in cuDNN."""
    units = h.shape[2]
    gates, new = z[..., : 2 * units], z[..., 2 * units :]
    if before is not None:
        product = np.matmul(before, recurrent)
        gates += product[..., : 2 * units]
    np.tanh(gates, out=gates)
    gates += 1
    gates *= np.float32(0.5)
    update, reset = gates[..., :units], gates[..., units:]
    if before is not None:
        reset *= product[..., 2 * units :]
        new += reset
    np.tanh(new, out=new)
    # update * before + (1 - update) * new
    np.subtract(0 if before is None else before, new, out=h)
    h *= update
    h += new


def rnn_step(z, before, recurrent, cells, h, gate) -> None:
    """Go one token on (Elman 1990)."""
    if before is not None:
        z += np.matmul(before, recurrent)
    np.tanh(z, out=h)
