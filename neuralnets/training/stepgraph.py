"""A training step as a compiled graph function, for each kind of what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from neuralnets.framework import keras, tf
from neuralnets.heads import Head
from neuralnets.inputs import Input
from neuralnets.layernames import FORM_INDEX, LENGTHS, STEP_SEED
from neuralnets.training.entityratio import EntityRatio
from neuralnets.training.optimizers import Optimizer
from neuralnets.training.wordmodel import WordModel

if TYPE_CHECKING:
    from neuralnets.training.workers import Workers

# What a step learns from: labels, sets of them, those with weights of tokens, or the
# probabilities that another model gives.
LABELS, PARTIAL, WEIGHTED, SOFT = "labels", "partial", "weighted", "soft"


def input_signature(inputs: Sequence[Input]) -> dict[str, tf.TensorSpec]:
    """Return the dtype and shape, sizes left open, of each input of a model.

    With it a graph function is traced once, whatever the lengths of sentences.
    """
    signature = {
        FORM_INDEX: tf.TensorSpec([None, None], tf.int32),
        LENGTHS: tf.TensorSpec([None], tf.int32),
        STEP_SEED: tf.TensorSpec([2], tf.int32),
    }
    for input_ in inputs:
        x = input_.keras_input()
        signature[input_.input_name] = tf.TensorSpec(x.shape, x.dtype)
    return signature


def _labels_spec(kind: str) -> Any:
    """Return dtype and shape of what a step of a kind takes in place of labels."""
    floats = tf.TensorSpec([None, None, None], tf.float32)
    if kind == LABELS:
        return tf.TensorSpec([None, None], tf.int32)
    if kind == SOFT:
        return {"labels": floats, "pairs": floats}
    spec = {
        "allowed": tf.TensorSpec([None, None, None], tf.bool),
        "sentences": tf.TensorSpec([None], tf.float32),
    }
    if kind == WEIGHTED:
        spec["tokens"] = tf.TensorSpec([None, None], tf.float32)
    return spec


def train_step(
    model: keras.Model,
    head: Head,
    optimizer: Optimizer,
    inputs: Sequence[Input],
    kind: str,
    ratio: EntityRatio | None,
    words: WordModel | None,
    workers: Workers | None,
) -> Callable[..., tf.Tensor]:
    """Return the compiled function `(batch, labels, rate) -> loss`.

    What it takes for labels depends on the kind. A ratio of entities and the prediction
    of words are terms of the loss. Of several workers, each takes its share of a batch,
    and as its last argument the weights `[2]` of that in the loss of labels and in that
    of words; the loss is that of the whole batch.
    """

    if words is not None:
        model = words.beside(model)

    def step(batch, labels, rate, weights=None):
        with tf.GradientTape() as tape:
            emissions = model(batch, training=True)
            if words is not None:
                emissions, encoded = emissions
            if kind == LABELS:
                loss = head.loss(emissions, labels, batch[LENGTHS])
            elif kind == SOFT:
                loss = head.soft_loss(emissions, lengths=batch[LENGTHS], **labels)
            else:
                loss = head.partial_loss(emissions, lengths=batch[LENGTHS], **labels)
            if ratio is not None:
                loss += ratio.loss(head, emissions, batch[LENGTHS])
            if weights is not None:
                loss *= weights[0]
            if words is not None:
                added = words.loss(encoded, batch, head)
                loss += added if weights is None else weights[1] * added
        gradients = tape.gradient(loss, optimizer.variables)
        if workers is not None:
            loss, gradients = workers.summed(loss, gradients, optimizer.variables)
        optimizer.apply(gradients, rate)
        return loss

    number = tf.TensorSpec([], tf.float32)
    signature = [input_signature(inputs), _labels_spec(kind), number]
    if workers is not None:
        signature[0][STEP_SEED] = tf.TensorSpec([None], tf.int32)
        return workers.together(step, [*signature, tf.TensorSpec([2], tf.float32)])
    # AutoGraph: nothing here needs it, and it takes seconds.
    return tf.function(step, input_signature=signature, autograph=False)
