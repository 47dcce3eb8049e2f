"""Several processes, the workers, that train one model together.

All have the same weights. Each computes the gradients of its share of a mini-batch's
sentences; the sum of them is the gradient of the whole mini-batch, and with it all make
the same step. `tf.distribute` carries the sums; TF_CONFIG says who the workers are.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

import numpy as np

from neuralnets.framework import tf
from neuralnets.training.optimizers import distinct_rows, rows_used

logger = logging.getLogger(__name__)

TF_CONFIG = "TF_CONFIG"
# Of larger tables only the rows that a mini-batch used are sent.
_SMALL_TABLE = 1000  # rows
_ROLES = ("chief", "worker")  # in this order they are counted
_TASK = re.compile(r"/job:(\w+)/replica:\d+/task:(\d+)")


class WorkerLost(ConnectionError):
    """Another worker has ended, or does not answer."""


class Place(NamedTuple):
    """A worker's place among all.

    Attributes:
        rank: Its number, from 0.
        addresses: HOST:PORT of each worker, by role and number in the role.
    """

    rank: int
    addresses: Mapping[tuple[str, int], str]

    @classmethod
    def of(cls, text: str) -> Place:
        """Return the place that the value of TF_CONFIG gives.

        Raises:
            ValueError: It is none that several workers can have.
        """
        try:
            config = json.loads(text)
            cluster, task = config["cluster"], config["task"]
            addresses = {
                (role, number): str(address)
                for role in _ROLES
                for number, address in enumerate(cluster.get(role, ()))
            }
            rank = list(addresses).index((task["type"], int(task["index"])))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ValueError(
                f"{TF_CONFIG} must list the workers and say which of them this is, "
                'such as {"cluster": {"worker": ["host1:4000", "host2:4000"]}, "task": '
                f'{{"type": "worker", "index": 0}}}}. Received: {text[:200]}'
            ) from None
        return cls(rank, addresses)


class Workers:
    """All workers, as one of them sees them.

    To be made before TensorFlow has computed anything.

    Args:
        place: Which of them this is; TF_CONFIG must say the same.

    Attributes:
        rank: The number of this one, from 0. The first one alone writes files.
        count: How many there are.
        since: When this one began to wait for the others; None: it does not.
        why_lost: Says more of a worker that was lost, if somebody knows.
    """

    def __init__(self, place: Place):
        self.rank, self.count = place.rank, len(place.addresses)
        self._addresses = place.addresses
        self.since: float | None = None
        self.why_lost: Callable[[], str | None] = lambda: None
        logger.info(
            "Worker %d of %d waits for the others: %s.",
            *(self.rank + 1, self.count, ", ".join(place.addresses.values())),
        )
        self._strategy = self._guarded(tf.distribute.MultiWorkerMirroredStrategy)()
        devices = self._strategy.num_replicas_in_sync
        if devices != self.count:
            raise ValueError(
                f"Each worker must see one device, and {devices} are seen by "
                f"{self.count} workers. Set CUDA_VISIBLE_DEVICES for each worker."
            )
        self._total = self.together(lambda x: _context().all_reduce("SUM", x))

    @classmethod
    def joined(cls) -> Workers:
        """Take the place that the environment variable TF_CONFIG gives."""
        return cls(Place.of(os.environ.get(TF_CONFIG, "")))

    # ------------------------------------------------------------ shares of a batch

    def rows(self, sentences: int) -> np.ndarray:
        """Return which of a mini-batch's sentences are this one's.

        Neighbours are of like length: every worker gets some of each. Where there are
        fewer sentences than workers, a worker without one gets the first, to count 0.
        """
        rows = np.arange(self.rank, sentences, self.count)
        return rows if len(rows) else np.zeros(1, np.int64)

    def weight(self, counted: np.ndarray) -> float:
        """Return the weight of this one's loss in that of the mini-batch.

        Args:
            counted: How much each sentence of the mini-batch counts in it.
        """
        own = counted[self.rank :: self.count].sum()
        return float(own / max(counted.sum(), 1))

    def summed(
        self,
        loss: tf.Tensor,
        gradients: Sequence[Any],
        variables: Sequence[tf.Variable],
    ) -> tuple[tf.Tensor, list[Any]]:
        """Return the sums over all workers; part of a graph function of `together`.

        Args:
            loss: A scalar.
            gradients: One per variable: a tensor, `tf.IndexedSlices` or None.
            variables: What they are gradients of.
        """
        parts, tables = [tf.reshape(loss, [1])], []
        for gradient, variable in zip(gradients, variables):
            flat = [variable.shape.num_elements()]
            if not isinstance(gradient, tf.IndexedSlices):
                parts += [] if gradient is None else [tf.reshape(gradient, flat)]
            elif variable.shape[0] > _SMALL_TABLE:
                indices, values = distinct_rows(gradient, variable)
                tables.append(tf.IndexedSlices(values, indices, tf.shape(variable)))
            else:
                parts.append(tf.reshape(tf.convert_to_tensor(gradient), flat))
                parts.append(rows_used(gradient, variable)[:, 0])
        sizes = [part.shape.num_elements() for part in parts]
        vector, *tables = _context().all_reduce("SUM", [tf.concat(parts, 0), *tables])
        parts = iter(tf.split(vector, sizes))
        tables = iter(tables)
        loss = tf.reshape(next(parts), [])

        def of(gradient, variable):
            if gradient is None:
                return None
            if not isinstance(gradient, tf.IndexedSlices):
                return tf.reshape(next(parts), variable.shape)
            if variable.shape[0] > _SMALL_TABLE:
                return next(tables)
            values = tf.reshape(next(parts), variable.shape)
            indices = tf.cast(tf.where(next(parts) > 0)[:, 0], gradient.indices.dtype)
            return tf.IndexedSlices(
                tf.gather(values, indices), indices, tf.shape(variable)
            )

        return loss, [of(*pair) for pair in zip(gradients, variables)]

    # ------------------------------------------------------------------- agreement

    def agree(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers of the first worker; those of the others do not count."""
        own = np.array(numbers, np.int64)
        return self._total(tf.constant(own * (self.rank == 0))).numpy().tolist()

    def gather(self, number: int) -> list[int]:
        """Return the number that each worker gives."""
        own = np.zeros(self.count, np.int64)
        own[self.rank] = number
        return self._total(tf.constant(own)).numpy().tolist()

    def take_over(self, variables: Sequence[tf.Variable]) -> None:
        """Give variables the values that they have at the first worker."""
        own = np.concatenate([np.ravel(v.numpy()) for v in variables])
        if self.rank:
            own = np.zeros_like(own)
        values = self._total(tf.constant(own)).numpy()
        ends = np.cumsum([variable.shape.num_elements() for variable in variables])
        for variable, value in zip(variables, np.split(values, ends[:-1])):
            variable.assign(value.reshape(variable.shape))

    # ------------------------------------------------------------------------ calls

    def together(self, function: Callable, signature: Any = None) -> Callable:
        """Return a graph function that all workers call at the same time.

        It raises `WorkerLost` where another worker does not answer.

        Args:
            function: Runs at each worker; may call `summed`.
            signature: Dtypes and shapes of what it takes; None: those of each call.
        """

        @tf.function(input_signature=signature, autograph=False)
        def run(*given):
            return self._strategy.run(function, args=given)

        return self._guarded(run)

    def _guarded(self, function: Callable) -> Callable:
        """Return a function that tells in one line if a worker was lost meanwhile."""

        def call(*given):
            known = self.why_lost()
            if known:
                raise WorkerLost(self._line(known))
            self.since = time.monotonic()
            try:
                return function(*given)
            except tf.errors.OpError as error:
                if not _is_of_workers(error):
                    raise
                raise WorkerLost(self._line(self.why_lost(), error)) from error
            finally:
                self.since = None

        return call

    def _line(self, known: str | None, error: Exception | None = None) -> str:
        """Say which worker was lost, and what to do."""
        found = _TASK.search(str(error))
        task = (found[1], int(found[2])) if found else None
        if known is None and task in self._addresses:
            number = list(self._addresses).index(task) + 1
            known = f"worker {number} of {self.count}, at {self._addresses[task]}"
        return (
            f"Lost {known or 'another worker'}. All finished epochs are kept; go on "
            "with the same command and --resume, or with fit(epochs, resume=True)."
        )


def _context() -> tf.distribute.ReplicaContext:
    return tf.distribute.get_replica_context()


def _is_of_workers(error: tf.errors.OpError) -> bool:
    """Tell whether an error is one of the connection to other workers."""
    kinds = (
        *(tf.errors.UnavailableError, tf.errors.AbortedError),
        *(tf.errors.CancelledError, tf.errors.DeadlineExceededError),
    )
    return isinstance(error, kinds) or "ollective" in str(error)
