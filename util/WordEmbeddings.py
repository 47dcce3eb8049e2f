"""Pre-trained word vectors, and how a word finds its vector."""

from __future__ import annotations

import array
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping

import numpy as np

from util.features import composed
from util.vectors.leftout import DUPLICATE, Ledger
from util.vectors.reading import each_vector

PADDING_TOKEN = "PADDING_TOKEN"
UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
PADDING, UNKNOWN = 0, 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_NUMBER = re.compile(r"[0-9.,]+")
_QUOTES = re.compile(r'"+')


def wordNormalize(word: str) -> str:
    """Return the form of a word under which it is looked up at last.

    >>> wordNormalize("2017-05-30"), wordNormalize("9:15"), wordNormalize("19:15")
    ('DATE_TOKEN', 'NUMBER_TOKEN:NUMBER_TOKEN', 'TIME_TOKEN')
    >>> wordNormalize("U.S."), wordNormalize("1,200-Year")
    ('uNUMBER_TOKENsNUMBER_TOKEN', 'NUMBER_TOKEN-year')
    """
    word = word.lower().replace("--", "-")
    word = _QUOTES.sub('"', word)
    word = _DATE.sub("DATE_TOKEN", word)
    word = _TIME.sub("TIME_TOKEN", word)
    return _NUMBER.sub("NUMBER_TOKEN", word)


def forms(word: str) -> Iterator[str]:
    """Yield the forms under which a word is looked up, in order.

    >>> list(forms("Zu\\u0308rich-1")) == [
    ...     "Zu\\u0308rich-1", "zu\\u0308rich-1", "zu\\u0308rich-NUMBER_TOKEN",
    ...     "Z\\u00fcrich-1", "z\\u00fcrich-1", "z\\u00fcrich-NUMBER_TOKEN"]
    True
    """
    yield word
    yield word.lower()
    yield wordNormalize(word)
    other = composed(word)
    if other != word:
        yield from forms(other)


def vocabulary_form(word: str) -> str:
    """Return the form under which a word without a given vector gets one."""
    return wordNormalize(composed(word))


def word_index(word: str, vocabulary: Mapping[str, int]) -> int:
    """Return the index of the first of a word's `forms` that is known, or unknown."""
    for form in forms(word):
        index = vocabulary.get(form, PADDING)
        if index != PADDING:
            return index
    return UNKNOWN


def random_vector(word: str, size: int) -> np.ndarray:
    """Return the vector of a word that has none: uniform in ±0.25, `[size]` float32.

    It is drawn from a hash of the word, so it is the same in every run.
    """
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16)
    generator = np.random.Generator(
        np.random.Philox(key=int.from_bytes(digest.digest(), "little"))
    )
    return generator.uniform(-0.25, 0.25, size).astype(np.float32)


def read_vectors(
    path: str, wanted: Collection[str] | None = None
) -> tuple[dict[str, int], np.ndarray]:
    """Read a file of word vectors, and say in one line what of it was left out.

    It is text, with or without a header, or word2vec's or fastText's `.bin`; as it is,
    or in gzip, xz, or an archive `.zip` of this file alone. Lines are left out that
    are ragged, that hold a number that is not finite, or whose word came before.

    Row 0 is the padding word (zeros), row 1 the unknown word.

    Args:
        path: The file.
        wanted: Keep only these words; None keeps all.

    Returns:
        The index of each word, and the vectors `[V, D]` in float32.

    Raises:
        ValueError: The file holds no vectors, or it is damaged.
    """
    vocabulary = {PADDING_TOKEN: PADDING, UNKNOWN_TOKEN: UNKNOWN}
    vectors = array.array("f")
    ledger = Ledger(path)
    for word, vector in each_vector(path, wanted, ledger):
        if not vectors:
            vectors.frombytes(_first_rows(ledger.size))
        if wanted is not None and word not in wanted:
            continue
        if word not in vocabulary:
            vocabulary[word] = len(vocabulary)
            vectors.frombytes(vector.tobytes())
        elif vocabulary[word] > UNKNOWN:
            ledger.leave_out(DUPLICATE)
    ledger.log()
    if not vectors:
        if wanted is None:
            raise ValueError(f"{path}: holds no word vectors.")
        vectors.frombytes(_first_rows(ledger.size))
    # The matrix is a view of what was read: nothing is held twice.
    return vocabulary, np.frombuffer(vectors, np.float32).reshape(-1, ledger.size)


def stream_vectors(
    path: str, wanted: Collection[str] | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a vector file with their vectors `[D]`, one at a time.

    With `wanted`, others may be left out.

    Args and errors: as `read_vectors`.
    """
    ledger = Ledger(path)
    yield from each_vector(path, wanted, ledger)
    ledger.log()


def _first_rows(size: int) -> bytes:
    """Return the vectors of the padding word and of the unknown word."""
    return bytes(4 * size) + random_vector(UNKNOWN_TOKEN, size).tobytes()
