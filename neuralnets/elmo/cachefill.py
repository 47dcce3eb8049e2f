"""Computing the vectors of a corpus into a cache file, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from neuralnets.elmo.batching import Progress
from neuralnets.elmo.cachedatabase import sentence_name
from neuralnets.elmo.cachefile import CacheFile, check_key, open_begun
from neuralnets.elmo.cachewriter import append_to
from neuralnets.elmo.vectors import ElmoVectors

logger = logging.getLogger(__name__)

Sentence = Sequence[str]


def fill_cache(
    path: str,
    vectors: ElmoVectors,
    read: Callable[[], Iterable[Sequence[Sentence]]],
    half: bool = False,
    progress: Progress | None = None,
) -> CacheFile:
    """Append to a cache the sentences that it lacks.

    It may be killed at any time; the next call goes on from there. Equal sentences
    are computed once. Memory does not grow with the corpus.

    Args:
        path: The cache file, made if need be.
        vectors: What computes them; its mode does not matter, all layers are kept.
        read: Called twice, to count the sentences and to compute them; gives them in
            blocks.
        half: Keep half precision in a new file; one that is there stays as it is.
        progress: Called with the tokens done and the tokens in all.

    Returns:
        The cache, open for reading.

    Raises:
        ValueError: The file is not a cache, or one of other options or weights.
    """
    cache = open_begun(path)
    if cache is not None:
        check_key(cache, vectors.key)
        if cache.half != half:
            logger.info(
                "%s is in %s precision and stays so.",
                *(path, "half" if cache.half else "single"),
            )
        count = _tokens_to_do(read(), cache)
        if not count:
            return cache
        cache.close()
    else:
        count = _tokens_to_do(read(), ())
    shape = vectors.layer_count, vectors.width
    with append_to(path, vectors.key, *shape, half) as writer:
        done = 0
        for block in read():
            new = {sentence_name(s): s for s in block if s and s not in writer}
            sentences = list(new.values())
            report = _shifted(progress, done, count)
            for numbers, layers in vectors.batches(sentences, report):
                for number, of_sentence in zip(numbers, layers):
                    writer.append(sentences[number], np.swapaxes(of_sentence, 0, 1))
            done += sum(map(len, sentences))
    return CacheFile(path)


def _tokens_to_do(blocks: Iterable[Sequence[Sentence]], cache) -> int:
    """Return how many tokens of different sentences a cache lacks."""
    seen: set[bytes] = set()
    count = 0
    for block in blocks:
        for tokens in block:
            name = sentence_name(tokens)
            if name not in seen and tokens not in cache:
                count += len(tokens)
            seen.add(name)
    return count


def _shifted(report: Progress | None, before: int, total: int) -> Progress | None:
    """Return a report of a part's progress as that of the whole."""
    if report is None:
        return None
    return lambda done, _: report(before + done, total)
