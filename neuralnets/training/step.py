"""Training steps: from sentences to what the compiled step takes; an epoch of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from neuralnets.architecture import Network
from neuralnets.batches.knowledge import Knowledge
from neuralnets.batches.minibatches import (
    batch_labels,
    make_batch,
    seen_of,
    training_batches,
)
from neuralnets.batches.softtargets import SoftTargets
from neuralnets.batches.table import SentenceTable
from neuralnets.framework import release, tf, variable_of
from neuralnets.inputs import Thinning
from neuralnets.randomness import generator, step_seed
from neuralnets.training.entityratio import KEY, EntityRatio
from neuralnets.training.optimizers import Optimizer
from neuralnets.training.rules import learning_rate
from neuralnets.training.stepgraph import LABELS, PARTIAL, SOFT, WEIGHTED, train_step
from neuralnets.training.wordmodel import WordModel
from util.progress import Progress

if TYPE_CHECKING:
    from neuralnets.training.workers import Workers

logger = logging.getLogger(__name__)


class TaskTrainer:
    """Trains the model of one task.

    Args:
        name: The task's name.
        label: The column of its labels.
        network: Models and heads.
        params: The complete parameters.
        ratio: The share of entity tokens that is expected, if it is a term of the loss.
        words: What predicts words, if that is a term of the loss.
        workers: Those that each train on a share of every mini-batch; None: this
            process trains alone.

    Raises:
        ValueError: Workers cannot share the loss.

    Attributes:
        table: The training sentences.
        knowledge: What is known of their labels.
        targets: What another model says of them, in place of the labels; or None.
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
        words: WordModel | None = None,
        workers: Workers | None = None,
    ):
        if workers is not None and ratio is not None:
            raise ValueError(
                f"`{KEY}` looks at a whole mini-batch, which several workers share: it "
                "cannot stand with --workers."
            )
        self.name = name
        self.label = label
        self._table: SentenceTable | None = None
        self._params = params
        self.inputs = network.inputs
        self._task_id = network.task_ids[name]
        self.model = model = network.models[name]
        trained = [*model.trainable_variables, *(words.variables if words else ())]
        self.optimizer = Optimizer(
            params["optimizer"],
            [variable_of(weight) for weight in trained],
            params["clipvalue"],
            params["clipnorm"],
        )
        self._thinnings: dict[str, Thinning] = {}
        self.knowledge: Knowledge | None = None
        self.targets: SoftTargets | None = None
        self._head = network.heads[name]
        self._ratio = ratio
        self._words = words
        self._workers = workers
        self._step = self._compiled_step()
        # For batches of which not just the labels are known, made when one comes.
        self._other_steps: dict[str, Callable] = {}

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
    def all_train(self) -> bool:
        """Whether something can be learnt of sentences without any label."""
        return self._ratio is not None or self._words is not None

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sentence, 0 for those of which nothing can be learnt."""
        known = self.knowledge
        if known is None or self.all_train:
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
        rows = self._workers and self._workers.rows(len(chosen))
        batch = make_batch(self.table, chosen, self.inputs, seed, self._task_id, rows)
        for input_ in self.inputs:
            self._thin(input_, batch, purpose, chosen, rows)
        rate = learning_rate(
            params["optimizer"],
            epoch,
            params["learningRate"],
            params["learningRateDecay"],
        )
        labels, step = self._what_to_learn(chosen)
        given = batch, labels, np.float32(rate)
        if rows is not None:
            given = self._share(*given, chosen, rows)
        given = tf.nest.map_structure(tf.constant, given)
        loss = step(*given)
        self.compiled = True
        release(given)
        return loss

    def _thin(self, input_, batch, purpose, chosen, rows) -> None:
        """Leave out of a batch's values what training leaves out at random."""
        thinning = self._thinnings.get(input_.input_name)
        if thinning is None:
            return
        draw = generator(self._params["seed"], thinning.purpose, *purpose)
        values = batch[input_.input_name]
        if rows is None:
            drawn = draw.random(len(values))
        else:  # what the whole batch draws
            whole = seen_of(self.table, chosen)
            own = thinning.of_share(whole, rows)
            drawn = draw.random(len(own))[own]
        batch[input_.input_name] = thinning.thin(values, drawn)

    def _share(self, batch, labels, rate, chosen, rows) -> tuple:
        """Return what the step of one worker takes."""
        allowed = labels.get("allowed") if isinstance(labels, dict) else None
        lengths = self.table.lengths[chosen]
        weights = [
            self._workers.weight(self._head.counted(lengths, allowed))
            for allowed in (allowed, None)
        ]
        labels = tf.nest.map_structure(lambda values: values[rows], labels)
        return batch, labels, rate, np.float32(weights)

    def _compiled_step(self, kind: str = LABELS) -> Callable:
        return train_step(
            *(self.model, self._head, self.optimizer, self.inputs, kind),
            *(self._ratio, self._words, self._workers),
        )

    def _what_to_learn(self, chosen: np.ndarray) -> tuple[Any, Callable]:
        """Return what is known of a batch's labels as the step takes it, and the step.

        That of labels alone stays the same, whatever other batches hold.
        """
        if self.targets is not None:
            kind, given = SOFT, self.targets.of_batch(self.table, chosen)
        else:
            known = self.knowledge and self.knowledge.of_batch(chosen)
            if known is None:
                return batch_labels(self.table, chosen, self.label), self._step
            kind = PARTIAL if known.tokens is None else WEIGHTED
            given = {key: x for key, x in known._asdict().items() if x is not None}
        if kind not in self._other_steps:
            self._other_steps[kind] = self._compiled_step(kind)
        return given, self._other_steps[kind]


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
