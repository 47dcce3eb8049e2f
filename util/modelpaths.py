"""The names of model files: placeholders, in the names of folders as in the file's.

What is known before they are, such as checkpoints, goes to the deepest folder above all
of them: `models/` for `models/[ModelName]/[Epoch].h5`.
"""

from __future__ import annotations

import os
import re

MODEL_NAME = "[ModelName]"
_PLACEHOLDER = re.compile(r"\[(ModelName|DevScore|TestScore|Epoch)\]")


def model_file(
    path: str, name: str, epoch: int, dev_score: float, test_score: float
) -> str:
    """Return a model's path with its placeholders filled in.

    >>> model_file("models/[ModelName]/[DevScore]_[Epoch].h5", "POS", 3, 0.5, 0.25)
    'models/POS/0.5000_3.h5'
    """
    values = {
        "ModelName": in_file_names(name),
        "DevScore": f"{dev_score:.4f}",
        "TestScore": f"{test_score:.4f}",
        "Epoch": str(epoch),
    }
    # All at once: a task's own name may look like a placeholder.
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], path)


def in_file_names(name: str) -> str:
    """Return a task's name as file names hold it."""
    return name.replace("/", "_").replace(os.sep, "_")


def has_placeholder(path: str) -> bool:
    """Tell whether something is to be filled in.

    >>> has_placeholder("models/[Epoch]"), has_placeholder("models/[epoch]")
    (True, False)
    """
    return bool(_PLACEHOLDER.search(path))


def fixed_folder(path: str) -> str:
    """Return the deepest folder above a path that has no placeholder in it.

    >>> fixed_folder("models/[ModelName]/x.h5"), fixed_folder("models/new/[Epoch].h5")
    ('models', 'models/new')
    """
    folder = os.path.dirname(path)
    while has_placeholder(folder):
        folder = os.path.dirname(folder)
    return folder
