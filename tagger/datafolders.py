"""Which folders the data sets of a training script are read from."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from util.corpus.datasets import KNOWN_COLUMNS


def with_folders(
    datasets: Mapping[str, Mapping[str, Any]], folders: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the data sets, read from other folders if any are given.

    A folder without a task's name serves every task. An only data set takes the
    folder's name; of a folder that is known, the columns are, too.
    """
    changed = {}
    given = dict(_task_and_folder(text, datasets) for text in folders)
    for task, definition in datasets.items():
        dataset = copy.deepcopy(dict(definition))
        folder = given.get(task, given.get(""))
        name = task
        if folder is not None:
            basename = os.path.basename(os.path.normpath(folder))
            wanted = dataset["columns"].values()
            known = KNOWN_COLUMNS.get(basename, {})
            if dataset["label"] in known.values():
                dataset["columns"] = {i: n for i, n in known.items() if n in wanted}
            dataset["path"] = folder
            dataset.pop("files", None)
            if task not in given and len(datasets) == 1:
                name = basename
        changed[name] = dataset
    return changed


def _task_and_folder(text: str, tasks: Collection[str]) -> tuple[str, str]:
    """Split `TASK=FOLDER`; the task of a plain folder is the empty string.

    Folders, too, may hold an equals sign.
    """
    named = [task for task in tasks if text.startswith(f"{task}=")]
    task = max(named, key=len) if named else ""
    folder = text[len(task) + 1 :] if named else text
    before, equals, _ = text.partition("=")
    is_path = os.path.isdir(text) or os.path.dirname(before)
    if equals and not named and not is_path:
        raise ValueError(
            f"--data {text}: there is no data set '{before}'. "
            f"There are: {', '.join(tasks)}"
        )
    if not folder:
        raise ValueError(f"--data {text}: there is no folder in it.")
    return task, folder
