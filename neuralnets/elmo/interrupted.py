"""HDF5 files whose writer was killed: marked as open, and whole all the same.

A file in SWMR mode is consistent at any moment, but a killed writer leaves a mark in
its superblock, and HDF5 then opens it no more. `mend` takes the mark away, as HDF5's
tool h5clear does. HDF5 File Format Specification 3.0, superblock version 3.
"""

from __future__ import annotations

import os
import struct

# Signature, version, sizes, flags; addresses: base, extension, end of file, root.
_SUPERBLOCK = struct.Struct("<8sBBBBQQQQ")
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MASK = 0xFFFFFFFF


def is_marked(path: str) -> bool:
    """Tell whether a file says that somebody writes to it."""
    with open(path, "rb") as file:
        head = file.read(_SUPERBLOCK.size)
    if len(head) < _SUPERBLOCK.size:
        return False
    signature, version, _, _, flags, *_ = _SUPERBLOCK.unpack(head)
    return signature == _SIGNATURE and version == 3 and flags != 0


def mend(path: str) -> bool:
    """Take the mark of a killed writer from a file; return whether there was one.

    A superblock with a wrong checksum is left alone.
    """
    if not is_marked(path):
        return False
    with open(path, "r+b") as file:
        head = file.read(_SUPERBLOCK.size)
        if file.read(4) != struct.pack("<I", lookup3(head)):
            return False
        fields = list(_SUPERBLOCK.unpack(head))
        fields[4] = 0
        fields[7] = max(fields[7], os.fstat(file.fileno()).st_size)
        head = _SUPERBLOCK.pack(*fields)
        file.seek(0)
        file.write(head + struct.pack("<I", lookup3(head)))
    return True


def lookup3(data: bytes) -> int:
    """Return Bob Jenkins' lookup3 hash (`hashlittle`), HDF5's checksum of metadata.

    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    while len(data) > 12:
        x, y, z = struct.unpack("<III", data[:12])
        a, b, c = (a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK
        for shift in (4, 6, 8, 16, 19, 4):
            a = ((a - c) & _MASK) ^ _rotate(c, shift)
            c = (c + b) & _MASK
            a, b, c = b, c, a
        data = data[12:]
    if not data:
        return c
    x, y, z = struct.unpack("<III", data.ljust(12, b"\0"))
    a, b, c = (a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK
    for shift in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _rotate(b, shift)) & _MASK
        a, b, c = b, c, a
    # Seven turns of three names leave the last result in `b`.
    return b


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK
