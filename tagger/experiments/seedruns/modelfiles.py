"""Which tasks a model file holds, without loading the model."""

from __future__ import annotations

import json
import os
from collections.abc import Collection

from util.modelpaths import in_file_names


def tasks_in(path: str, tasks: Collection[str]) -> set[str]:
    """Return the tasks that a model file holds.

    The file says so itself. If it cannot be read, its name does: `NER_fine-2.h5` is of
    `NER_fine` and not of `NER`, and a name that begins with no task is of all.

    Args:
        path: The file.
        tasks: Those that there are.
    """
    import h5py  # only now: most files have a name that says enough

    try:
        with h5py.File(path, "r") as file:
            if "tasks" in file.attrs:
                return {task["name"] for task in json.loads(file.attrs["tasks"])}
            return {str(file.attrs["modelName"])}
    except (LookupError, OSError, TypeError, ValueError):
        pass
    name = os.path.basename(path)
    named = [task for task in tasks if _begins_with(name, in_file_names(task))]
    return {max(named, key=len)} if named else set(tasks)


def _begins_with(name: str, task: str) -> bool:
    return name.startswith(task) and not name[len(task) :][:1].isalpha()
