"""The prepared data on disk: named by what it was made from, read without risk."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable
from typing import Any

from util.files import atomic_path

# Raised with every change of what is stored, so that older files are made anew.
FORMAT = 1

# All that a pickle of plain data and NumPy arrays ever names.
_ALLOWED = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


def content_key(description: Any, paths: Iterable[str]) -> str:
    """Return a key of 16 hex digits for a description and the bytes of files.

    Args:
        description: Anything that JSON can write; dictionaries keep their order.
        paths: Files whose contents count, in order.
    """
    digest = hashlib.blake2b(json.dumps([FORMAT, description]).encode(), digest_size=8)
    for path in paths:
        digest.update(file_digest(path))
    return digest.hexdigest()


def file_digest(path: str) -> bytes:
    """Return a hash of a file's bytes."""
    digest = hashlib.blake2b()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.digest()


def store(path: str, content: dict[str, Any]) -> None:
    """Write plain data and NumPy arrays to a pickle, all of it or nothing."""
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        pickle.dump({"format": FORMAT, **content}, file, protocol=4)


def load(path: str) -> dict[str, Any]:
    """Read what `store` wrote, without running code from the file.

    Raises:
        ValueError: The file is damaged, foreign, or names anything but plain data
            types and NumPy arrays.
    """
    with open(path, "rb") as file:
        try:
            content = _PlainUnpickler(file).load()
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise ValueError(
                f"{path}: not a file of prepared data ({error}). Delete it and "
                "prepare the data again."
            ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(
            f"{path}: not a file of prepared data of this version. Delete it and "
            "prepare the data again."
        )
    return content


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows NumPy arrays and refuses every other class."""

    def find_class(self, module: str, name: str) -> Any:
        """Return an allowed class or function, or refuse the file."""
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return super().find_class(module, name)
