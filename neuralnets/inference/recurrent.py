"""A recurrent layer in both directions: one product per step, for both of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, NamedTuple

import numpy as np

from neuralnets.inference import lstm, simple_recurrences
from neuralnets.inference.steps import Steps


class Cell(NamedTuple):
    """A kind of recurrence: parts of its kernel, how they are prepared, one step."""

    parts: int
    prepare: Callable[[np.ndarray, str], np.ndarray]
    step: Callable[..., None]


CELLS = {
    "LSTM": Cell(4, lstm.prepare, lstm.step),
    "GRU": Cell(3, simple_recurrences.prepare_gru, simple_recurrences.gru_step),
    "RNN": Cell(1, simple_recurrences.prepare_rnn, simple_recurrences.rnn_step),
}


class Recurrent:
    """Reads sentences from the front, and from the back if it has weights for that.

    Args:
        weights: Kernel `[D, G * H]`, recurrent kernel `[H, G * H]` and bias of each
            direction, one after the other.
        cell: A key of `CELLS`.
        gate: `"sigmoid"`, or `"hard_sigmoid"` for old LSTMs.
    """

    def __init__(
        self, weights: Sequence[np.ndarray], cell: str = "LSTM", gate: str = "sigmoid"
    ):
        kind = CELLS[cell]
        self._step, self._gate = kind.step, gate
        recurrent = np.stack([kind.prepare(w, gate) for w in weights[1::3]])
        self._kernels = [kind.prepare(w, gate) for w in weights[0::3]]
        self._recurrent = np.ascontiguousarray(recurrent)  # [2, H, G * H]
        self._biases = [
            kind.prepare(bias, gate) + (lstm.hard_offset(bias) if is_hard else 0)
            for is_hard in [gate == "hard_sigmoid"]
            for bias in weights[2::3]
        ]
        self.units = len(weights[1])
        self.width = self.units * len(self._kernels)

    def __call__(
        self, x: np.ndarray, steps: Steps, index: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the outputs of both directions at each token, `[N, width]`.

        Args:
            x: What is known of each token, `[N, D]`; or with `index` of each distinct
                form, `[W, D]`.
            steps: The order of the tokens.
            index: Which form each token is, `[N]`.
        """
        outputs = self._run(x, steps, index)
        joined = np.empty((outputs.shape[1], self.width), np.float32)
        joined[:, : self.units] = outputs[0]
        if len(outputs) > 1:
            np.take(outputs[1], steps.mirrored, 0, joined[:, self.units :], "clip")
        return joined

    def last(self, x: np.ndarray, steps: Steps, index: np.ndarray) -> np.ndarray:
        """Return what each direction says at its end, in the order of the lengths."""
        outputs = self._run(x, steps, index)
        found = np.empty((len(steps.order), self.width), np.float32)
        found[steps.order] = np.concatenate(list(outputs[:, steps.ends]), 1)
        return found

    def _run(self, x, steps, index):
        """Return the outputs `[2, N, H]`, those of the second direction mirrored."""
        tokens = len(x if index is None else index)
        projected = np.empty(
            (len(self._kernels), tokens, self._recurrent.shape[2]), np.float32
        )
        for number, out in enumerate(projected):
            kernel, bias = self._kernels[number], self._biases[number]
            if index is None:
                np.matmul(x[steps.mirrored] if number else x, kernel, out=out)
                out += bias
            else:
                forms = x @ kernel
                forms += bias
                np.take(
                    forms, index[steps.mirrored] if number else index, 0, out, "clip"
                )
        outputs = np.empty((len(projected), tokens, self.units), np.float32)
        state = np.zeros((len(projected), max(steps.count, default=0), self.units))
        state = state.astype(np.float32)
        before = None
        for start, count in zip(steps.start, steps.count):
            here = slice(start, start + count)
            z, h = projected[:, here], outputs[:, here]
            before = None if before is None else before[:, :count]
            self._step(z, before, self._recurrent, state[:, :count], h, self._gate)
            before = h
        return outputs
