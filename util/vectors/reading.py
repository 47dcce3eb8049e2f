"""The words of a vector file one at a time, whatever the file is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

import numpy as np

from util.vectors import fasttext, word2vec
from util.vectors.leftout import Ledger
from util.vectors.opening import compression, open_vectors
from util.vectors.text import read_text

_BEGINNING = 1 << 14


def each_vector(
    path: str, wanted: Collection[str] | None, ledger: Ledger
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a file with their vectors `[D]`: more than are wanted, maybe.

    Args:
        path: Text with or without a header, or word2vec's or fastText's `.bin`; as it
            is, or in gzip, xz, or an archive `.zip` of this file alone.
        wanted: What is not among these words may be left out; None: nothing.
        ledger: Gets what is left out, and is at the line or word that was yielded.

    Raises:
        ValueError: The file holds no vectors, or it is damaged.
    """
    with open_vectors(path) as file:
        beginning = file.read(_BEGINNING)
    bytes_there = 0 if compression(path) else os.path.getsize(path)
    with open_vectors(path) as file:
        if beginning.startswith(fasttext.MAGIC):
            yield from fasttext.read_fasttext(file, wanted, ledger, bytes_there)
        elif word2vec.is_word2vec(beginning):
            yield from word2vec.read_word2vec(file, wanted, ledger, bytes_there)
        else:
            yield from read_text(file, wanted, ledger)
