"""Writes binary vector files as the tools do, with nothing of the code under test."""

import struct

import numpy as np


def vectors_of(words, size):
    draw = np.random.default_rng(7)
    return {word: draw.standard_normal(size).astype("<f4") for word in words}


def word2vec(vectors, newline=b"\n", count=None, size=None):
    """Return word2vec's binary file of a dictionary of vectors."""
    widths = {len(vector) for vector in vectors.values()}
    count = len(vectors) if count is None else count
    size = max(widths, default=0) if size is None else size
    parts = [b"%d %d\n" % (count, size)]
    for word, vector in vectors.items():
        parts.append(word.encode() + b" " + vector.astype("<f4").tobytes() + newline)
    return b"".join(parts)


def fasttext(words, size, least=3, most=6, buckets=50, labels=(), **changed):
    """Return fastText's model of some words, and the words' vectors, one by one."""
    value = {"version": 12, "model": 2, "quantised": False, "pruned": -1, "rows": None}
    value.update(width=size, entries=len(words) + len(labels), maxn=most)
    value.update(changed)
    table = np.random.default_rng(3).standard_normal((len(words) + buckets, size))
    table = table.astype("<f4")
    rows = len(table) if value["rows"] is None else value["rows"]
    data = struct.pack("<2i", 793712314, value["version"])
    args = (value["width"], 5, 5, 1, 5, 1, 1, value["model"], buckets, least)
    data += struct.pack("<12id", *args, value["maxn"], 100, 1e-4)
    sizes = value["entries"], len(words), len(labels), 999, value["pruned"]
    data += struct.pack("<3i2q", *sizes)
    for number, word in enumerate([*words, *labels]):
        data += word.encode() + b"\0" + struct.pack("<qb", 9, number >= len(words))
    data += struct.pack("<?2q", value["quantised"], rows, size) + table.tobytes()
    return data, np.stack(
        [
            table[[i, *(len(words) + g for g in ngrams(word, least, most, buckets))]]
            .astype(np.float64)
            .mean(axis=0)
            for i, word in enumerate(words)
        ]
    )


def ngrams(word, least, most, buckets):
    """Return the buckets of a word's n-grams: `Dictionary::computeSubwords`."""
    if word == "</s>":
        return []
    text, found = f"<{word}>", []
    for i in range(len(text)):
        for n in range(1, most + 1):
            j = i + n
            if j > len(text):
                break
            if n >= least and not (n == 1 and (i == 0 or j == len(text))):
                found.append(hashed(text[i:j]) % buckets)
    return found


def hashed(text):
    value = 2166136261
    for byte in text.encode():
        signed = byte - 256 if byte > 127 else byte
        value = ((value ^ (signed % 2**32)) * 16777619) % 2**32
    return value
