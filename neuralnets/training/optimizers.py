"""Optimisers with Keras 2.2's rules and rates, and lazy updates of embeddings.

An update rule is a pure function of gradients and state. All dense weights go through
it as one long vector, which costs a handful of large operations instead of hundreds of
small ones; of an embedding matrix only the rows that a batch used are touched.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Callable, NamedTuple

from neuralnets.framework import tf

# Keras 2.2's default rates; today's are too small for some of these to be usable.
LEARNING_RATES = {
    "sgd": 0.1,
    "adagrad": 0.01,
    "adadelta": 1.0,
    "rmsprop": 0.001,
    "adam": 0.001,
    "nadam": 0.002,
    "lazyadam": 0.001,
    "adamw": 0.001,
    "radam": 0.001,
    "lamb": 0.001,
}
SGD_STEPS = ((5, 0.01), (3, 0.05))  # from epoch, rate
WEIGHT_DECAY = 1e-4  # of TensorFlow Addons' AdamW, per step, whatever the rate

_EPSILON = 1e-7
_BETA_1, _BETA_2 = 0.9, 0.999


class Time(NamedTuple):
    """What a rule knows of the step."""

    rate: tf.Tensor  # learning rate
    count: tf.Tensor  # this step's number as float32, from 1
    momentum: tf.Tensor  # Nadam: product of the momenta before this step


Slots = tuple[tf.Tensor, ...]
Rule = Callable[[tf.Tensor, Slots, Time], tuple[tf.Tensor, Slots]]


def learning_rate(
    optimizer: str, epoch: int, rate: float | None = None, decay: float = 0.0
) -> float:
    """Return the learning rate of an epoch (from 1).

    Args:
        optimizer: Its name.
        epoch: Number of the epoch, from 1.
        rate: A rate of the user's own; None: the optimiser's, which for SGD falls
            from 0.1 to 0.05 at epoch 3 and to 0.01 at epoch 5.
        decay: The rate is divided by `1 + decay * (epoch - 1)`.
    """
    if rate is None:
        rate = LEARNING_RATES[optimizer]
        if optimizer == "sgd":
            rate = next((r for first, r in SGD_STEPS if epoch >= first), rate)
    return rate / (1.0 + decay * (epoch - 1))


def _sgd(gradient, slots, time):
    return time.rate * gradient, slots


def _adagrad(gradient, slots, time):
    total = slots[0] + tf.square(gradient)
    return time.rate * gradient / (tf.sqrt(total) + _EPSILON), (total,)


def _adadelta(gradient, slots, time, rho=0.95):
    squares, changes = slots
    squares = rho * squares + (1 - rho) * tf.square(gradient)
    change = gradient * tf.sqrt(changes + _EPSILON) / tf.sqrt(squares + _EPSILON)
    changes = rho * changes + (1 - rho) * tf.square(change)
    return time.rate * change, (squares, changes)


def _rmsprop(gradient, slots, time, rho=0.9):
    squares = rho * slots[0] + (1 - rho) * tf.square(gradient)
    return time.rate * gradient / (tf.sqrt(squares) + _EPSILON), (squares,)


def _moments(gradient, slots):
    m = _BETA_1 * slots[0] + (1 - _BETA_1) * gradient
    v = _BETA_2 * slots[1] + (1 - _BETA_2) * tf.square(gradient)
    return m, v


def _adam(gradient, slots, time):
    m, v = _moments(gradient, slots)
    scale = tf.sqrt(1 - _BETA_2**time.count) / (1 - _BETA_1**time.count)
    return time.rate * scale * m / (tf.sqrt(v) + _EPSILON), (m, v)


def nadam_momentum(count: tf.Tensor) -> tf.Tensor:
    """Return Nadam's momentum at a step, with Keras' schedule (decay 0.004)."""
    return _BETA_1 * (1.0 - 0.5 * tf.pow(0.96, 0.004 * count))


def _nadam(gradient, slots, time):
    m, v = _moments(gradient, slots)
    now, following = nadam_momentum(time.count), nadam_momentum(time.count + 1.0)
    product = time.momentum * now
    of_gradient = time.rate * (1.0 - now) / (1.0 - product)
    of_moment = time.rate * following / (1.0 - product * following)
    correction = tf.math.rsqrt(1.0 - _BETA_2**time.count)
    step = of_gradient * gradient + of_moment * m
    return step / (tf.sqrt(v) * correction + _EPSILON), (m, v)


RULES: dict[str, tuple[Rule, int]] = {
    "sgd": (_sgd, 0),
    "adagrad": (_adagrad, 1),
    "adadelta": (_adadelta, 2),
    "rmsprop": (_rmsprop, 1),
    "adam": (_adam, 2),
    "nadam": (_nadam, 2),
}


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
        self._rule, slots = RULES[name]
        self._clip = (clipvalue, clipnorm)
        self.variables = list(variables)
        self._count = tf.Variable(0.0, trainable=False)
        self._momentum = tf.Variable(1.0, trainable=False)
        self._rows = [_is_table(variable) for variable in self.variables]
        dense = sum(v.shape.num_elements() for v in self._of_kind(False))
        self._dense_slots = _slots(slots, [dense])
        self._row_slots = [_slots(slots, v.shape) for v in self._of_kind(True)]

    @property
    def state(self) -> list[tf.Variable]:
        """Everything that has to be restored to go on: counters, then slots."""
        slots = [slot for table in self._row_slots for slot in table]
        return [self._count, self._momentum, *self._dense_slots, *slots]

    def apply(self, gradients: Sequence, rate: tf.Tensor) -> None:
        """Update the weights; part of a graph function.

        Args:
            gradients: One per variable, `tf.IndexedSlices` for embedding matrices.
            rate: Learning rate, a scalar.
        """
        time = Time(rate, self._count + 1.0, self._momentum)
        dense, tables = [], []
        for is_table, variable, gradient in zip(self._rows, self.variables, gradients):
            if gradient is None:
                gradient = tf.zeros_like(variable)
            if is_table:
                tables.append(_rows(gradient, variable))
            else:
                dense.append(tf.reshape(tf.convert_to_tensor(gradient), [-1]))
        values = [tf.concat(dense, 0)] if dense else []
        values = clip(values + [value for _, value in tables], *self._clip)
        if dense:
            self._update_dense(values.pop(0), time)
        pairs = zip(self._of_kind(True), self._row_slots, tables, values)
        for variable, slots, (indices, _), gradient in pairs:
            old = tuple(tf.gather(slot, indices) for slot in slots)
            step, new = self._rule(gradient, old, time)
            for slot, value in zip(slots, new):
                slot.scatter_update(tf.IndexedSlices(value, indices))
            variable.scatter_sub(tf.IndexedSlices(step, indices))
        self._momentum.assign(self._momentum * nadam_momentum(time.count))
        self._count.assign(time.count)

    def _update_dense(self, gradient: tf.Tensor, time: Time) -> None:
        old = tuple(slot.read_value() for slot in self._dense_slots)
        step, new = self._rule(gradient, old, time)
        for slot, value in zip(self._dense_slots, new):
            slot.assign(value)
        variables = self._of_kind(False)
        sizes = [variable.shape.num_elements() for variable in variables]
        for variable, part in zip(variables, tf.split(step, sizes)):
            variable.assign_sub(tf.reshape(part, variable.shape))

    def _of_kind(self, rows: bool) -> list[tf.Variable]:
        return [v for v, is_row in zip(self.variables, self._rows) if is_row == rows]


def _is_table(variable: tf.Variable) -> bool:
    """Tell whether a weight is an embedding matrix worth a lazy update."""
    return variable.name.endswith("embeddings:0") and variable.shape[0] > 1000


def _rows(gradient, variable) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the distinct rows that a gradient touches and their gradients."""
    if not isinstance(gradient, tf.IndexedSlices):
        return tf.range(variable.shape[0]), gradient
    indices, position = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, position, tf.size(indices))
    return indices, values


def _slots(count: int, shape) -> list[tf.Variable]:
    return [tf.Variable(tf.zeros(shape), trainable=False) for _ in range(count)]


class AddonsOptimizer:
    """One of TensorFlow Addons' optimisers behind the interface of `Optimizer`."""

    def __init__(
        self,
        name: str,
        variables: Sequence[tf.Variable],
        clipvalue: float = 0,
        clipnorm: float = 0,
    ):
        import tensorflow_addons as tfa

        make = {
            "lazyadam": tfa.optimizers.LazyAdam,
            "adamw": functools.partial(tfa.optimizers.AdamW, WEIGHT_DECAY),
            "radam": tfa.optimizers.RectifiedAdam,
            "lamb": tfa.optimizers.LAMB,
        }
        self._rate = tf.Variable(LEARNING_RATES[name], trainable=False)
        self._optimizer = make[name](learning_rate=lambda: self._rate)
        self._clip = (clipvalue, clipnorm)
        self.variables = list(variables)
        # Its slots exist only after a step: make them, without changing a weight.
        before = [variable.numpy() for variable in self.variables]
        zeros = [tf.zeros_like(variable) for variable in self.variables]
        self._optimizer.apply_gradients(zip(zeros, self.variables))
        for variable, value in zip(self.variables, before):
            variable.assign(value)
        for variable in self._optimizer.variables():
            variable.assign(tf.zeros_like(variable))

    @property
    def state(self) -> list[tf.Variable]:
        """Everything that has to be restored to go on."""
        return list(self._optimizer.variables())

    def apply(self, gradients: Sequence, rate: tf.Tensor) -> None:
        """Update the weights; part of a graph function."""
        self._rate.assign(rate)
        indices, values = [], []
        for variable, gradient in zip(self.variables, gradients):
            if isinstance(gradient, tf.IndexedSlices):
                where, gradient = _rows(gradient, variable)
            else:
                where = None
                gradient = tf.zeros_like(variable) if gradient is None else gradient
            indices.append(where)
            values.append(gradient)
        clipped = [
            value if where is None else tf.IndexedSlices(value, where, variable.shape)
            for value, where, variable in zip(
                clip(values, *self._clip), indices, self.variables
            )
        ]
        self._optimizer.apply_gradients(zip(clipped, self.variables))


def make_optimizer(
    name: str,
    variables: Sequence[tf.Variable],
    clipvalue: float = 0,
    clipnorm: float = 0,
) -> Optimizer | AddonsOptimizer:
    """Return the optimiser of a task by its (lower-case) name."""
    kind = Optimizer if name in RULES else AddonsOptimizer
    return kind(name, variables, clipvalue, clipnorm)
