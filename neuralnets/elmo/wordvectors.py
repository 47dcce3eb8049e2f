"""The word vectors beside ELMo, as the ELMo sister tool looked them up.

A word is looked up as written, then lower-cased, never normalised. Models that the tool
trained need its faults, too: see `read_words_as_the_tool_did`.
"""

from __future__ import annotations

import array
from collections.abc import Mapping

import numpy as np

from util.WordEmbeddings import (
    PADDING,
    PADDING_TOKEN,
    UNKNOWN,
    UNKNOWN_TOKEN,
    read_vectors,
    stream_vectors,
)


def row_of(word: str, index: Mapping[str, int]) -> int:
    """Return the row of a word's vector: as written, lower-cased, else unknown.

    >>> row_of("The", {"the": 2}), row_of("12", {"NUMBER_TOKEN": 2})
    (2, 1)
    """
    row = index.get(word)
    return index.get(word.lower(), UNKNOWN) if row is None else row


def read_words(path: str) -> tuple[dict[str, int], np.ndarray]:
    """Return the row of each word and the vectors `[V, D]` of a file.

    Raises:
        ValueError: As `read_vectors`.
    """
    index, vectors = read_vectors(path)
    vectors[UNKNOWN] = _unknown(vectors.shape[1])
    return index, vectors


def read_words_as_the_tool_did(path: str) -> tuple[dict[str, int], np.ndarray]:
    """Return rows and vectors of a file as the sister tool numbered them.

    It kept the vector of a word that comes twice, but counted the word once: all later
    words got the vector of the one before. Words that hold blanks were left out.

    Raises:
        ValueError: As `read_vectors`.
    """
    index = {PADDING_TOKEN: PADDING, UNKNOWN_TOKEN: UNKNOWN}
    size = 0
    values = array.array("f")
    for word, vector in stream_vectors(path):
        if " " in word:
            continue
        if not size:
            size = len(vector)
            values.frombytes(bytes(4 * size))
            values.frombytes(_unknown(size).tobytes())
        values.frombytes(vector.tobytes())
        index[word] = len(index)
    if not size:
        raise ValueError(f"{path}: holds no word vectors.")
    return index, np.frombuffer(values, np.float32).reshape(-1, size)


def _unknown(size: int) -> np.ndarray:
    draw = np.random.RandomState(12345).uniform(-0.25, 0.25, size)
    return draw.astype(np.float32)
