"""An LSTM layer with projection and clipping, read in two directions at once.

Shapes: `T` tokens, `B` sentences, `D` units, `P` inputs and outputs. Everything is
time-major. Both directions read from the first row on: the caller reverses what the
second one reads. Sentences stand longest first, so that those which have ended can be
left out of the products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neuralnets.elmo.weights import LSTMWeights
from neuralnets.framework import tf

# The inputs' projection is made for this many tokens and steps at a time: at full
# size a token's takes 64 KB per direction. Few steps leave out ended sentences soon.
_TOKENS_AT_A_TIME = 2048
_STEPS_AT_A_TIME = 16


class State(NamedTuple):
    """What one direction of a layer remembers of each sentence."""

    cell: np.ndarray  # [B, D]
    output: np.ndarray  # [B, P]

    @classmethod
    def zeros(cls, batch: int, units: int, outputs: int) -> State:
        """Return the state before anything was read."""
        return cls(*(np.zeros([batch, size], np.float32) for size in (units, outputs)))


def run_layer(
    inputs: tuple[np.ndarray, np.ndarray],
    lengths: np.ndarray,
    states: tuple[State, State],
    weights: tuple[LSTMWeights, LSTMWeights],
    advance: Callable[[int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Read sentences in both directions.

    Args:
        inputs: Of each direction, `[T, B, P]`, in the order of reading.
        lengths: Tokens of each sentence, `[B]`, falling.
        states: Of each direction, where it starts. They are overwritten with the
            states after each sentence's own last token.
        weights: Of each direction.
        advance: Called now and then with the number of tokens read.

    Returns:
        The outputs of each direction, `[T, B, P]`; zeros in the padding.
    """
    outputs = tuple(np.zeros_like(x) for x in inputs)
    start = 0
    while start < lengths[0]:
        rows = int(np.count_nonzero(lengths > start))
        steps = min(_STEPS_AT_A_TIME, max(1, _TOKENS_AT_A_TIME // rows))
        stop = min(start + steps, int(lengths[0]))
        left = np.minimum(lengths[:rows] - start, stop - start).astype(np.int32)
        results = _read(
            tuple(tf.constant(x[start:stop, :rows]) for x in inputs),
            tf.constant(left),
            tuple(State(*(tf.constant(x[:rows]) for x in state)) for state in states),
            weights,
        )
        for output, state, (read, after) in zip(outputs, states, results):
            output[start:stop, :rows] = read.numpy()
            state.cell[:rows], state.output[:rows] = (x.numpy() for x in after)
        advance(int(left.sum()))
        start = stop
    return outputs


def _pair_of(spec):
    return (spec, spec)


_VECTOR, _MATRIX = (tf.TensorSpec([None] * rank) for rank in (1, 2))


@tf.function(
    input_signature=[
        _pair_of(tf.TensorSpec([None, None, None])),
        tf.TensorSpec([None], tf.int32),
        _pair_of(State(_MATRIX, _MATRIX)),
        _pair_of(
            LSTMWeights(
                kernel=_MATRIX,
                recurrent=_MATRIX,
                bias=_VECTOR,
                projection=_MATRIX,
                cell_clip=tf.TensorSpec([]),
                output_clip=tf.TensorSpec([]),
            )
        ),
    ]
)
def _read(inputs, lengths, states, weights):
    """Return outputs and final state of both directions.

    They do not depend on each other, so TensorFlow runs them side by side. All shapes
    are open: one trace serves every layer of every model.
    """
    return tuple(
        _read_direction(x, lengths, state, w)
        for x, state, w in zip(inputs, states, weights)
    )


def _read_direction(inputs, lengths, state, weights):
    """Return the outputs `[T, B, P]` and the state after each sentence's last token.

    What stands in the padding of the outputs is zero.
    """
    shape = tf.shape(inputs)
    steps = shape[0]
    flat = tf.matmul(tf.reshape(inputs, [-1, shape[2]]), weights.kernel)
    flat += weights.bias
    projected = tf.reshape(flat, [steps, shape[1], -1])  # [T, B, 4D]

    def step(t, cell, output, outputs):
        z = projected[t] + tf.matmul(output, weights.recurrent)
        i, new, f, o = tf.split(z, 4, axis=1)
        following = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(new)
        following = _clip(following, weights.cell_clip)
        hidden = tf.sigmoid(o) * tf.tanh(following)
        result = _clip(tf.matmul(hidden, weights.projection), weights.output_clip)
        present = (t < lengths)[:, None]  # [B, 1]
        return (
            t + 1,
            tf.where(present, following, cell),
            tf.where(present, result, output),
            outputs.write(t, tf.where(present, result, 0.0)),
        )

    outputs = tf.TensorArray(tf.float32, size=steps, element_shape=[None, None])
    _, cell, output, outputs = tf.while_loop(
        lambda t, *_: t < steps,
        step,
        (0, state.cell, state.output, outputs),
        shape_invariants=(
            tf.TensorShape([]),
            tf.TensorShape([None, None]),
            tf.TensorShape([None, None]),
            None,
        ),
        maximum_iterations=steps,
    )
    return outputs.stack(), State(cell, output)


def _clip(x, limit):
    return tf.clip_by_value(x, -limit, limit)
