"""Pre-trained word vectors, and how a word finds its vector."""

from __future__ import annotations

import array
import functools
import gzip
import hashlib
import itertools
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from util.features import composed

PADDING_TOKEN = "PADDING_TOKEN"
UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
PADDING, UNKNOWN = 0, 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_NUMBER = re.compile(r"[0-9.,]+")
_QUOTES = re.compile(r'"+')
# A small compressed file can hold an endless line.
_LONGEST_LINE = 1 << 24
_LINES_ASKED = 6  # for the number of numbers


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
    """Read a text file of word vectors, plain or `.gz`, with or without a header.

    Row 0 is the padding word (zeros), row 1 the unknown word.

    Args:
        path: The file: each line a word and its numbers, separated by blanks.
        wanted: Keep only these words; None keeps all.

    Returns:
        The index of each word, and the vectors `[V, D]` in float32.

    Raises:
        ValueError: The file holds no vectors, or a line breaks the format.
    """
    vocabulary = {PADDING_TOKEN: PADDING, UNKNOWN_TOKEN: UNKNOWN}
    size = 0
    vectors = array.array("f")
    for word, vector in stream_vectors(path, wanted):
        if size == 0:
            size = len(vector)
            vectors.frombytes(bytes(4 * size))
            vectors.frombytes(random_vector(UNKNOWN_TOKEN, size).tobytes())
        if word not in vocabulary and (wanted is None or word in wanted):
            vocabulary[word] = len(vocabulary)
            vectors.frombytes(vector.tobytes())
    # The matrix is a view of what was read: nothing is held twice.
    return vocabulary, np.frombuffer(vectors, np.float32).reshape(-1, size)


def stream_vectors(
    path: str, wanted: Collection[str] | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a vector file with their vectors `[D]`, one at a time.

    With `wanted`, only the first line and those that begin like a wanted word.

    Args and errors: as `read_vectors`.
    """
    # What a line may begin with: words can hold blanks.
    beginnings = wanted and {word.partition(" ")[0] for word in wanted}
    lines = _lines(path)
    head = list(itertools.islice(lines, _LINES_ASKED))
    announced = 0
    if head and head[0][0] == 1 and _is_header(head[0][1]):
        announced = int(head.pop(0)[1].split(" ")[1])
    if not head:
        raise ValueError(f"{path}: holds no word vectors.")
    size = _count_numbers(announced, [line for _, line in head])
    for place, (number, line) in enumerate(itertools.chain(head, lines)):
        word, _, numbers = line.partition(" ")
        if place and beginnings is not None and word not in beginnings:
            continue
        vector = _parse(numbers)
        if len(vector) != size:
            # Some words of GloVe's web vectors hold blanks themselves.
            word, *fields = line.rsplit(" ", size)
            vector = _parse(" ".join(fields))
        if len(vector) != size:
            raise ValueError(
                f"{path}:{number}: expected a word and {size} numbers, separated by "
                f"blanks, found {line[:60]!r}. Is this a text file of word vectors?"
            )
        if not np.isfinite(vector).all():
            raise ValueError(
                f"{path}:{number}: the vector of '{word[:40]}' holds a number that is "
                "not finite. Correct the line, or delete it."
            )
        yield word, vector


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a vector file, with single blanks."""
    opener = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            read = functools.partial(file.readline, _LONGEST_LINE)
            for number, raw in enumerate(iter(read, b""), 1):
                if len(raw) == _LONGEST_LINE:
                    raise ValueError(
                        f"{path}:{number}: a line of more than {_LONGEST_LINE:,} "
                        "bytes. Is this a text file of word vectors?"
                    )
                encoding = "utf-8-sig" if number == 1 else "utf-8"
                line = raw.decode(encoding, "replace").rstrip("\r\n\t ")
                if line:
                    yield number, line.replace("\t", " ")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: damaged gzip file ({error}).") from None


def _is_header(line: str) -> bool:
    """Tell whether a first line is word2vec's or fastText's `count size`."""
    fields = line.split(" ")
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _count_numbers(announced: int, lines: Sequence[str]) -> int:
    """Return how many numbers a vector has.

    Words may hold blanks, or look like numbers. So the header and the first lines are
    asked, and two must agree: if one damaged line decided, all would be misread.

    Args:
        announced: What the header says, 0 without one.
        lines: The first ones with vectors.
    """
    votes = Counter(map(_numbers_at_the_end, lines))
    votes[announced] += 1
    del votes[0]
    size, agreed = max(votes.items(), key=lambda vote: vote[1], default=(0, 0))
    return size if agreed > 1 else max(lines[0].count(" "), 1)


def _numbers_at_the_end(line: str) -> int:
    fields = line.split(" ")[1:]
    return sum(1 for _ in itertools.takewhile(_is_number, reversed(fields)))


def _is_number(field: str) -> bool:
    return len(_parse(field)) == 1


def _parse(numbers: str) -> np.ndarray:
    """Return the numbers of a line; fewer than it holds where one is malformed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return np.fromstring(numbers, dtype=np.float32, sep=" ")
        except ValueError:  # NumPy from 2.3 on; before, what it could read
            return np.zeros(0, np.float32)
