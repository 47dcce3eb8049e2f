"""From the distinct words of a batch to a vector for every token."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from neuralnets.framework import tf
from neuralnets.keraslayers.layer import Float32Layer


class TokenVectors(Float32Layer):
    """Joins what is known of each token, in the order given.

    What depends on the written word alone comes once per distinct word form of the
    batch; what differs from token to token comes per token.

    >>> forms = tf.constant([[1.0], [2.0]])  # [W, D]
    >>> TokenVectors([True])([forms], form_index=tf.constant([[1, 0, 1]])).shape
    TensorShape([3, 1, 1])

    Args:
        per_form: For each input, whether it comes per word form.

    Call arguments:
        inputs: Tensors of `[W, D]` (per form) or `[B, T, D]` (per token).
        form_index: Which of the `W` forms each token is, `[B, T]`.

    Output shape:
        `[T, B, sum of D]`, time-major.
    """

    def __init__(self, per_form: Sequence[bool], **kwargs):
        super().__init__(**kwargs)
        self.per_form = list(per_form)

    def call(self, inputs, form_index):
        """Gather and join; see the class for the arguments."""
        index = tf.transpose(form_index)  # [T, B]
        parts = []
        pairs = zip(self.per_form, inputs)
        for per_form, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
            tensors = [tensor for _, tensor in group]
            joined = tensors[0] if len(tensors) == 1 else tf.concat(tensors, -1)
            parts.append(
                tf.gather(joined, index)
                if per_form
                else tf.transpose(joined, [1, 0, 2])
            )
        return parts[0] if len(parts) == 1 else tf.concat(parts, -1)

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "per_form": self.per_form}
