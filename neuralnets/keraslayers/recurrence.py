"""The LSTM's recurrence over time as a pure function with a gradient of its own.

Shapes: `T` tokens, `B` sentences, `H` units. Everything is time-major and float32.
The gates stand in the order input, forget, cell, output, as in Keras' weights.

What makes it fast: the input's projection comes ready for all time steps; the
backward loop holds a single product, the one with the transposed recurrent kernel;
everything that does not depend on the step before is done for all steps at once,
outside the loops, as is the gradient of the recurrent kernel.
"""

from __future__ import annotations

from typing import Callable

from neuralnets.framework import tf


def hard_sigmoid(x: tf.Tensor) -> tf.Tensor:
    """Return Keras 2.2's default gate: `clip(0.2 x + 0.5, 0, 1)`."""
    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


# A gate, and its derivative as a function of its value.
GATES: dict[str, tuple[Callable, Callable]] = {
    "sigmoid": (tf.sigmoid, lambda y: y * (1.0 - y)),
    "hard_sigmoid": (
        hard_sigmoid,
        lambda y: tf.where((y > 0.0) & (y < 1.0), 0.2, 0.0),
    ),
}

# Added to the input and output gates of a padding position: it closes both, so that
# the output is 0 and a state that starts as 0 stays 0. No mask enters the loop.
CLOSED = -1e6


def lstm(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    dropout_mask: tf.Tensor | None = None,
    reverse: bool = False,
    gate: str = "sigmoid",
    training: bool = True,
) -> tf.Tensor:
    """Run an LSTM over time, from a state of zeros.

    Args:
        projected: Inputs times kernel plus bias, `[T, B, 4H]`.
        recurrent_kernel: `[H, 4H]`.
        dropout_mask: Factors of the previous output, the same at all time steps
            (Gal & Ghahramani 2016, one mask for all gates), `[B, H]`.
        reverse: Run from the last token to the first.
        gate: A key of `GATES`.
        training: Keep what the gradient needs. Without it there is no gradient.

    Returns:
        The outputs `[T, B, H]`, in the order of the input.
    """
    units = recurrent_kernel.shape[0]
    activation, derivative = GATES[gate]
    if not training:
        outputs, *_ = _forward(
            projected, recurrent_kernel, None, activation, units, reverse, keep=False
        )
        return outputs
    if dropout_mask is None:
        dropout_mask = tf.ones([1, units])

    @tf.custom_gradient
    def run(projected, kernel, mask):
        outputs, cells, gates = _forward(
            projected, kernel, mask, activation, units, reverse
        )

        def gradient(d_outputs):
            d_projected = _backward(
                d_outputs, kernel, mask, cells, gates, derivative, reverse
            )
            # Both kernel and mask act on the previous output: [T - 1, B, H]
            earlier, later = (1, 0) if reverse else (0, 1)
            steps = tf.shape(outputs)[0] - 1
            previous = outputs[earlier : earlier + steps]
            d_following = tf.reshape(
                d_projected[later : later + steps], [-1, 4 * units]
            )
            masked = tf.reshape(previous * mask, [-1, units])
            d_kernel = tf.matmul(masked, d_following, transpose_a=True)
            return d_projected, d_kernel, None

        return outputs, gradient

    return run(projected, tf.convert_to_tensor(recurrent_kernel), dropout_mask)


def _forward(projected, kernel, mask, activation, units, reverse, keep=True):
    """Return outputs and, to `keep`, cells `[T, B, H]` and gates' values `[T, B, 4H]`.

    `mask` may be None.
    """
    steps, batch = tf.shape(projected)[0], tf.shape(projected)[1]
    zeros = tf.zeros([batch, units])
    widths = (1, 1, 4) if keep else (1,)
    lists = tuple(_list(steps, [None, width * units]) for width in widths)

    def step(count, h, c, *lists):
        t = steps - 1 - count if reverse else count
        previous = h if mask is None else h * mask
        z = projected[t] + tf.matmul(previous, kernel)
        kept = h, c, _ = cell(z, c, activation)
        return (count + 1, h, c, *(x.write(t, v) for x, v in zip(lists, kept)))

    _, _, _, *lists = tf.while_loop(
        lambda count, *_: count < steps,
        step,
        (0, zeros, zeros, *lists),
        maximum_iterations=steps,
    )
    return [x.stack() for x in lists]


def _backward(d_outputs, kernel, mask, cells, gates, derivative, reverse):
    """Return the gradient with respect to the projected inputs, `[T, B, 4H]`."""
    steps = tf.shape(cells)[0]
    start = tf.zeros_like(cells[:1])
    c_before = (
        tf.concat([cells[1:], start], 0) if reverse else tf.concat([start, cells], 0)
    )[:steps]
    f, to_cell, to_gates = factors(gates, cells, c_before, derivative)
    transposed = tf.transpose(kernel)
    zeros = tf.zeros_like(cells[0])

    def step(count, dh, dc, d_projected):
        t = count if reverse else steps - 1 - count
        dh += d_outputs[t]
        dc += dh * to_cell[t]
        dz = tf.concat([dc, dc, dc, dh], axis=1) * to_gates[t]
        return (
            count + 1,
            tf.matmul(dz, transposed) * mask,
            dc * f[t],
            d_projected.write(t, dz),
        )

    *_, d_projected = tf.while_loop(
        lambda count, *_: count < steps,
        step,
        (0, zeros, zeros, _list(steps, [None, kernel.shape[1]])),
        maximum_iterations=steps,
    )
    return d_projected.stack()


def cell(z, c, activation):
    """Return output, cell state and the values of the gates of one step.

    Args:
        z: What the gates get, `[B, 4H]`.
        c: The cell state before, `[B, H]`.
        activation: Of the gates.
    """
    i, f, g, o = tf.split(z, 4, axis=1)
    i, f, g, o = activation(i), activation(f), tf.tanh(g), activation(o)
    c = f * c + i * g
    return o * tf.tanh(c), c, tf.concat([i, f, g, o], axis=1)


def factors(gates, cells, c_before, derivative):
    """Return what the backward loop multiplies by, of all steps at once.

    Args:
        gates: Their values, `[..., 4H]`.
        cells, c_before: The cell states after and before each step, `[..., H]`.
        derivative: Of the gates, a function of their values.

    Returns:
        The forget gates; from an output's gradient to the cell state's, `[..., H]`; and
        from that, thrice, and the output's to what the gates got, `[..., 4H]`.
    """
    i, f, g, o = tf.split(gates, 4, axis=-1)
    tanh_c = tf.tanh(cells)
    to_gates = [
        g * derivative(i),
        c_before * derivative(f),
        i * (1.0 - g * g),
        tanh_c * derivative(o),
    ]
    return f, o * (1.0 - tanh_c * tanh_c), tf.concat(to_gates, axis=-1)


def _list(steps, shape):
    return tf.TensorArray(tf.float32, size=steps, element_shape=shape)
