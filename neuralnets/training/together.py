"""How the first of several workers leads a training, and how the others follow.

The first one alone scores, stores and decides when to stop. Before each epoch it tells
the others which one it is, and they take over its weights and optimizers: no other
worker needs to read a checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from neuralnets.training import checkpoint, identity
from neuralnets.training.run import evaluated_tasks, splits_of
from neuralnets.training.step import TaskTrainer, run_epoch
from neuralnets.training.trainable import Trainable

_END = 0  # in place of an epoch
_SEED_BITS = 62  # of a seed, which has no limit, in one number


def lead(tagger: Trainable, trainers: Sequence[TaskTrainer]) -> None:
    """Begin an epoch together with the others.

    Raises:
        ValueError: Another worker has other data or parameters.
        WorkerLost: Another worker has ended.
    """
    seed = tagger.params["seed"]
    tagger.workers.agree([tagger.epoch, seed >> _SEED_BITS, seed % (1 << _SEED_BITS)])
    _begin(tagger, trainers)


def dismiss(tagger: Trainable) -> None:
    """Tell the others that there is nothing left to do."""
    tagger.workers.agree([_END, 0, 0])


def follow(tagger: Trainable) -> None:
    """Train along with the first worker until it has finished.

    Raises:
        ValueError, WorkerLost: See `lead`.
    """
    with tagger.keepingTables(splits_of(tagger)):
        while True:
            epoch, high, low = tagger.workers.agree([_END, 0, 0])
            if epoch == _END:
                return
            tagger.params["seed"] = (high << _SEED_BITS) + low
            trainers = tagger.prepareTraining()
            _begin(tagger, trainers)
            tagger.epoch = epoch
            run_epoch(trainers, epoch)


def _begin(tagger: Trainable, trainers: Sequence[TaskTrainer]) -> None:
    workers = tagger.workers
    if workers.compared is not trainers:
        _compare(tagger)
        workers.compared = trainers
    workers.take_over(checkpoint.variables(trainers))


def _compare(tagger: Trainable) -> None:
    """Raise `ValueError` unless all workers were given the same."""
    own = {identity.ORIGIN: "", **identity.describe(tagger, evaluated_tasks(tagger))}
    given = [json.dumps(value, sort_keys=True).encode() for value in own.values()]
    numbers = [
        int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "little")
        for text in given
    ]
    first, *others = tagger.workers.gather(numbers)
    for number, other in enumerate(others, 2):
        different = [key for key, a, b in zip(own, first, other) if a != b]
        if different:
            raise ValueError(
                f"Worker {number} differs from the first one in: "
                f"{', '.join(different)}. Give all the same files and the same flags."
            )
