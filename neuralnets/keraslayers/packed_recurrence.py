"""The LSTM's recurrence over sequences of very different lengths, without padding.

Shapes: `N` elements in all, `T` steps, `H` units. The sequences stand in order of their
length, the longest first, and their elements step by step: all first ones, all second
ones, and so on. So those that go on are always the first rows of a step.
"""

from __future__ import annotations

from neuralnets.framework import tf
from neuralnets.keraslayers.recurrence import GATES, cell, factors


class Packing:
    """Where the elements of sequences stand.

    >>> packing = Packing(tf.constant([1, 3]), 3)
    >>> packing.pack(tf.constant([[10, 0, 0], [20, 21, 22]])).numpy().tolist()
    [20, 10, 21, 22]

    Args:
        lengths: Elements of each of `W` sequences, `[W]`, at least one.
        steps: The most elements.

    Attributes:
        counts: How many sequences reach each step, `[T]`.
        previous: Where the element before stands, for those behind the first step.
    """

    def __init__(self, lengths: tf.Tensor, steps: tf.Tensor):
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        lengths = tf.gather(lengths, order)
        reached = tf.transpose(tf.sequence_mask(lengths, steps))  # [T, W]
        step, rank = tf.unstack(tf.cast(tf.where(reached), tf.int32), axis=1)
        self.counts = tf.reduce_sum(tf.cast(reached, tf.int32), axis=1)
        starts = tf.cumsum(self.counts, exclusive=True)
        first = self.counts[0]
        self.previous = tf.range(first, tf.size(step)) - tf.gather(
            self.counts, step[first:] - 1
        )
        sequence = tf.gather(order, rank)
        self._places = tf.stack([sequence, step], axis=1)
        mirrored = tf.gather(lengths, rank) - 1 - step
        self._mirrored = tf.stack([sequence, mirrored], axis=1)
        ends = tf.gather(starts, lengths - 1) + tf.range(tf.size(order))
        self._ends = tf.gather(ends, tf.math.invert_permutation(order))

    def pack(self, values: tf.Tensor, mirrored: bool = False) -> tf.Tensor:
        """Return the elements `[N]` of padded sequences `[W, T]`.

        Args:
            values: The sequences.
            mirrored: Begin with the last element of each.
        """
        return tf.gather_nd(values, self._mirrored if mirrored else self._places)

    def last(self, values: tf.Tensor) -> tf.Tensor:
        """Return the last of packed elements `[N, H]` of each sequence, `[W, H]`."""
        return tf.gather(values, self._ends)


def packed_lstm(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    packing: Packing,
    gate: str = "sigmoid",
    training: bool = True,
) -> tf.Tensor:
    """Run an LSTM over packed sequences, from a state of zeros.

    Args:
        projected: Inputs times kernel plus bias, `[N, 4H]`.
        recurrent_kernel: `[H, 4H]`.
        packing: Where the elements stand.
        gate: A key of `GATES`.
        training: Keep what the gradient needs. Without it there is no gradient.

    Returns:
        The outputs `[N, H]`.
    """
    activation, derivative = GATES[gate]
    if not training:
        return _forward(projected, recurrent_kernel, packing, activation, 1)[0]

    @tf.custom_gradient
    def run(projected, kernel):
        outputs, cells, gates = _forward(projected, kernel, packing, activation, 3)

        def gradient(d_outputs):
            before = tf.gather(cells, packing.previous)
            first = packing.counts[0]
            zeros = tf.zeros([first, cells.shape[1]])
            d_projected = _backward(
                tf.convert_to_tensor(d_outputs),  # of some outputs
                kernel,
                packing,
                *factors(gates, cells, tf.concat([zeros, before], 0), derivative),
            )
            d_kernel = tf.matmul(
                tf.gather(outputs, packing.previous),
                d_projected[first:],
                transpose_a=True,
            )
            return d_projected, d_kernel

        return outputs, gradient

    return run(projected, tf.convert_to_tensor(recurrent_kernel))


def _forward(projected, kernel, packing, activation, kept):
    """Return the first `kept` of outputs, cells `[N, H]` and gates `[N, 4H]`."""
    units, counts = kernel.shape[0], packing.counts
    zeros = tf.zeros([counts[0], units])
    lists = tuple(_list(counts, width * units) for width in (1, 1, 4)[:kept])

    def step(t, start, h, c, *lists):
        n = counts[t]
        z = projected[start : start + n] + tf.matmul(h[:n], kernel)
        found = h, c, _ = cell(z, c[:n], activation)
        return (t + 1, start + n, h, c, *(x.write(t, v) for x, v in zip(lists, found)))

    _, _, _, _, *lists = _loop(step, counts, zeros, *lists)
    return [x.concat() for x in lists]


def _backward(d_outputs, kernel, packing, f, to_cell, to_gates):
    """Return the gradient with respect to the projected inputs, `[N, 4H]`."""
    counts = packing.counts
    transposed = tf.transpose(kernel)
    nothing = tf.zeros([0, kernel.shape[0]])

    def step(count, behind, dh, dc, d_projected):
        t = tf.size(counts) - 1 - count
        n = counts[t]
        here = slice(
            tf.shape(d_outputs)[0] - behind - n, tf.shape(d_outputs)[0] - behind
        )
        new = tf.zeros([n - tf.shape(dh)[0], kernel.shape[0]])  # they end here
        dh = tf.concat([dh, new], 0) + d_outputs[here]
        dc = tf.concat([dc, new], 0) + dh * to_cell[here]
        dz = tf.concat([dc, dc, dc, dh], axis=1) * to_gates[here]
        return (
            count + 1,
            behind + n,
            tf.matmul(dz, transposed),
            dc * f[here],
            d_projected.write(t, dz),
        )

    *_, d_projected = _loop(step, counts, nothing, _list(counts, kernel.shape[1]))
    return d_projected.concat()


def _loop(step, counts, state, *lists):
    """Do a step for each count; the states `h` and `c` may grow or shrink."""
    steps = tf.size(counts)
    rows = tf.TensorShape([None, state.shape[1]])
    return tf.while_loop(
        lambda count, *_: count < steps,
        step,
        (0, 0, state, state, *lists),
        shape_invariants=(
            tf.TensorShape([]),
            tf.TensorShape([]),
            rows,
            rows,
            *(tf.TensorShape(None) for _ in lists),
        ),
        maximum_iterations=steps,
    )


def _list(counts, width):
    return tf.TensorArray(
        tf.float32,
        size=tf.size(counts),
        element_shape=[None, width],
        infer_shape=False,
    )
