"""Damage to bytes: what happens to files on bad disks, in bad editors, in bad hands.

`draw` is a `random.Random`; hypothesis' own kind of it makes failures shrink.
"""

import random

ODD_BYTES = [
    *(b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80"),
    *(b"\xf4\x90\x80\x80", b"\r", b"\n\n", b"\t", b"\x0b", b"\x0c", b"\x85", b"\x1a"),
    *(b"\xe2\x80\x8b", b"\xe2\x80\xa8", b"\xc2\xa0", b"\x1b[2J", b"\x08"),
    *(b"-1", b"1e999", b"nan", b"9" * 400, b"99999999999999999999", b"#", b"-", b"B-"),
]


def mutate(data: bytes, draw: random.Random, most: int = 3) -> bytes:
    """Return the bytes with a few changes."""
    for _ in range(draw.randint(1, most)):
        data = draw.choice(_CHANGES)(data, draw)
    return data


def _place(data, draw):
    start = draw.randint(0, len(data))
    return start, min(start + draw.choice([1, 1, 2, 4, 8, 64, 1000]), len(data))


def _truncate(data, draw):
    return data[: draw.randint(0, len(data))]


def _flip(data, draw):
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 5, 50]) if data else 0):
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _overwrite(data, draw):
    start, end = _place(data, draw)
    return data[:start] + draw.choice(ODD_BYTES) + data[end:]


def _insert(data, draw):
    start, _ = _place(data, draw)
    return data[:start] + draw.choice(ODD_BYTES) + data[start:]


def _noise(data, draw):
    start, end = _place(data, draw)
    noise = bytes(draw.randrange(256) for _ in range(draw.choice([1, 4, 8, 64])))
    return data[:start] + noise + data[end:]


def _duplicate(data, draw):
    start, end = _place(data, draw)
    return data[:end] + data[start:end] * draw.choice([1, 2, 100]) + data[end:]


def _delete(data, draw):
    start, end = _place(data, draw)
    return data[:start] + data[end:]


def _blank_out(data, draw):
    start, end = _place(data, draw)
    return data[:start] + bytes(end - start) + data[end:]


def _long_line(data, draw):
    start, _ = _place(data, draw)
    piece = draw.choice([b"x", b"1 ", b"\xc3\xa9", b"a\t", b"."])
    return data[:start] + piece * draw.choice([1000, 100_000]) + data[start:]


def _join_lines(data, draw):
    return data.replace(b"\n", draw.choice([b"\r", b"\r\n", b" ", b"", b"\x00\n"]))


_CHANGES = [
    *(_truncate, _flip, _flip, _overwrite, _overwrite, _insert, _insert, _noise),
    *(_duplicate, _delete, _blank_out, _long_line, _join_lines),
]
