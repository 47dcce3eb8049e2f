"""How TensorFlow uses the processor's cores, and in which process."""

from __future__ import annotations

import logging
import os

from neuralnets.framework import tf
from util.cores import AT_ONCE, usable_cores

logger = logging.getLogger(__name__)

_process: int | None = None  # where TensorFlow's threads live


def configure() -> None:
    """Give each operation one thread and run two operations at once, on two cores.

    The two directions of a BiLSTM then run side by side, each on its own core, which
    is faster than every small product on both. The environment variables
    TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS override this, as does a program
    that has set up TensorFlow before. With more cores, operations get more threads.
    """
    if {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & set(os.environ):
        return
    cores = usable_cores()
    at_once = min(cores, AT_ONCE)
    try:
        tf.config.threading.set_intra_op_parallelism_threads(cores // at_once)
        tf.config.threading.set_inter_op_parallelism_threads(at_once)
    except RuntimeError:
        logger.debug("TensorFlow was set up before: its threads stay as they are.")


def claim() -> None:
    """Say that this process computes with TensorFlow from now on.

    Raises:
        RuntimeError: It was forked from one that did so. TensorFlow's threads are not
            there any more, and it would wait for them for ever.
    """
    global _process
    if _process is None:
        _process = os.getpid()
    elif _process != os.getpid():
        raise RuntimeError(
            f"This process was forked from process {_process}, which had loaded or "
            "built a model: TensorFlow does not work here. Load the model in each "
            "process after the fork, and none before it, or start processes by "
            "'spawn'. See docs/Programs.md."
        )
