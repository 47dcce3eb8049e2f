"""The names of model files: placeholders, in the names of folders as in the file's.

What is known before they are, such as checkpoints, goes to the deepest folder above all
of them: `models/` for `models/[ModelName]/[Epoch].h5`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

MODEL_NAME = "[ModelName]"
LABEL = "[Label]"
_PLACEHOLDER = re.compile(r"\[(ModelName|Label|DevScore|TestScore|Epoch)\]")


def model_file(
    path: str,
    name: str,
    epoch: int,
    dev_score: float,
    test_score: float,
    label: str = "",
) -> str:
    """Return a model's path with its placeholders filled in.

    >>> model_file("models/[ModelName]/[DevScore]_[Epoch].h5", "POS", 3, 0.5, 0.25)
    'models/POS/0.5000_3.h5'
    """
    values = {
        "ModelName": in_file_names(name),
        "Label": in_file_names(label),
        "DevScore": f"{dev_score:.4f}",
        "TestScore": f"{test_score:.4f}",
        "Epoch": str(epoch),
    }
    # All at once: a task's own name may look like a placeholder.
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], path)


def stem(labels: Mapping[str, str]) -> str:
    """Return what the names of a run's files begin with: its tasks and their labels.

    Args:
        labels: By task, the column that it predicts.

    >>> stem({"sample": "chunk_BIO"}), stem({"sample-POS": "POS"})
    ('sample-chunk_BIO', 'sample-POS')
    """
    parts = [with_label(name, label) for name, label in labels.items()]
    return in_file_names("_".join(parts))[:150]


def with_label(name: str, label: str) -> str:
    """Return a task's name and label, unless the name tells the label already."""
    return name if name.endswith(f"-{label}") else f"{name}-{label}"


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
