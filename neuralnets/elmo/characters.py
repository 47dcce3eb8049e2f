"""Words as character ids, in the numbering of bilm-tf.

The characters are the 256 bytes of UTF-8 and five of its own. Every id is one more
than the character, since 0 stands for no token at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import numpy as np

SENTENCE_BEGIN, SENTENCE_END = 256, 257
WORD_BEGIN, WORD_END, PADDING = 258, 259, 260
CHARACTERS = 261

# What stands between the begin and the end of a word: bytes, or a sentence marker.
Spelling = Union[bytes, tuple[int, ...]]
BEGIN: Spelling = (SENTENCE_BEGIN,)
END: Spelling = (SENTENCE_END,)


def spell(word: str, max_characters: int) -> bytes:
    """Return the bytes of a word that the network sees.

    Args:
        word: Any string. Halves of surrogate pairs have no UTF-8 and are left out.
        max_characters: Characters of a token, its begin and its end among them.

    >>> spell("Käse", 50)
    b'K\\xc3\\xa4se'
    >>> spell("incomprehensible", 8)
    b'incomp'
    """
    return word.encode("utf-8", "ignore")[: max_characters - 2]


def character_ids(spellings: Sequence[Spelling], length: int) -> np.ndarray:
    """Return the ids of words, `[W, length]` int32.

    Args:
        spellings: `W` spellings of at most `length - 2` characters.
        length: Columns; what a word leaves free is padding.

    >>> character_ids([b"a", BEGIN], 4)
    array([[259,  98, 260, 261],
           [259, 257, 260, 261]], dtype=int32)
    """
    ids = np.full([len(spellings), length], PADDING, np.int32)
    for row, spelling in zip(ids, spellings):
        end = len(spelling) + 1
        row[0], row[1:end], row[end] = WORD_BEGIN, list(spelling), WORD_END
    return ids + 1
