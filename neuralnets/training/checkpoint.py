"""What a run needs to go on after its last finished epoch, as one HDF5 file.

It holds the trained weights, the state of every optimiser, and as JSON the epoch,
the best scores and what the run was started with. Everything random derives from the
seed and the epoch, so nothing else is needed to go on exactly as an uninterrupted run.
The file before the last is kept beside it, for the case that the last one is damaged.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from neuralnets.framework import tf
from neuralnets.storage import h5file
from neuralnets.training.step import TaskTrainer

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
PREVIOUS = ".previous"


class Checkpoint(NamedTuple):
    """The content of a file.

    Attributes:
        run: What the run was started with; see `identity.describe`.
        progress: The epoch and whatever `fit` wants to have back, plain data.
        arrays: Weights, then optimiser states, in the order of `variables`, and the
            means of the weights if there are any.
    """

    run: dict[str, Any]
    progress: dict[str, Any]
    arrays: list[np.ndarray]

    def without(self, means: int) -> Checkpoint:
        """Return the same but for so many means."""
        return self._replace(arrays=self.arrays[:-means])


def weights(trainers: Sequence[TaskTrainer]) -> list[tf.Variable]:
    """Return the weights that training changes, once each."""
    found = {id(w): w for trainer in trainers for w in trainer.optimizer.variables}
    return list(found.values())


def variables(trainers: Sequence[TaskTrainer]) -> list[tf.Variable]:
    """Return all that training changes: weights, then optimiser states."""
    states = [variable for t in trainers for variable in t.optimizer.state]
    return [*weights(trainers), *states]


def write(path: str, content: Checkpoint, keep_previous: bool) -> None:
    """Write a checkpoint, all of it or nothing.

    Args:
        path: Where it goes.
        content: What to write.
        keep_previous: Keep the file that stands there now, which the same run wrote.
    """
    with contextlib.suppress(FileNotFoundError):
        if keep_previous:
            _copy(path, path + PREVIOUS)
        else:
            os.unlink(path + PREVIOUS)
    with h5file.create(path) as file:
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["run"] = json.dumps(content.run)
        file.attrs["progress"] = json.dumps(content.progress)
        for number, array in enumerate(content.arrays):
            file.create_dataset(str(number), data=array)


def _copy(source: str, target: str) -> None:
    """Give a file a second name, which may be taken."""
    temporary = f"{target}.part"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    try:
        os.link(source, temporary)
    except (OSError, NotImplementedError):  # a file system without links
        shutil.copyfile(source, temporary)
    os.replace(temporary, target)
    # If both were names of one file already, that did nothing.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)


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
            logger.warning("%s Going on from the one before.", error)
        return content
    if errors:
        raise ValueError(f"{errors[0]} Delete it to start from the beginning.")
    return None


def _read(path: str) -> Checkpoint:
    most = os.path.getsize(path)
    with h5file.open_checked(path) as (file, sealed):
        if not sealed or file.attrs["format_version"] != FORMAT_VERSION:
            raise ValueError("this version did not write it")
        run, progress = (json.loads(file.attrs[key]) for key in ("run", "progress"))
        if not (isinstance(run, dict) and isinstance(progress, dict)):
            raise ValueError("it says nothing of its run")
        return Checkpoint(
            run,
            progress,
            [
                h5file.plain_array(file, str(number), most)
                for number in range(len(file))
            ],
        )


def restore(content: Checkpoint, trainers: Sequence[TaskTrainer]) -> None:
    """Give weights and optimisers the values of a checkpoint.

    Raises:
        ValueError: They have other shapes; `identity` should have told before.
    """
    targets = variables(trainers)
    shapes = [tuple(variable.shape) for variable in targets]
    arrays = content.arrays
    if shapes != [array.shape for array in arrays]:
        arrays = _from_addons(arrays, trainers)
    if shapes != [array.shape for array in arrays]:
        raise ValueError("The checkpoint is of another network.")
    for variable, array in zip(targets, arrays):
        variable.assign(array)


def _from_addons(
    arrays: Sequence[np.ndarray], trainers: Sequence[TaskTrainer]
) -> list[np.ndarray]:
    """Return arrays as they are written today.

    Four optimisers came from TensorFlow Addons once, and checkpoints held their state:
    the number of steps, each weight's first moment, then each one's second moment.
    """
    own = sum(1 + 2 * len(trainer.optimizer.variables) for trainer in trainers)
    if len(arrays) < own:
        return []
    rest = list(arrays[-own:])
    translated = list(arrays[:-own])
    for trainer in trainers:
        size = len(trainer.optimizer.variables)
        (count, *slots), rest = rest[: 1 + 2 * size], rest[1 + 2 * size :]
        if count.shape or [slot.shape for slot in slots] != 2 * [
            tuple(variable.shape) for variable in trainer.optimizer.variables
        ]:
            return []
        slots = [slots[:size], slots[size:]]
        translated += trainer.optimizer.packed(float(count), slots)
    return translated
