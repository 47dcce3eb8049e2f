"""One training step as a compiled graph function, and one epoch of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable

import numpy as np

from neuralnets.architecture import Network
from neuralnets.batches.knowledge import Knowledge, Known
from neuralnets.batches.minibatches import (
    batch_labels,
    make_batch,
    training_batches,
)
from neuralnets.batches.table import SentenceTable
from neuralnets.framework import release, tf, variable_of
from neuralnets.inputs import Input, Thinning
from neuralnets.layernames import FORM_INDEX, LENGTHS, STEP_SEED
from neuralnets.randomness import generator, step_seed
from neuralnets.training.entityratio import EntityRatio
from neuralnets.training.optimizers import Optimizer
from neuralnets.training.rules import learning_rate
from util.progress import Progress

logger = logging.getLogger(__name__)


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


class TaskTrainer:
    """Trains the model of one task.

    Args:
        name: The task's name.
        label: The column of its labels.
        network: Models and heads.
        params: The complete parameters.
        ratio: The share of entity tokens that is expected, if it is a term of the loss.

    Attributes:
        table: The training sentences.
        knowledge: What is known of their labels.
        inputs, model: What is trained.
        compiled: Whether the step has run; the first time takes seconds.
    """

    compiled = False

    def __init__(
        self,
        name: str,
        label: str,
        network: Network,
        params: Mapping[str, Any],
        ratio: EntityRatio | None = None,
    ):
        self.name = name
        self.label = label
        self._table: SentenceTable | None = None
        self._params = params
        self.inputs = network.inputs
        self._task_id = network.task_ids[name]
        self.model = model = network.models[name]
        self.optimizer = Optimizer(
            params["optimizer"],
            [variable_of(weight) for weight in model.trainable_variables],
            params["clipvalue"],
            params["clipnorm"],
        )
        self._thinnings: dict[str, Thinning] = {}
        self.knowledge: Knowledge | None = None
        self._head = network.heads[name]
        self._ratio = ratio
        self._step = self._compiled_step()
        # For batches of which not just the labels are known, made when one comes.
        self._partial_steps: dict[bool, Callable] = {}

    @property
    def table(self) -> SentenceTable:
        """The training sentences."""
        return self._table

    @table.setter
    def table(self, table: SentenceTable) -> None:
        self._table = table
        self._thinnings = {}
        for input_ in self.inputs if table is not None else ():
            thinning = input_.thinning(table, self._params)
            if thinning is not None:
                self._thinnings[input_.input_name] = thinning

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sentence, 0 for those of which nothing can be learnt."""
        known = self.knowledge
        if known is None or self._ratio is not None:
            return self.table.lengths
        return known.lengths

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Return the mini-batches of an epoch, in order."""
        return training_batches(
            self.lengths,
            self._params["miniBatchSize"],
            generator(self._params["seed"], "batches", epoch, self.name),
        )

    def step(self, epoch: int, number: int, chosen: np.ndarray) -> tf.Tensor:
        """Train on one mini-batch and return its loss."""
        params = self._params
        purpose = (epoch, number, self.name)
        seed = step_seed(params["seed"], "dropout", *purpose)
        batch = make_batch(self.table, chosen, self.inputs, seed, self._task_id)
        for name, (what, thin) in self._thinnings.items():
            batch[name] = thin(batch[name], generator(params["seed"], what, *purpose))
        rate = learning_rate(
            params["optimizer"],
            epoch,
            params["learningRate"],
            params["learningRateDecay"],
        )
        known = self.knowledge and self.knowledge.of_batch(chosen)
        if known is None:
            labels, step = batch_labels(self.table, chosen, self.label), self._step
        else:
            labels, step = self._what_is_known(known)
        given = tf.nest.map_structure(tf.constant, (batch, labels, np.float32(rate)))
        loss = step(*given)
        self.compiled = True
        release(given)
        return loss

    def _compiled_step(self, partial: bool = False, weighted: bool = False) -> Callable:
        return _train_step(
            self.model,
            self._head,
            self.optimizer,
            self.inputs,
            self._ratio,
            partial,
            weighted,
        )

    def _what_is_known(self, known: Known) -> tuple[dict[str, np.ndarray], Callable]:
        """Return it as the step takes it, and the step."""
        weighted = known.tokens is not None
        if weighted not in self._partial_steps:
            self._partial_steps[weighted] = self._compiled_step(True, weighted)
        given = {key: x for key, x in known._asdict().items() if x is not None}
        return given, self._partial_steps[weighted]


def _train_step(model, head, optimizer, inputs, ratio, partial, weighted):
    """Return the compiled function `(batch, labels, rate) -> loss`.

    Instead of labels it takes what is known of them, if that is `partial`; with weights
    of tokens, if that is `weighted`. A ratio of entities is a term of the loss.
    """
    labels_spec = tf.TensorSpec([None, None], tf.int32)
    if partial:
        labels_spec = {
            "allowed": tf.TensorSpec([None, None, None], tf.bool),
            "sentences": tf.TensorSpec([None], tf.float32),
        }
        if weighted:
            labels_spec["tokens"] = tf.TensorSpec([None, None], tf.float32)

    @tf.function(
        input_signature=[
            input_signature(inputs),
            labels_spec,
            tf.TensorSpec([], tf.float32),
        ],
        autograph=False,  # nothing here needs it, and it takes seconds
    )
    def step(batch, labels, rate):
        with tf.GradientTape() as tape:
            emissions = model(batch, training=True)
            if partial:
                loss = head.partial_loss(emissions, lengths=batch[LENGTHS], **labels)
            else:
                loss = head.loss(emissions, labels, batch[LENGTHS])
            if ratio is not None:
                loss += ratio.loss(head, emissions, batch[LENGTHS])
        gradients = tape.gradient(loss, optimizer.variables)
        optimizer.apply(gradients, rate)
        return loss

    return step


def run_epoch(trainers: Sequence[TaskTrainer], epoch: int) -> float:
    """Train every task on all of its mini-batches once.

    The tasks' batches are spread evenly over the epoch, so that a small data set is
    seen all along a large one. Logs loss and speed.

    Args:
        trainers: One per task.
        epoch: Number of the epoch, from 1.

    Returns:
        The mean loss of the mini-batches.
    """
    steps = [
        ((number + 0.5) / len(batches), trainer, number, chosen)
        for trainer in trainers
        for batches in [trainer.batches(epoch)]
        for number, chosen in enumerate(batches)
    ]
    steps.sort(key=lambda step: step[0])
    losses = []
    tokens = sum(int(trainer.lengths.sum()) for trainer in trainers)
    started = time.monotonic()
    done = 0
    total, counted = 0.0, 0

    def note() -> str:
        """Return the mean loss so far: that of one mini-batch jumps."""
        nonlocal total, counted
        total += sum(map(float, losses[counted:]))
        counted = len(losses)
        return f"loss {total / counted:.3f}"

    silent = not logger.isEnabledFor(logging.INFO)
    with Progress(
        f"Epoch {epoch}", "tokens", tokens, seconds=30.0, silent=silent
    ) as progress:
        if not all(trainer.compiled for trainer in trainers):
            progress.bar.set_postfix_str("compiling the network")
        for _, trainer, number, chosen in steps:
            losses.append(trainer.step(epoch, number, chosen))
            done += int(trainer.table.lengths[chosen].sum())
            progress(done, note=note)
    mean = float(np.mean([loss.numpy() for loss in losses])) if losses else 0.0
    release(losses)
    seconds = time.monotonic() - started
    logger.info(
        "Epoch %d: loss %.4f, %.1f s, %s tokens/s",
        *(epoch, mean, seconds, f"{tokens / seconds:,.0f}"),
    )
    return mean
