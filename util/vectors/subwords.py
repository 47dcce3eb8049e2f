"""The rows of fastText's table whose mean is a word's vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_BASIS, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_END_OF_SENTENCE = b"</s>"


def subword_rows(
    words: Sequence[bytes], least: int, most: int, buckets: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the buckets of the character n-grams of words.

    The hash is 32-bit FNV-1a over the bytes of an n-gram of `<word>`, each byte
    sign-extended. `<` and `>` alone are no n-grams, and `</s>` has none.

    Args:
        words: The words, in UTF-8.
        least, most: Characters of the shortest and longest n-gram.
        buckets: How many there are.

    Returns:
        For each n-gram the number of its word, in ascending order, and its bucket.
    """
    if most < 1 or buckets < 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    texts = [b"<%b>" % word * (word != _END_OF_SENTENCE) for word in words]
    data = np.frombuffer(b"".join(texts), np.uint8)
    lengths = np.array([len(text) for text in texts], np.int64)
    begins = np.flatnonzero((data & 0xC0) != 0x80)  # of characters
    word_of = np.repeat(np.arange(len(texts)), lengths)[begins]
    ends = np.append(begins[1:], len(data))
    last = np.append(word_of[1:] != word_of[:-1], True)[: len(begins)]
    first = np.insert(last[:-1], 0, True)[: len(begins)]
    signed = data.view(np.int8).astype(np.int32).view(np.uint32)
    hashes = np.full(len(begins), _BASIS)
    owners, found = [], []
    alive = np.arange(len(begins))  # the n-grams' first characters
    for n in range(1, most + 1):
        at = alive + n - 1  # their last ones
        fits = at < len(begins)
        alive, at = alive[fits], at[fits]
        fits = word_of[at] == word_of[alive]
        alive, at = alive[fits], at[fits]
        hashes[alive] = _hashed(hashes[alive], signed, begins[at], ends[at])
        if n >= least:
            kept = alive if n > 1 else alive[~(first | last)[alive]]
            owners.append(word_of[kept])
            found.append(hashes[kept] % np.uint32(buckets))
    if not owners:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return owner[order], np.concatenate(found)[order].astype(np.int64)


def _hashed(
    hashes: np.ndarray, signed: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """Return hashes that go on over the bytes of one more character each."""
    for byte in range(int((ends - begins).max(initial=0))):
        at = np.minimum(begins + byte, len(signed) - 1)
        further = (hashes ^ signed[at]) * _PRIME
        hashes = np.where(begins + byte < ends, further, hashes)
    return hashes
