"""Update rules: Keras 2.2's with its rates, and TensorFlow Addons'.

A rule is a pure function of gradients and state, for numbers of any shape. What it
needs to know of a weight as a whole, it adapts afterwards.
"""

from __future__ import annotations

import math
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
WEIGHT_DECAY = 1e-4  # of AdamW, per step, whatever the rate

_EPSILON = 1e-7
_LAMB_EPSILON = 1e-6
_BETA_1, _BETA_2 = 0.9, 0.999


class Time(NamedTuple):
    """What a rule knows of the step."""

    rate: tf.Tensor  # learning rate
    count: tf.Tensor  # this step's number as float32, from 1
    momentum: tf.Tensor  # Nadam: product of the momenta before this step


Slots = tuple[tf.Tensor, ...]


class Rule(NamedTuple):
    """How an optimiser turns gradients into steps.

    Attributes:
        step: Takes gradients, slots and time; returns steps to subtract, and slots.
        slots: Number of values that it remembers of each number.
        lazy_from: Lookup tables of at least as many rows are updated by the rows that
            a batch used, which makes all the difference for word vectors.
        adapt: Takes the step of one weight, the weight, the rows used (`[V, 1]`, 0 or
            1; None: all) and the rate; returns the step to subtract. None: as it is.
    """

    step: Callable[[tf.Tensor, Slots, Time], tuple[tf.Tensor, Slots]]
    slots: int
    lazy_from: float = 1001
    adapt: Callable[..., tf.Tensor] | None = None


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


def _radam(gradient, slots, time):
    m, v = _moments(gradient, slots)
    mean = m / (1 - _BETA_1**time.count)
    deviation = tf.sqrt(v / (1 - _BETA_2**time.count))
    # Of two numbers near 2000 the difference, about 5 at first, decides.
    count = tf.cast(time.count, tf.float64)
    power = _BETA_2**count
    longest = 2 / (1 - _BETA_2) - 1
    length = longest - 2 * count * power / (1 - power)
    share = (length - 4) * (length - 2) * longest
    share /= (longest - 4) * (longest - 2) * length
    rectified = tf.sqrt(tf.maximum(tf.cast(share, tf.float32), 0)) * mean
    rectified /= deviation + _EPSILON
    return time.rate * tf.where(length >= 5, rectified, mean), (m, v)


def _lamb(gradient, slots, time):
    m, v = _moments(gradient, slots)
    deviation = tf.sqrt(v / (1 - _BETA_2**time.count))
    mean = m / (1 - _BETA_1**time.count)
    return time.rate * mean / (deviation + _LAMB_EPSILON), (m, v)


def _decayed(step, weight, used, rate):
    decay = WEIGHT_DECAY * weight
    return step + (decay if used is None else decay * used)


def _only_used(step, weight, used, rate):
    return step if used is None else step * used


def _by_layer(step, weight, used, rate):
    of_weight, of_step = tf.norm(weight), tf.norm(step) / rate
    trusted = (of_weight > 0) & (of_step > 0)
    return step * tf.where(trusted, of_weight / of_step, 1.0)


# Addons' rules see every row of a table, as they did in Addons: AdamW decays only the
# rows used, RAdam moves only these.
RULES: dict[str, Rule] = {
    "sgd": Rule(_sgd, 0),
    "adagrad": Rule(_adagrad, 1),
    "adadelta": Rule(_adadelta, 2),
    "rmsprop": Rule(_rmsprop, 1),
    "adam": Rule(_adam, 2),
    "nadam": Rule(_nadam, 2),
    "lazyadam": Rule(_adam, 2, lazy_from=1),
    "adamw": Rule(_adam, 2, math.inf, _decayed),
    "radam": Rule(_radam, 2, math.inf, _only_used),
    "lamb": Rule(_lamb, 2, math.inf, _by_layer),
}
