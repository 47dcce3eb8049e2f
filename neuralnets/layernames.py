"""Names of inputs, and of layers: made from what users call columns and tasks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from typing import Any, NamedTuple

# Names of the inputs that every model has besides those of its features.
FORM_INDEX, LENGTHS, STEP_SEED = "form_index", "lengths", "step_seed"


def layer_name(kind: str, name: str, taken: Collection[str] = ()) -> str:
    """Return a user's name in the letters that HDF5, TensorFlow and Keras allow.

    A name that is in such letters stays, for model files find their layers by it.

    Args:
        kind: What is named, such as `task`.
        name: Any string.
        taken: Names that others have; they are replaced as well.

    >>> layer_name("feature", "POS"), layer_name("feature", "word shape")
    ('POS', 'feature_f9f74b0a_word_shape')
    """
    if re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.-]*", name) and name not in taken:
        return name
    # Two names may differ only in what is replaced: their checksum tells them apart.
    replaced = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    checksum = zlib.crc32(name.encode("utf-8", "surrogatepass"))
    return f"{kind}_{checksum:08x}_{replaced}"


def recurrent_name(owner: str, cell: str, number: int, dropout: Any) -> str:
    """Return the name of an owner's recurrent layer, counted from 1.

    >>> recurrent_name("shared", "LSTM", 1, (0.25, 0.25))
    'shared_varLSTM_1'
    """
    variational = isinstance(dropout, (tuple, list))
    return f"{owner}_{'var' if variational else ''}{cell}_{number}"


class TaskNames(NamedTuple):
    """Names of a task's layers: its own recurrent ones begin with `owner`."""

    owner: str
    direct: str
    dense: str
    crf: str


def task_names(task: str, is_crf: bool) -> TaskNames:
    """Return the names of a task's layers.

    >>> task_names("NER", is_crf=True).dense
    'NER_hidden_lin_layer'
    """
    name = layer_name("task", task)
    return TaskNames(
        layer_name("task", task, taken=["shared"]),
        f"{name}_direct",
        f"{name}_{'hidden_lin_layer' if is_crf else 'softmax'}",
        f"{name}_crf",
    )
