"""Several processes, the workers, that train one model together.

All have the same weights. Each computes the gradients of its share of a mini-batch's
sentences; the sum of them is the gradient of the whole mini-batch, and with it all make
the same step. `tf.distribute` carries the sums; TF_CONFIG says who the workers are.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
from collections.abc import Sequence
from typing import Any, Callable

import numpy as np

from neuralnets.framework import tf
from neuralnets.training.meeting import TF_CONFIG, Place, WorkerLost, meet
from neuralnets.training.optimizers import distinct_rows, rows_used

logger = logging.getLogger(__name__)

# Of larger tables only the rows that a mini-batch used are sent.
_SMALL_TABLE = 1000  # rows
_TASK = re.compile(r"/job:(\w+)/replica:\d+/task:(\d+)")


class Workers:
    """All workers, as one of them sees them.

    To be made before TensorFlow has computed anything. Making one waits for all.

    Args:
        place: Which of them this is; TF_CONFIG must say the same.
        why_lost: Says more of a worker that has ended, None if it knows of none; is
            told whether it is certain that one has.

    Raises:
        WorkerLost: One does not come.
        ValueError, OSError: TensorFlow has computed before, or a port is taken.

    Attributes:
        rank: The number of this one, from 0. The first one alone writes files.
        count: How many there are.
        compared: The trainers for which it is known that all train on the same.
    """

    def __init__(
        self, place: Place, why_lost: Callable[[bool], str | None] = lambda _: None
    ):
        self.rank, self.count = place.rank, len(place.tasks)
        self.compared: Any = None
        self._place, self._why_lost = place, why_lost
        logger.info(
            "Worker %d of %d waits for the others: %s.",
            *(self.rank + 1, self.count, ", ".join(place.addresses)),
        )
        meet(place, why_lost)
        self._strategy = self._guarded(_strategy)()
        _hear_signals_again()
        devices = self._strategy.num_replicas_in_sync
        if devices != self.count:
            raise ValueError(
                f"Each worker must see one device, and {devices} are seen by "
                f"{self.count} workers. Set CUDA_VISIBLE_DEVICES for each worker."
            )
        self._total = self.together(_sum)

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
        vector, *tables = _sum([tf.concat(parts, 0), *tables])
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

    def gather(self, numbers: Sequence[int]) -> list[list[int]]:
        """Return the numbers that each worker gives."""
        own = np.zeros((self.count, len(numbers)), np.int64)
        own[self.rank] = numbers
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
            known = self._why_lost(False)
            if known:
                raise WorkerLost(self._line(known))
            try:
                return function(*given)
            except tf.errors.OpError as error:
                if not _is_of_workers(error):
                    raise
                raise WorkerLost(self._line(self._why_lost(True), error)) from error

        return call

    def _line(self, known: str | None, error: Exception | None = None) -> str:
        """Say which worker was lost, and what to do."""
        found = _TASK.search(str(error))
        task = (found[1], int(found[2])) if found else None
        if known is None and task in self._place.tasks:
            known = self._place.name(self._place.tasks.index(task))
        return (
            f"Lost {known or 'another worker'}. All finished epochs are kept; go on "
            "with the same command and --resume, or with fit(epochs, resume=True)."
        )


def _strategy() -> tf.distribute.Strategy:
    """Return what carries sums between the workers that TF_CONFIG lists."""
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ValueError(
            f"Workers must be made before TensorFlow computes anything ({error})."
        ) from None
    except tf.errors.UnknownError as error:
        raise ValueError(
            f"TensorFlow cannot listen at this worker's port: {error.message}. Is it "
            "taken? Then try again, or choose another one in TF_CONFIG."
        ) from None


def _sum(values: Any) -> Any:
    """Return the sums over all workers; part of a graph function."""
    # Inputs of a graph function are on no device yet, which a sum has to know.
    values = tf.nest.map_structure(tf.identity, values)
    return tf.distribute.get_replica_context().all_reduce("SUM", values)


def _is_of_workers(error: tf.errors.OpError) -> bool:
    """Tell whether an error is one of the connection to other workers."""
    kinds = (
        *(tf.errors.UnavailableError, tf.errors.AbortedError),
        *(tf.errors.CancelledError, tf.errors.DeadlineExceededError),
    )
    return isinstance(error, kinds) or "ollective" in str(error)


def _hear_signals_again() -> None:
    """Give SIGTERM back to Python: TensorFlow keeps it, and does nothing with it."""
    handler = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is threading.main_thread() and handler is not None:
        signal.signal(signal.SIGTERM, handler)
