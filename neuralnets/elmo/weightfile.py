"""Reading HDF5 weights: plain arrays of the expected shapes and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import h5py
import numpy as np

from neuralnets.framework import tf
from neuralnets.storage.h5look import check_inside


class Refused(ValueError):
    """A weight file that cannot be used; the text names it."""


class Affine(NamedTuple):
    """A product and a sum; the kernel `[..., D, E]`, the bias `[E]`."""

    kernel: tf.Tensor
    bias: tf.Tensor


class WeightFile:
    """Takes checked arrays from an HDF5 file and follows no link out of it.

    Whatever is wrong with the file becomes one `ValueError` that names it; only a file
    that cannot be opened at all is an `OSError`.

    Args:
        path: The HDF5 file.
    """

    def __init__(self, path: str):
        self.path = path
        with open(path, "rb"):  # so that a missing file is not taken for a damaged one
            pass
        try:
            self._file = h5py.File(path, "r")
            for _ in check_inside(self._file):
                pass
        except Exception as error:
            raise self._damaged(error) from error

    def __enter__(self) -> WeightFile:
        return self

    def __exit__(self, _, error, __) -> None:
        self._file.close()
        # What h5py raises for damage is of many kinds.
        if isinstance(error, Exception) and not isinstance(error, Refused):
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> Refused:
        return Refused(f"{self.path}: not a readable HDF5 file of weights ({error}).")

    def has(self, name: str) -> bool:
        """Whether the file holds an object of this name."""
        return name in self._file

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Return an array of this shape as float32."""
        if not self.has(name):
            raise Refused(
                f"{self.path}: holds no `{name}`. Are these the weights that belong "
                "to the options?"
            )
        data = self._file[name]
        if not isinstance(data, h5py.Dataset) or data.shape != shape:
            found = getattr(data, "shape", "a group")
            raise Refused(
                f"{self.path}: `{name}` must have shape {shape}, as the options say. "
                f"Found: {found}"
            )
        if data.dtype.kind != "f" or not data.id.get_storage_size():
            raise Refused(
                f"{self.path}: `{name}` must be floating-point numbers that are kept "
                "in the file itself."
            )
        values = data[()].astype(np.float32, copy=False)
        if not np.isfinite(values).all():
            raise Refused(f"{self.path}: `{name}` holds values that are not finite.")
        return values

    def affine(self, group: str, name: str, *shape: int) -> Affine:
        """Return the kernel `W_name` and the bias `b_name` of a group."""
        kernel = self.array(f"{group}/W_{name}", *shape)
        bias = self.array(f"{group}/b_{name}", shape[-1])
        return Affine(tf.constant(kernel), tf.constant(bias))
