"""Column files and vector files, good ones and all sorts of bad ones."""

import gzip
import random
import zlib

from mutation import mutate

ODD_WORDS = [
    *("dog", "Haus", "8.1", "1-2", "#", "-DOCSTART-", "\u200b", "\u202e\u05d0", "é"),
    *("e\u0301", "\U0001f9d1", "\x00", "\x07", "\u00a0", "10\u00a0000", "\ufeff"),
    *("\u2028", "\x85", "''", '""', "--", "PADDING_TOKEN", "1" * 300, "²", "x" * 5000),
]
TAGS = [
    *("O", "B-NP", "I-NP", "E-NP", "S-NP", "B-", "-", "I", "", "B-a-b", "I-\u200b"),
    *("NOUN", "L-NP", "U-X", "b-np", "O-", "BB-", "B_NP"),
]
NUMBERS = [
    *("0.5", "-1", "1e-9", "1e999", "nan", "-inf", "0x1p3", "1,5", "", "1_0", "٣"),
    *("1e", "--1", "9" * 500, "\x00", "1\x00", "+.5", "1d5"),
]


def column_file(draw: random.Random) -> bytes:
    """Draw a column file; most have something wrong."""
    if draw.random() < 0.05:
        return bytes(draw.randrange(256) for _ in range(draw.randint(0, 300)))
    columns, separator = draw.choice([(3, "\t"), (3, " "), (10, "\t"), (1, " ")])
    lines = []
    for number in range(draw.choice([0, 1, 3, 10, 40])):
        kind = draw.random()
        if kind < 0.2:
            lines.append(draw.choice(["", "", " ", "\t", "\r", "# text", "#"]))
            continue
        first = [str(number)] if columns == 10 else []
        row = [*first, draw.choice(ODD_WORDS[:3] if kind < 0.7 else ODD_WORDS)]
        row += [draw.choice(TAGS[:3] if kind < 0.7 else TAGS) for _ in range(columns)]
        width = columns if kind < 0.97 else draw.randint(0, columns + 3)
        lines.append(separator.join(row[:width]))
    data = draw.choice(["\n", "\n", "\r\n"]).join([*lines, ""]).encode()
    return data if draw.random() < 0.3 else mutate(data, draw)


def vector_file(draw: random.Random) -> bytes:
    """Draw a file of word vectors; most have something wrong."""
    size, lines = draw.choice([1, 2, 3, 50]), []
    odd = draw.choice([0, 0, 0.05, 0.5])
    if draw.random() < 0.3:
        lines.append(draw.choice([f"9 {size}", "1 99999999999999999", "²  ²", "3 3 3"]))
    for number in range(draw.choice([0, 1, 5, 30])):
        word = draw.choice(ODD_WORDS) if draw.random() < odd else f"word{number}"
        if draw.random() < 0.05:
            word += " and another"
        values = [
            draw.choice(NUMBERS) if draw.random() < odd else f"{draw.uniform(-1, 1):.3}"
            for _ in range(size)
        ]
        lines.append(" ".join([word, *values]))
    data = "\n".join([*lines, ""]).encode()
    return data if draw.random() < 0.3 else mutate(data, draw)


def zipped_vector_file(draw: random.Random) -> bytes:
    """Draw a gzip file of word vectors, damaged inside or outside."""
    data = vector_file(draw)
    kind = draw.random()
    if kind < 0.05:
        return data
    if kind < 0.07:
        data = b"x" * 200_000_000  # one endless line, in 200 kilobytes
        packer = zlib.compressobj(1, wbits=31)
        return packer.compress(data) + packer.flush()
    data = gzip.compress(data, 1, mtime=0)
    return data if kind < 0.3 else mutate(data, draw)
