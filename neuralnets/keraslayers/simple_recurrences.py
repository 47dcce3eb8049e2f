"""The recurrences of the GRU and of the plain RNN, with gradients of their own.

Shapes and conventions are those of `recurrence.lstm`: `T` tokens, `B` sentences, `H`
units, time-major, the inputs' projection ready for all steps. A padding position must
have a projection of zeros; its output is to be ignored.
"""

from __future__ import annotations

from neuralnets.framework import tf


def gru(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    dropout_mask: tf.Tensor | None = None,
    reverse: bool = False,
    gate: str = "sigmoid",
    training: bool = True,
) -> tf.Tensor:
    """Run a GRU over time, from a state of zeros (Cho et al. 2014).

    The reset gate acts on the product with the recurrent kernel, as in cuDNN, so that
    a step has one product. The gates stand in the order update, reset, new.

    Args:
        projected: Inputs times kernel plus bias, `[T, B, 3H]`.
        recurrent_kernel: `[H, 3H]`.
        dropout_mask, reverse: See `recurrence.lstm`.
        gate, training: Not used: gates are sigmoids.

    Returns:
        The outputs `[T, B, H]`, in the order of the input.
    """
    units = recurrent_kernel.shape[0]

    @tf.custom_gradient
    def run(projected, kernel, mask):
        def step(previous, p):
            product = tf.matmul(previous * mask, kernel)
            u_z, u_r, u_n = tf.split(product, 3, axis=1)
            p_z, p_r, p_n = tf.split(p, 3, axis=1)
            z, r = tf.sigmoid(p_z + u_z), tf.sigmoid(p_r + u_r)
            n = tf.tanh(p_n + r * u_n)
            h = z * previous + (1.0 - z) * n
            return h, tf.concat([h, z, r, n, u_n], axis=1)

        kept = _scan(step, projected, units, 5 * units, reverse)
        h, z, r, n, u_n = tf.split(kept, 5, axis=2)

        def gradient(d_outputs):
            before = _shift(h, reverse)
            of_update = (before - n) * z * (1.0 - z)
            of_new = (1.0 - z) * (1.0 - n * n)
            of_reset = of_new * u_n * r * (1.0 - r)
            factors = tf.concat([of_update, of_reset, of_new * r], axis=2)
            transposed = tf.transpose(kernel)

            def step(following, t):
                dh = following + d_outputs[t]
                du = tf.concat([dh, dh, dh], axis=1) * factors[t]
                return dh * z[t] + tf.matmul(du, transposed) * mask, dh

            dh = _scan_steps(step, h, not reverse)
            threefold = tf.concat([dh, dh, dh], axis=2)
            d_projected = threefold * tf.concat([of_update, of_reset, of_new], axis=2)
            d_kernel = _product(before * mask, threefold * factors)
            return d_projected, d_kernel, None

        return h, gradient

    mask = tf.ones([1, units]) if dropout_mask is None else dropout_mask
    return run(projected, tf.convert_to_tensor(recurrent_kernel), mask)


def rnn(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    dropout_mask: tf.Tensor | None = None,
    reverse: bool = False,
    gate: str = "sigmoid",
    training: bool = True,
) -> tf.Tensor:
    """Run a plain RNN over time, from a state of zeros (Elman 1990).

    `h[t] = tanh(projected[t] + h[t - 1] @ recurrent_kernel)`

    Args:
        projected: Inputs times kernel plus bias, `[T, B, H]`.
        recurrent_kernel: `[H, H]`.
        dropout_mask, reverse: See `recurrence.lstm`.
        gate, training: Not used: there are no gates.

    Returns:
        The outputs `[T, B, H]`, in the order of the input.
    """
    units = recurrent_kernel.shape[0]

    @tf.custom_gradient
    def run(projected, kernel, mask):
        def step(previous, p):
            h = tf.tanh(p + tf.matmul(previous * mask, kernel))
            return h, h

        h = _scan(step, projected, units, units, reverse)

        def gradient(d_outputs):
            slope = 1.0 - h * h
            transposed = tf.transpose(kernel)

            def step(following, t):
                dp = (following + d_outputs[t]) * slope[t]
                return tf.matmul(dp, transposed) * mask, dp

            d_projected = _scan_steps(step, h, not reverse)
            d_kernel = _product(_shift(h, reverse) * mask, d_projected)
            return d_projected, d_kernel, None

        return h, gradient

    mask = tf.ones([1, units]) if dropout_mask is None else dropout_mask
    return run(projected, tf.convert_to_tensor(recurrent_kernel), mask)


def _scan(step, projected, units, width, reverse):
    """Run `(state, projection) -> (state, kept)` from zeros; return all that is kept.

    `units` is the size of the state, `width` that of what is kept.
    """
    zeros = tf.zeros([tf.shape(projected)[1], units])
    return _loop(
        lambda state, t: step(state, projected[t]),
        *(zeros, tf.shape(projected)[0], width, reverse),
    )


def _scan_steps(step, like, reverse):
    """Run `(state, t) -> (state, kept)` from zeros, both of the width of `like`."""
    zeros = tf.zeros_like(like[0])
    return _loop(step, zeros, tf.shape(like)[0], like.shape[2], reverse)


def _loop(step, state, steps, width, reverse):
    def body(count, state, kept):
        t = steps - 1 - count if reverse else count
        state, value = step(state, t)
        return count + 1, state, kept.write(t, value)

    kept = tf.TensorArray(tf.float32, size=steps, element_shape=[None, width])
    *_, kept = tf.while_loop(
        lambda count, *_: count < steps,
        body,
        (0, state, kept),
        maximum_iterations=steps,
    )
    return kept.stack()


def _shift(h, reverse):
    """Return the state before each step, `[T, B, H]`."""
    zeros = tf.zeros_like(h[:1])
    return tf.concat([h[1:], zeros] if reverse else [zeros, h[:-1]], 0)


def _product(before, gradient):
    """Return the gradient of a kernel: a sum over all steps and sentences."""
    return tf.matmul(
        tf.reshape(before, [-1, before.shape[2]]),
        tf.reshape(gradient, [-1, gradient.shape[2]]),
        transpose_a=True,
    )
