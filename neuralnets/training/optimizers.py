"""Applies update rules to the weights of a network, embeddings lazily.

All dense weights go through a rule as one long vector, which costs a handful of large
operations instead of hundreds of small ones; of an embedding matrix only the rows that
a batch used are touched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.framework import tf
from neuralnets.keraslayers.lookup import is_lookup
from neuralnets.training.rules import RULES, Time, nadam_momentum


def clip(
    gradients: Sequence[tf.Tensor], clipvalue: float, clipnorm: float
) -> list[tf.Tensor]:
    """Limit the norm of all to `clipnorm`, then each value to ±`clipvalue`; 0: off.

    In this order, as Keras 2.2 did.
    """
    gradients = list(gradients)
    if clipnorm:
        squares = tf.add_n([tf.reduce_sum(tf.square(g)) for g in gradients])
        factor = clipnorm / tf.maximum(tf.sqrt(squares), clipnorm)
        gradients = [g * factor for g in gradients]
    if clipvalue:
        gradients = [tf.clip_by_value(g, -clipvalue, clipvalue) for g in gradients]
    return gradients


class Optimizer:
    """Applies a rule to the weights of one task.

    Args:
        name: A key of `RULES`.
        variables: The weights to train.
        clipvalue, clipnorm: See `clip`; the norm is that of all gradients together.
    """

    def __init__(
        self,
        name: str,
        variables: Sequence[tf.Variable],
        clipvalue: float = 0,
        clipnorm: float = 0,
    ):
        self._rule = RULES[name]
        slots = self._rule.slots
        self._clip = (clipvalue, clipnorm)
        self.variables = list(variables)
        self._count = tf.Variable(0.0, trainable=False)
        self._momentum = tf.Variable(1.0, trainable=False)
        self._rows = [
            is_lookup(variable) and variable.shape[0] >= self._rule.lazy_from
            for variable in self.variables
        ]
        dense = sum(v.shape.num_elements() for v in self._of_kind(False))
        self._dense_slots = _slots(slots, [dense])
        self._row_slots = [_slots(slots, v.shape) for v in self._of_kind(True)]

    @property
    def state(self) -> list[tf.Variable]:
        """Everything that has to be restored to go on: counters, then slots."""
        slots = [slot for table in self._row_slots for slot in table]
        return [self._count, self._momentum, *self._dense_slots, *slots]

    def packed(
        self, count: float, slots: Sequence[Sequence[np.ndarray]]
    ) -> list[np.ndarray]:
        """Return the values of `state` after `count` steps.

        Args:
            count: Number of steps so far. Nadam's momentum is not among them.
            slots: For each slot of the rule, its values by weight.
        """
        dense, tables = [], []
        for values in slots:
            parts = [np.ravel(v) for v, row in zip(values, self._rows) if not row]
            dense.append(np.concatenate([np.zeros(0, np.float32), *parts]))
        for number in np.flatnonzero(self._rows):
            tables += [values[number] for values in slots]
        return [np.float32(count), np.float32(1), *dense, *tables]

    def apply(self, gradients: Sequence, rate: tf.Tensor) -> None:
        """Update the weights; part of a graph function.

        Args:
            gradients: One per variable, `tf.IndexedSlices` for embedding matrices.
            rate: Learning rate, a scalar.
        """
        time = Time(rate, self._count + 1.0, self._momentum)
        dense, used, tables = [], [], []
        for is_table, variable, gradient in zip(self._rows, self.variables, gradients):
            if gradient is None:
                gradient = tf.zeros_like(variable)
            if is_table:
                tables.append(distinct_rows(gradient, variable))
            else:
                used.append(rows_used(gradient, variable) if self._rule.adapt else None)
                dense.append(tf.reshape(tf.convert_to_tensor(gradient), [-1]))
        values = [tf.concat(dense, 0)] if dense else []
        values = clip(values + [value for _, value in tables], *self._clip)
        if dense:
            self._update_dense(values.pop(0), used, time)
        pairs = zip(self._of_kind(True), self._row_slots, tables, values)
        for variable, slots, (indices, _), gradient in pairs:
            old = tuple(tf.gather(slot, indices) for slot in slots)
            step, new = self._rule.step(gradient, old, time)
            for slot, value in zip(slots, new):
                slot.scatter_update(tf.IndexedSlices(value, indices))
            variable.scatter_sub(tf.IndexedSlices(step, indices))
        self._momentum.assign(self._momentum * nadam_momentum(time.count))
        self._count.assign(time.count)

    def _update_dense(self, gradient: tf.Tensor, used: Sequence, time: Time) -> None:
        old = tuple(slot.read_value() for slot in self._dense_slots)
        step, new = self._rule.step(gradient, old, time)
        for slot, value in zip(self._dense_slots, new):
            slot.assign(value)
        variables = self._of_kind(False)
        sizes = [variable.shape.num_elements() for variable in variables]
        for variable, part, rows in zip(variables, tf.split(step, sizes), used):
            part = tf.reshape(part, variable.shape)
            if self._rule.adapt is not None:
                part = self._rule.adapt(part, variable, rows, time.rate)
            variable.assign_sub(part)

    def _of_kind(self, rows: bool) -> list[tf.Variable]:
        return [v for v, is_row in zip(self.variables, self._rows) if is_row == rows]


def distinct_rows(gradient, variable) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the distinct rows that a gradient touches and their gradients."""
    if not isinstance(gradient, tf.IndexedSlices):
        return tf.range(variable.shape[0]), gradient
    indices, position = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, position, tf.size(indices))
    return indices, values


def rows_used(gradient, variable) -> tf.Tensor | None:
    """Return 1 for each row that a sparse gradient touches and 0 for others."""
    if not isinstance(gradient, tf.IndexedSlices):
        return None
    rows = tf.expand_dims(gradient.indices, 1)
    ones = tf.ones_like(rows, gradient.dtype)
    return tf.minimum(tf.scatter_nd(rows, ones, [variable.shape[0], 1]), 1.0)


def _slots(count: int, shape) -> list[tf.Variable]:
    return [tf.Variable(tf.zeros(shape), trainable=False) for _ in range(count)]
