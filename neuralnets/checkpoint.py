"""What a run needs to go on after its last finished epoch, as one HDF5 file.

It holds the trained weights, the state of every optimiser, and as JSON the epoch,
the best scores and what the run was started with. Everything random derives from the
seed and the epoch, so nothing else is needed to go on exactly as an uninterrupted run.
The file before the last is kept beside it, for the case that the last one is damaged.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np
import tensorflow as tf

from neuralnets.training import TaskTrainer
from util.files import atomic_path

FORMAT_VERSION = 1
PREVIOUS = ".previous"


class Checkpoint(NamedTuple):
    """The content of a file.

    Attributes:
        run: What the run was started with; see `describe_run`.
        progress: The epoch and whatever `fit` wants to have back, plain data.
        arrays: Weights, then optimiser states, in the order of `variables`.
    """

    run: dict[str, Any]
    progress: dict[str, Any]
    arrays: list[np.ndarray]


def variables(trainers: Sequence[TaskTrainer]) -> list[tf.Variable]:
    """Return all that training changes: weights once each, then optimiser states."""
    weights = {
        id(weight): weight
        for trainer in trainers
        for weight in trainer.optimizer.variables
    }
    states = [variable for t in trainers for variable in t.optimizer.state]
    return [*weights.values(), *states]


def describe_run(
    params: dict[str, Any], trainers: Sequence[TaskTrainer]
) -> dict[str, Any]:
    """Return what two runs must share for one to go on with the other's weights."""
    data = hashlib.blake2b(digest_size=16)
    for trainer in trainers:
        table = trainer.table
        data.update(f"{trainer.name}\0{trainer.label}\0".encode())
        for array in (
            table.lengths,
            table.form,
            *table.form_columns.values(),
            *table.token_columns.values(),
        ):
            data.update(np.ascontiguousarray(array).tobytes())
    return {"params": json.loads(json.dumps(params)), "data": data.hexdigest()}


def write(path: str, content: Checkpoint, keep_previous: bool) -> None:
    """Write a checkpoint, all of it or nothing.

    Args:
        path: Where it goes.
        content: What to write.
        keep_previous: Keep the file that stands there now, which the same run wrote.
    """
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w") as file:
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["run"] = json.dumps(content.run)
            file.attrs["progress"] = json.dumps(content.progress)
            for number, array in enumerate(content.arrays):
                file.create_dataset(str(number), data=array)
            file.attrs["digest"] = _digest(content)
        with contextlib.suppress(FileNotFoundError):
            if keep_previous:
                os.replace(path, path + PREVIOUS)
            else:
                os.unlink(path + PREVIOUS)


def read(path: str) -> Checkpoint | None:
    """Return the checkpoint at a path, or the one before it if that is damaged.

    Returns:
        None if there is none at all.

    Raises:
        ValueError: There are files, but none of them is a whole checkpoint.
    """
    errors = []
    for candidate in (path, path + PREVIOUS):
        if not os.path.exists(candidate):
            continue
        try:
            content = _read(candidate)
        except (OSError, LookupError, RuntimeError, TypeError, ValueError) as error:
            errors.append(f"{candidate}: not a checkpoint, or a damaged one ({error}).")
            continue
        for error in errors:
            logging.warning("%s Going on from the one before.", error)
        return content
    if errors:
        raise ValueError(f"{errors[0]} Delete it to start from the beginning.")
    return None


def _read(path: str) -> Checkpoint:
    with h5py.File(path, "r") as file:
        if file.attrs["format_version"] != FORMAT_VERSION:
            raise ValueError("another version wrote it")
        content = Checkpoint(
            json.loads(file.attrs["run"]),
            json.loads(file.attrs["progress"]),
            [np.asarray(file[str(number)]) for number in range(len(file))],
        )
        if file.attrs["digest"] != _digest(content):
            raise ValueError("its checksum is wrong")
    return content


def restore(content: Checkpoint, trainers: Sequence[TaskTrainer]) -> None:
    """Give weights and optimisers the values of a checkpoint.

    Raises:
        ValueError: They have other shapes; `describe_run` should have told before.
    """
    targets = variables(trainers)
    shapes = [tuple(variable.shape) for variable in targets]
    if shapes != [array.shape for array in content.arrays]:
        raise ValueError("The checkpoint is of another network.")
    for variable, array in zip(targets, content.arrays):
        variable.assign(array)


def _digest(content: Checkpoint) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([content.run, content.progress]).encode())
    for array in content.arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
