"""Where the files of a run go, and that no two runs at once write there."""

from __future__ import annotations

import contextlib
import glob
import logging
import os
from collections.abc import Iterator

from neuralnets.training.trainable import Trainable
from util.locks import lock_of, locked
from util.modelpaths import (
    LABEL,
    MODEL_NAME,
    fixed_folder,
    in_file_names,
    stem,
    with_label,
)

logger = logging.getLogger(__name__)

_CHECKPOINT = ".checkpoint"
_ELSEWHERE = (
    "write elsewhere with --output FOLDER (in a program: `modelSavePath`, "
    "`checkpointPath` and `storeResults`)"
)


def checkpoint_path(tagger: Trainable) -> str | None:
    """Return where a new run keeps its checkpoint: a file of its own for each seed.

    It stands beside the models and tells the tasks, and whether a stored model is
    trained on. None without models.
    """
    if tagger.checkpointPath or not tagger.modelSavePath:
        return tagger.checkpointPath
    _, prefix = _checkpoint_names(tagger)
    return f"{prefix}{tagger.params['seed']}{_CHECKPOINT}"


def earlier_checkpoint(tagger: Trainable) -> str | None:
    """Return the checkpoint to go on from, None if there is none.

    With a seed it is that of the same seed, without one the newest. Earlier versions of
    this program named no seed, and did not fill in the placeholders of folders.
    """
    if tagger.checkpointPath:
        return tagger.checkpointPath
    unnamed, prefix = _checkpoint_names(tagger)
    of_seeds = glob.glob(f"{glob.escape(prefix)}*{_CHECKPOINT}")
    literal = os.path.dirname(tagger.modelSavePath)
    unnamed = [unnamed, os.path.join(literal, os.path.basename(unnamed))]
    unnamed = [path for path in unnamed if os.path.exists(path)]
    if tagger.params["seed"] is None:
        found = sorted({*of_seeds, *unnamed}, key=os.path.getmtime)
        if len(found) > 1:
            logger.info(
                "The newest of %d checkpoints is taken. To choose, give the seed: %s",
                *(len(found), ", ".join(found)),
            )
        return found[-1] if found else None
    own = checkpoint_path(tagger)
    if own in of_seeds or unnamed:
        return own if own in of_seeds else unnamed[0]
    if of_seeds:
        logger.warning("%s: none there, but %s.", own, ", ".join(sorted(of_seeds)))
    return None


def _checkpoint_names(tagger: Trainable) -> tuple[str, str]:
    """Return the default path of earlier versions, and how those of ours begin."""
    tasks = stem({name: task.label for name, task in tagger.tasks.items()})
    path = os.path.join(fixed_folder(tagger.modelSavePath), tasks)
    loaded = ".continued" if tagger.startingPoint else ""
    return path + _CHECKPOINT, f"{path}{loaded}.seed"


# ------------------------------------------------------------------------------- locks


@contextlib.contextmanager
def held(tagger: Trainable) -> Iterator[None]:
    """Hold the locks of all places where a run writes.

    Raises:
        ValueError: Another run is at work at one of them; or two tasks of this one
            would write the same files.
    """
    run = ", ".join(f"{name}-{task.label}" for name, task in tagger.tasks.items())
    if tagger.params["seed"] is not None:
        run += f", seed {tagger.params['seed']}"
    with contextlib.ExitStack() as locks:
        for path, shown in _owned(tagger).items():
            locks.enter_context(locked(lock_of(path), shown, run, _ELSEWHERE))
        yield


def _owned(tagger: Trainable) -> dict[str, str]:
    """Return what a run owns, each with the words for it.

    These are its tasks in the models' folder, default checkpoints included, and single
    files. A device or a pipe belongs to nobody.
    """
    own = [tagger.checkpointPath, tagger.resultsSavePath, tagger.tensorboardPath]
    owned = {}
    if tagger.modelSavePath:
        folder = fixed_folder(tagger.modelSavePath)
        for name, task in tagger.tasks.items():
            labelled = LABEL in tagger.modelSavePath
            prefix = with_label(name, task.label) if labelled else name
            path = os.path.join(folder, in_file_names(prefix))
            if path in owned and MODEL_NAME in tagger.modelSavePath:
                raise ValueError(
                    f"Two tasks are called {in_file_names(name)!r} in file names, "
                    "where a slash is an underscore. Rename one."
                )
            owned[path] = f"{folder or '.'}, task {name}"
        if MODEL_NAME not in tagger.modelSavePath:
            own.append(tagger.modelSavePath)
    for path in filter(None, own):
        known = os.path.isfile(path) or os.path.isdir(path)
        if known or not os.path.exists(path):
            owned[path] = path
    return owned
