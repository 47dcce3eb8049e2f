"""A recurrent layer over sentences: LSTM, GRU or RNN, with variational dropout."""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

from neuralnets.framework import keras, tf
from neuralnets.keraslayers import recurrence, simple_recurrences
from neuralnets.keraslayers.layer import Float32Layer, check_rate, check_size
from neuralnets.randomness import dropout_mask, initializer_seed

DIRECTIONS = ("forward", "backward")


class Cell(NamedTuple):
    """A kind of recurrence: the parts of its kernel, the function, the first bias."""

    parts: int
    run: Callable[..., tf.Tensor]
    bias: tuple[float, ...]


# The LSTM at first forgets nothing (Gers et al. 2000).
CELLS = {
    "LSTM": Cell(4, recurrence.lstm, (0.0, 1.0, 0.0, 0.0)),
    "GRU": Cell(3, simple_recurrences.gru, (0.0, 0.0, 0.0)),
    "RNN": Cell(1, simple_recurrences.rnn, (0.0,)),
}


class RecurrentLayer(Float32Layer):
    """Reads a sentence in one or both directions; each is a loop of its own.

    Dropout is variational: per sentence and direction one mask for the inputs and one
    for the previous outputs, the same at every token and for all gates of the cell.

    >>> x, lengths = tf.ones([5, 2, 30]), tf.constant([5, 3])  # [T, B, D], [B]
    >>> RecurrentLayer(100)(x, lengths=lengths, step_seed=[1, 2]).shape
    TensorShape([5, 2, 200])

    Args:
        units: Units per direction.
        dropout: Rate for the inputs, in [0, 1).
        recurrent_dropout: Rate for the previous outputs, in [0, 1).
        gate: `"sigmoid"`, or `"hard_sigmoid"` as in LSTMs from Keras 2.2.
        return_sequences: Return all outputs, or those at the end of each direction.
        cell: A key of `CELLS`.
        bidirectional: Read in both directions, or only from first to last.
        seed: The initial weights derive from it and from the layer's name.

    Call arguments:
        inputs: `[T, B, D]`, time-major.
        lengths: Tokens of each sentence, `[B]`; the rest is padding.
        step_seed: Seed `[2]` of this step's dropout masks.
        training: Whether to drop anything.
        form_index: If given, `inputs` is a table `[W, D]` of the batch's distinct word
            forms, and this says which of them each token is, `[B, T]`. Tagging then
            projects every form once.

    Input shape:
        `[T, B, D]`, or `[W, D]` with `form_index`.

    Output shape:
        `[T, B, 2 * units]`, zero in the padding; without `return_sequences`
        `[B, 2 * units]`. In one direction `units` instead of `2 * units`.
    """

    def __init__(
        self,
        units: int,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        gate: str = "sigmoid",
        return_sequences: bool = True,
        seed: int = 0,
        cell: str = "LSTM",
        bidirectional: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_size("units", units)
        check_rate("dropout", dropout)
        check_rate("recurrent_dropout", recurrent_dropout)
        if gate not in recurrence.GATES:
            raise ValueError(
                f"`gate` must be one of {', '.join(recurrence.GATES)}. "
                f"Received: {gate!r}"
            )
        if cell not in CELLS:
            raise ValueError(
                f"`cell` must be one of {', '.join(CELLS)}. Received: {cell!r}"
            )
        if cell != "LSTM" and gate != "sigmoid":
            raise ValueError(
                f"`gate` must be 'sigmoid' where `cell` is {cell!r}: only an LSTM has "
                f"others. Received: {gate!r}"
            )
        self.units = units
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.gate = gate
        self.return_sequences = return_sequences
        self.seed = seed
        self.cell = cell
        self.bidirectional = bidirectional

    def build(self, input_shape):
        """Make kernel `[D, G * H]`, recurrent kernel and bias of each direction.

        G is 4 for an LSTM, 3 for a GRU, 1 for an RNN; see `Cell.parts`.
        """
        initializers = keras.initializers
        cell = CELLS[self.cell]
        width = cell.parts * self.units
        self.directions = []
        for direction in self._names:

            def weight(name, shape, initializer, direction=direction):
                return self.add_weight(
                    name=f"{direction}_{name}", shape=shape, initializer=initializer
                )

            def seed(name, direction=direction):
                return initializer_seed(self.seed, self.name, direction, name)

            kernel = weight(
                "kernel",
                [input_shape[-1], width],
                initializers.GlorotUniform(seed("kernel")),
            )
            recurrent = weight(
                "recurrent_kernel",
                [self.units, width],
                initializers.Orthogonal(seed=seed("recurrent_kernel")),
            )
            bias = weight("bias", [width], _Repeated(cell.bias))
            self.directions.append((kernel, recurrent, bias))
        super().build(input_shape)

    @property
    def _names(self) -> tuple[str, ...]:
        return DIRECTIONS if self.bidirectional else DIRECTIONS[:1]

    def call(self, inputs, lengths, step_seed, training=False, form_index=None):
        """Run each direction; see the class for the arguments."""
        index = None if form_index is None else tf.transpose(form_index)  # [T, B]
        if index is not None and training:
            # Dropout differs from sentence to sentence: nothing to share.
            inputs, index = tf.gather(inputs, index), None
        tokens, batch = tf.unstack(tf.shape(inputs if index is None else index)[:2])
        present = tf.transpose(tf.sequence_mask(lengths, tokens))  # [T, B]
        outputs = []
        for name, weights in zip(self._names, self.directions):
            kernel, recurrent, bias = weights

            def mask(width, rate, what, name=name):
                what = f"{self.name}/{name}/{what}"
                return dropout_mask([batch, width], rate, step_seed, what)

            x = inputs
            if training and self.dropout:
                x *= mask(inputs.shape[-1], self.dropout, "inputs")
            outputs.append(
                CELLS[self.cell].run(
                    self._project(x, kernel, bias, present, index),
                    recurrent,
                    mask(self.units, self.recurrent_dropout, "state")
                    if training and self.recurrent_dropout
                    else None,
                    reverse=name == "backward",
                    gate=self.gate,
                    training=training,
                )
            )
        if self.return_sequences:
            joined = outputs[0] if len(outputs) == 1 else tf.concat(outputs, axis=2)
            if self.cell == "LSTM":  # its closed gates have seen to the padding
                return joined
            return tf.where(present[..., None], joined, 0.0)
        ends = [tf.gather_nd(outputs[0], tf.stack([lengths - 1, tf.range(batch)], 1))]
        return tf.concat(ends + [output[0] for output in outputs[1:]], axis=1)

    def _project(self, x, kernel, bias, present, index):
        """Return inputs times kernel plus bias.

        In the padding the gates of an LSTM are closed; of the others all is 0.
        """
        if index is not None:
            projected = tf.gather(tf.nn.bias_add(tf.matmul(x, kernel), bias), index)
        else:
            shape = tf.shape(x)
            flat = tf.matmul(tf.reshape(x, [-1, kernel.shape[0]]), kernel)
            flat = tf.nn.bias_add(flat, bias)
            width = kernel.shape[1]
            projected = tf.reshape(flat, [shape[0], shape[1], width])
        if self.cell != "LSTM":
            return tf.where(present[..., None], projected, 0.0)
        gates = np.repeat(np.float32([1, 0, 0, 1]), self.units)
        closed = tf.constant(recurrence.CLOSED * gates)
        return tf.cond(
            tf.reduce_all(present),
            lambda: projected,
            lambda: projected + tf.where(present[..., None], 0.0, closed),
        )

    def compute_output_shape(self, input_shape):
        """Return the static output shape for an input shape."""
        width = len(self._names) * self.units
        if self.return_sequences:
            return tf.TensorShape([*input_shape[:2], width])
        return tf.TensorShape([input_shape[1], width])

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "gate": self.gate,
            "return_sequences": self.return_sequences,
            "seed": self.seed,
            "cell": self.cell,
            "bidirectional": self.bidirectional,
        }


class _Repeated(keras.initializers.Initializer):
    """A bias with one value for each part of the kernel."""

    def __init__(self, values):
        self.values = values

    def __call__(self, shape, dtype=None, **_):
        """Return the values, each repeated for all units."""
        return tf.repeat(tf.constant(self.values, dtype), shape[0] // len(self.values))
