"""How TensorFlow uses the processor's cores."""

from __future__ import annotations

import logging
import os

from neuralnets.framework import tf


def configure() -> None:
    """Give each operation one thread and run two operations at once, on few cores.

    The two directions of a BiLSTM then run side by side, each on its own core, which
    is faster than every small product on both. The environment variables
    TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS override this, as does a program
    that has set up TensorFlow before.
    """
    if {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & set(os.environ):
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    try:
        tf.config.threading.set_intra_op_parallelism_threads(max(cores // 2, 1))
        tf.config.threading.set_inter_op_parallelism_threads(2)
    except RuntimeError:
        logging.debug("TensorFlow was set up before: its threads stay as they are.")
