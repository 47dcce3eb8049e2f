"""Files of prepared data: damaged ones, and ones and pickles made to do harm."""

from __future__ import annotations

import hashlib
import pickletools
import random
import struct
import tempfile

import numpy as np
from mutation import mutate

from util.corpus import cache
from util.corpus.columns import Columns
from util.corpus.prepared import pack

MARKER = "ran"  # the file that a command in a pickle would make


def prepared(draw: random.Random) -> dict:
    """Draw what `perpareDataset` stores."""
    words = [f"word{number}" for number in range(draw.randint(1, 5))]
    mappings = {
        "tokens": {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1},
        "characters": {"PADDING": 0, "UNKNOWN": 1, "w": 2},
        "POS": {"A": 0, "B": 1},
    }
    for word in words:
        mappings["tokens"][word] = len(mappings["tokens"])
    mappings["casing"] = {"PADDING": 0, "other": 1}
    sentences = [
        {
            "tokens": [draw.choice(words) for _ in range(length)],
            "POS": [draw.choice("ABC") for _ in range(length)],
        }
        for length in (draw.randint(0, 6) for _ in range(draw.randint(1, 4)))
    ]
    columns = Columns.of(sentences)
    row = {
        "raw_tokens": words,
        "tokens": [mappings["tokens"][word] for word in words],
        "casing": [1] * len(words),
        "characters": [draw.choice([[2, 1], [1]]) for _ in words],
    }
    splits = {"train": columns, "test": columns}
    content = pack(row, {"toy": splits}, mappings, draw.random() < 0.5)
    for name, value in content.items():
        if isinstance(value, cache.Pieces):
            empty = np.zeros(0, value.dtype)
            content[name] = np.concatenate([empty, *value.pieces])
    size = len(mappings["tokens"]), draw.choice([1, 4])
    vectors = draw.choice([None, np.ones(size, np.float32)])
    return {**content, "embeddings": vectors}


def sealed(body: bytes) -> bytes:
    """Put the right checksum behind a pickle."""
    return body + hashlib.blake2b(body).digest()[:16]


def prepared_file(draw: random.Random) -> bytes:
    """Draw a file: whole, damaged, changed with the checksum made good, or harmful."""
    kind = draw.random()
    if kind < 0.15:
        return _disguised(draw.choice(list(harmful().values())), draw)
    if kind < 0.25:
        return sealed(_instructions(draw))
    content = prepared(draw)
    if kind < 0.5:
        _edit(content, draw)
    with tempfile.NamedTemporaryFile(suffix=".pkl") as file:
        cache.store(file.name, content)
        with open(file.name, "rb") as stored:
            data = stored.read()
    if kind < 0.55:
        return data
    return mutate(data, draw) if kind < 0.7 else sealed(mutate(data[:-16], draw))


def _edit(content, draw) -> None:
    """Replace or remove something in nested lists and dictionaries."""
    parent = content
    while True:
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        if not keys:
            return
        key = draw.choice(keys)
        inner = parent[key]
        if isinstance(inner, np.ndarray) and draw.random() < 0.9:
            parent[key] = _edited(inner, draw)
            return
        if not isinstance(inner, (dict, list)) or draw.random() < 0.3:
            break
        parent = inner
    odd = [None, -1, 10**9, 1.5, "x", [], {}, True, [[[]]], {"x": 1}, "\udc80"]
    if draw.random() < 0.2:
        del parent[key]
    else:
        parent[key] = draw.choice(odd)


def _edited(array: np.ndarray, draw) -> np.ndarray:
    """Return an array with other numbers, another size, or of another kind."""
    if draw.random() < 0.3 or not array.size:
        return np.resize(array, draw.choice([0, 1, array.size + 1, (2, 2), (1, 1, 1)]))
    array = array.astype(draw.choice(["u1", "i1", "<i8", ">i4", "<f4", "<u8", "b1"]))
    array.flat[draw.randrange(array.size)] = draw.choice([0, 1, 2, 7, 100])
    return array if draw.random() < 0.7 else -array.astype(np.int64)


def _disguised(body: bytes, draw) -> bytes:
    """Return a harmful pickle, perhaps with the right checksum."""
    return draw.choice([body, sealed(body)])


def _instructions(draw) -> bytes:
    """Draw instructions at random."""
    codes = [op.code.encode("latin-1") for op in pickletools.opcodes]
    body = b"\x80\x05"
    for _ in range(draw.randint(1, 30)):
        body += draw.choice([*codes, b"]\x94", b"}", b"K\x01", b"X\x01\0\0\0a", b"("])
        if draw.random() < 0.3:
            body += struct.pack("<Q", draw.choice([0, 1, 255, 1 << 31, (1 << 63) - 1]))[
                : draw.choice([1, 2, 4, 8])
            ]
    return body + b"."


def harmful() -> dict[str, bytes]:
    """Return pickles that do harm to a plain unpickler, by what they do."""
    start = b"\x80\x04}\x94(\x8c\x06format\x94K" + bytes([cache.FORMAT]) + b"\x8c\x01x"
    end = b"u."

    def call(module: str, name: str, *arguments: str) -> bytes:
        given = b"".join(_string(text) for text in arguments)
        return b"c" + f"{module}\n{name}\n".encode() + b"(" + given + b"tR"

    command = f"echo > {MARKER}"
    make = f"open({MARKER!r}, 'w').close()"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
    state = b"(K\x01K\x01\x85cnumpy\ndtype\n\x8c\x02O8\x85R\x89]"
    doubled = b")" + b"\x86".join([b"2"] * 60) + b"\x86"
    inside = {
        "os.system": call("os", "system", command),
        "posix.system": call("posix", "system", command),
        "builtins.eval": call("builtins", "eval", make),
        "builtins.exec": call("builtins", "exec", make),
        "subprocess": call("subprocess", "getoutput", command),
        "old instruction": b"(" + _string(command) + b"ios\nsystem\n",
        "named on the stack": b"\x8c\x02os\x8c\x06system\x93"
        + _string(command)
        + b"\x85R",
        "code in a list in a reduce": b"](" + call("os", "system", command) + b"e",
        "code in a state": b"}" + call("os", "system", command) + b"b",
        "a call of a call": call("builtins", "getattr", "x", "y") + b")R",
        "numpy's own loader": call("numpy", "load", MARKER),
        "numpy's runner": call("numpy.testing._private.utils", "runstring", make, "x"),
        "an array of objects": array
        + b"K\x00\x85C\x01bt\x94R"
        + state
        + b"("
        + call("os", "system", command)
        + b"etb",
        "a huge array": b"cnumpy\nndarray\n\x8a\x06\x00\x00\x00\x00\x00\x01\x85\x85R",
        "a huge row of bytes": b"cbuiltins\nbytearray\n"
        + b"\x8a\x05\x00\x00\x00\x00\x7f\x85R",
        "a place far away in the memo": b"]r\xff\xff\xff\x3f",
        "a place far away, in words": b"]p4000000000\n",
        "an endless string": b"\x8d" + struct.pack("<Q", 1 << 62) + b"x",
        "endless bytes": b"\x8e" + struct.pack("<Q", 1 << 44) + b"x",
        "endless changeable bytes": b"\x96" + struct.pack("<Q", 1 << 35) + b"x",
        "a string of 4 gigabytes": b"X\xff\xff\xff\xffx",
        "a number of 2 gigabytes": b"\x8b\xff\xff\xff\x7fx",
        "a frame without end": b"\x95" + struct.pack("<Q", 1 << 62) + b"]",
        "a number in words": b"I" + b"9" * 1_000_000 + b"\n",
        "a key that is hashed for ever": b"}" + doubled + b"Ns",
        "a set of what is hashed for ever": b"\x8f(" + doubled + b"\x90",
        "an extension": b"\x82\x01",
        "a persistent thing": b"Pname\n",
        "a buffer from elsewhere": b"\x97",
        "a list in itself": b"]\x94h\x02a",
        "lists in lists": b"]" * 100_000 + b"a" * 99_999,
    }
    pickles = {name: start + body + end for name, body in inside.items()}
    return {**pickles, **_harmful_headers()}


def _harmful_headers() -> dict[str, bytes]:
    """Return files that begin as ours and say what they do not hold, or too much."""

    def headed(header: bytes, behind: bytes = b"", size: int | None = None) -> bytes:
        size = len(header) if size is None else size
        return cache._MARK + size.to_bytes(8, "little") + header + behind

    def array(kind: str) -> bytes:
        plain = b'{"plain": {"format": %d}, "arrays": ' % cache.FORMAT
        return headed(plain + b"[[" + kind.encode() + b"]]}")

    return {
        "a header without end": headed(b"{}", size=(1 << 64) - 1),
        "a header of nothing": headed(b""),
        "lists in lists of a header": headed(b"[" * 200_000 + b"]" * 200_000),
        "a number of a million digits": headed(b"9" * 1_000_000),
        "a header that is no text": headed(b"\xff\xfe\x00"),
        "an array of objects in a header": array('"x", "|O8", [1]'),
        "a huge array in a header": array('"x", "<f8", [4611686018427387903]'),
        "a product that overflows": array(f'"x", "<f8", [{1 << 61}, 8]'),
        "an array of many dimensions": array(f'"x", "|u1", {[1] * 70}'),
        "an array of negative size": array('"x", "|u1", [-1]'),
        "a name that is a list": array('[], "|u1", [0]'),
    }


def _string(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()
