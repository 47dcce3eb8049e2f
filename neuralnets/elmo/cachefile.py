"""The layers of sentences in an HDF5 file, so that they are computed only once.

The root's attributes say what the file is and which weights it was made with (`key`).
`vectors` `[N, L, D]` holds the tokens of all sentences, one after another; `ends` `[S]`
says where each sentence ends, `names` `[S]` which it is: a hash of its tokens.

A sentence counts once its end is written. HDF5's SWMR mode keeps what is on disk whole
at any moment, so that a killed run loses only the sentences of its last moments.
Nothing in the file is executed, and no link followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence

import h5py
import numpy as np

from neuralnets.elmo.interrupted import is_marked, mend
from util.files import atomic_path

FORMAT = "elmo-cache-1"
_NAME_BYTES = 16
# A chunk is read and unpacked as a whole: about a token's layers at full size.
_CHUNK_BYTES = 24 * 1024
_COLUMNS = ("vectors", "ends", "names")
# A chunk that is filled up later leaves its old place in the file unused: so write
# many chunks at a time. A killed run loses no more than this and what it computes.
_BYTES_AT_A_TIME = 4 * 1024 * 1024
# What h5py raises for a damaged file is of many kinds.
_DAMAGE = (LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)


def sentence_name(tokens: Sequence[str]) -> bytes:
    """Return a hash of a sentence's tokens."""
    text = json.dumps(list(tokens)).encode()
    return hashlib.blake2b(text, digest_size=_NAME_BYTES).digest()


class CacheFile:
    """Reads a cache; vectors are read when they are asked for.

    Args:
        path: The file.

    Attributes:
        key: The content key of the options and weights that it was made with.
        layer_count, width: Of each token, as in `BidirectionalLanguageModel`.

    Raises:
        ValueError: The file is missing, or not a cache of this project.
    """

    def __init__(self, path: str):
        self.path = path
        if not os.path.isfile(path):
            raise ValueError(
                f"{path}: no such file. Create_ELMo_Cache.py writes ELMo caches."
            )
        try:
            self._file = h5py.File(path, "r")
            self._read()
        except _DAMAGE as error:
            if is_marked(path):
                raise ValueError(
                    f"{path}: its writing was interrupted, or still goes on. "
                    "Create_ELMo_Cache.py goes on from what is complete in it."
                ) from None
            raise ValueError(
                f"{path}: not an ELMo cache, or a damaged one ({error}). Delete it and "
                "make it anew with Create_ELMo_Cache.py."
            ) from None

    def _read(self) -> None:
        file = self._file
        if file.attrs.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        self.key = str(file.attrs["key"])
        self._vectors, ends, names = (_column(file, name) for name in _COLUMNS)
        count = min(len(ends), len(names))
        ends, names = ends[:count], names[:count]
        if (
            self._vectors.ndim != 3
            or self._vectors.dtype.kind != "f"
            or 0 in self._vectors.shape[1:]
            or ends.dtype != np.int64
            or names.dtype != np.uint8
            or names.shape != (count, _NAME_BYTES)
        ):
            raise ValueError("its contents have other types or shapes")
        self.layer_count, self.width = self._vectors.shape[1:]
        starts = np.concatenate([[0], ends])
        if (starts[1:] < starts[:-1]).any() or starts[-1] > len(self._vectors):
            raise ValueError("its index does not fit the vectors")
        self._starts = starts
        self._number = {name.tobytes(): number for number, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __contains__(self, tokens: Sequence[str]) -> bool:
        return sentence_name(tokens) in self._number

    @property
    def half(self) -> bool:
        """Whether the vectors are in half precision."""
        return self._vectors.dtype == np.float16

    @property
    def tokens(self) -> int:
        """How many tokens have their vectors in the file."""
        return int(self._starts[-1])

    def get(self, tokens: Sequence[str]) -> np.ndarray | None:
        """Return a sentence's vectors `[T, L, D]` float32, None if they are not here.

        Raises:
            ValueError: The file is damaged.
        """
        number = self._number.get(sentence_name(tokens))
        if number is None:
            return None
        start, end = self._starts[number : number + 2]
        try:
            vectors = self._vectors[start:end].astype(np.float32, copy=False)
        except _DAMAGE as error:
            raise ValueError(f"{self.path}: damaged ({error}).") from None
        if len(vectors) != len(tokens):
            raise ValueError(f"{self.path}: damaged (its index is wrong).")
        return vectors

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class CacheWriter:
    """Appends sentences to a cache.

    Args:
        file: The HDF5 file, open for appending. What is not complete in it is dropped.
    """

    def __init__(self, file: h5py.File):
        self._vectors, self._ends, self._names = (file[name] for name in _COLUMNS)
        count = min(len(self._ends), len(self._names))
        self._tokens = int(self._ends[count - 1]) if count else 0
        for column, rows in zip(
            (self._vectors, self._ends, self._names), (self._tokens, count, count)
        ):
            column.resize(rows, 0)
        self._known = {name.tobytes() for name in self._names[:]}
        self._waiting: list[tuple[bytes, np.ndarray]] = []
        self._waiting_bytes = 0
        file.swmr_mode = True

    def __contains__(self, tokens: Sequence[str]) -> bool:
        return sentence_name(tokens) in self._known

    def append(self, tokens: Sequence[str], vectors: np.ndarray) -> None:
        """Write a sentence's vectors `[T, L, D]`, unless they are in the file."""
        name = sentence_name(tokens)
        if name in self._known:
            return
        self._known.add(name)
        self._waiting.append((name, vectors))
        self._waiting_bytes += vectors.nbytes
        if self._waiting_bytes >= _BYTES_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Write what waits to the file."""
        if not self._waiting:
            return
        names, vectors = zip(*self._waiting)
        ends = self._tokens + np.cumsum([len(v) for v in vectors])
        self._extend(self._vectors, np.concatenate(vectors))
        # The ends come last: without them the sentences do not count.
        self._extend(self._names, [np.frombuffer(name, np.uint8) for name in names])
        self._extend(self._ends, ends)
        self._tokens = int(ends[-1])
        self._waiting, self._waiting_bytes = [], 0

    @staticmethod
    def _extend(column: h5py.Dataset, rows) -> None:
        start = len(column)
        column.resize(start + len(rows), 0)
        column[start:] = rows
        column.flush()


@contextlib.contextmanager
def append_to(
    path: str, key: str, layer_count: int, width: int, half: bool = False
) -> Iterator[CacheWriter]:
    """Open a cache for appending; one that does not exist is made.

    Args:
        path: The file.
        key: The content key of the options and weights.
        layer_count, width: Of each token.
        half: Keep half precision. It matters for a new file only.

    Raises:
        ValueError: The file is not a cache, or one of other weights.
    """
    if os.path.exists(path):
        cache = open_interrupted(path)
        check_key(cache, key)
        cache.close()
    else:
        with atomic_path(path) as temporary:
            _create(temporary, key, layer_count, width, half)
    try:
        file = h5py.File(path, "r+", libver="latest")
    except OSError as error:
        raise ValueError(
            f"{path}: cannot be written to now ({error}). Does another run use it?"
        ) from None
    with file:
        writer = CacheWriter(file)
        yield writer
        writer.flush()


def open_interrupted(path: str) -> CacheFile:
    """Open a cache, also one whose writer was killed; nobody may write to it now."""
    if mend(path):
        logging.info("%s: its writing was interrupted; going on from there.", path)
    return CacheFile(path)


def check_key(cache: CacheFile, key: str) -> None:
    """Raise a `ValueError` if a cache was made with other options or weights."""
    if cache.key != key:
        raise ValueError(
            f"{cache.path}: made with other ELMo options or weights (key {cache.key}, "
            f"these have {key}). Name another cache file, or delete this one."
        )


def _create(path: str, key: str, layer_count: int, width: int, half: bool) -> None:
    dtype = np.dtype(np.float16 if half else np.float32)
    row = layer_count * width * dtype.itemsize
    shapes = {
        "vectors": ((layer_count, width), dtype, max(1, _CHUNK_BYTES // row)),
        "ends": ((), np.int64, 1024),
        "names": ((_NAME_BYTES,), np.uint8, 1024),
    }
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs.update({"format": FORMAT, "key": key})
        for name, (shape, dtype, chunk) in shapes.items():
            file.create_dataset(
                name,
                shape=(0, *shape),
                maxshape=(None, *shape),
                chunks=(chunk, *shape),
                dtype=dtype,
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )


def _column(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a data set whose numbers are kept in the file itself."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"it holds no '{name}'")
    column = file[name]
    if not isinstance(column, h5py.Dataset) or column.is_virtual or column.external:
        raise ValueError(f"its '{name}' is not kept in it")
    return column
