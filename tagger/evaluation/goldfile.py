"""Column files with the right labels, to compare a tagger's with."""

from __future__ import annotations

import os
from collections.abc import Mapping

from util.CoNLL import Sentence, readCoNLL
from util.corpus.datasets import KNOWN_COLUMNS
from util.corpus.groups import first_width
from util.corpus.tagcolumns import Choice


def known_columns(path: str) -> dict[int, str]:
    """Return the columns of a file by the folder it stands in; else the tokens alone.

    >>> known_columns("data/conll2000_chunking/test.txt")[2]
    'chunk_BIO'
    """
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    return dict(KNOWN_COLUMNS.get(folder, {0: "tokens"}))


def read_gold(
    path: str,
    columns: Mapping[int, str],
    commentSymbol: str | None = None,
    tagStyle: Choice = None,
) -> list[Sentence]:
    """Read the sentences of a column file, as `readCoNLL` does.

    Raises:
        ValueError: The file lacks a column or holds no sentences, or it is not what
            `readCoNLL` can read.
    """
    width = first_width(path, columns, commentSymbol)
    missing = [f"{name} ({index})" for index, name in columns.items() if index >= width]
    if missing:
        raise ValueError(
            f"{path}: its lines have {width} columns, so it lacks "
            f"{', '.join(missing)}. To evaluate, the right labels must stand in the "
            "file; say in which column, counted from 0, as in "
            "--columns 0:tokens,1:POS"
        )
    sentences = readCoNLL(path, columns, commentSymbol, tagStyle=tagStyle)
    if not sentences:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    return sentences
