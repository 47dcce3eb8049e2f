"""The layers of sentences in an SQLite file, so that they are computed only once.

SQLite keeps the file whole through interrupts, kills and full disks: what was not
complete then is undone when the file is opened next. Several programs may read a file,
and write to it, at once.

`about` says which weights it was made with (`key`). `sentences` says of each sentence,
whose name is a hash of its tokens, how many it has and where they stand in `vectors`:
from which row on, behind how many other tokens. A row holds several short sentences,
which saves space, or at most `TOKENS_OF_A_ROW` tokens of a long one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Sequence

FORMAT = "elmo-cache-2"
SCHEMA = """
CREATE TABLE about (format TEXT, key TEXT, layers INTEGER, width INTEGER, dtype TEXT);
CREATE TABLE sentences
    (name BLOB PRIMARY KEY, tokens INTEGER, first INTEGER, behind INTEGER)
    WITHOUT ROWID;
CREATE TABLE vectors (number INTEGER PRIMARY KEY, tokens INTEGER, content BLOB);
"""
_NAME_BYTES = 16
BYTES_OF_A_ROW = 24 * 1024  # with so many, or more, a row is full
TOKENS_OF_A_ROW = 1024  # of one sentence: a row may hold 1 GB at most
MAKE_ANEW = "Delete it and make it anew with Create_ELMo_Cache.py."
_SECONDS_TO_WAIT = 60.0  # for another program that writes


def sentence_name(tokens: Sequence[str]) -> bytes:
    """Return a hash of a sentence's tokens."""
    text = json.dumps(list(tokens)).encode()
    return hashlib.blake2b(text, digest_size=_NAME_BYTES).digest()


def open_database(path: str) -> sqlite3.Connection:
    """Open a file; SQLite looks at it when it is used.

    Raises:
        ValueError: It cannot be opened.
    """
    try:
        # Transactions begin and end where `writing` says.
        database = sqlite3.connect(
            os.path.abspath(path),
            _SECONDS_TO_WAIT,
            isolation_level=None,
            check_same_thread=False,
        )
        database.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.Error as error:
        raise ValueError(f"{path}: cannot be opened ({error}).") from None
    return database


def empty_database() -> sqlite3.Connection:
    """Return a cache without content, in memory."""
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    return database


def tables(database: sqlite3.Connection) -> set[tuple]:
    """Return what a file is made of: kind, name and definition of each part."""
    return set(database.execute("SELECT type, name, sql FROM sqlite_master"))


@contextlib.contextmanager
def writing(path: str, database: sqlite3.Connection):
    """Yield what runs a statement; all of them take effect at the end, or none."""
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database.execute
            database.execute("COMMIT")
        except BaseException:
            # After some errors SQLite has gone back by itself.
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise ValueError(
            f"{path}: cannot be written to ({error}). What is complete in it is kept."
        ) from None


def no_cache(path: str, error: Exception) -> str:
    """Return the message on a file that is not a cache, or cannot be read."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start == b"\x89HDF":
        return (
            f"{path}: not an ELMo cache of this version, but perhaps one of an earlier "
            f"version, which were HDF5. {MAKE_ANEW}"
        )
    if start[:1] == b"\x80":
        return (
            f"{path}: not an ELMo cache of this project, but a pickled cache, which is "
            f"not read: reading a pickle can run code. {MAKE_ANEW}"
        )
    return f"{path}: not an ELMo cache, or a damaged one ({error}). {MAKE_ANEW}"
