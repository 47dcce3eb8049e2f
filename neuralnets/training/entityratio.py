"""An expected share of entity tokens, where only entities are marked.

A loss of marked spans alone is least where every token is one. A second term keeps the
share of tokens that the model expects to be no `O` near one that the user expects: the
"expected entity ratio" of Effland & Collins (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neuralnets.framework import tf
from neuralnets.heads import Head
from util.tagschemes import OUTSIDE
from util.task import Task

KEY = "expectedEntityRatio"


class EntityRatio(NamedTuple):
    """The term of a task.

    Attributes:
        ratio: The share of tokens that are expected to be no `O`.
        margin: How far from it the model's share may lie at no cost.
        weight: Of what it is further away.
        entities: Which labels are no `O`, `[K]`.
    """

    ratio: float
    margin: float
    weight: float
    entities: np.ndarray

    def loss(self, head: Head, emissions: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return what the term adds to the loss of a batch, a scalar."""
        share = head.expected_share(emissions, lengths, tf.constant(self.entities))
        return self.weight * tf.nn.relu(tf.abs(share - self.ratio) - self.margin)


def entity_ratio(value: Sequence[float] | None, task: Task) -> EntityRatio | None:
    """Return the term that the parameter asks for, None for tasks without `O`.

    Args:
        value: The parameter: ratio, margin and weight, or None.
        task: What is trained.
    """
    if value is None or OUTSIDE not in task.labels:
        return None
    return EntityRatio(*value, np.array([label != OUTSIDE for label in task.labels]))
