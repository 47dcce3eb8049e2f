"""Which sentences stand in which part of a corpus."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence


def assign(sentences: Sequence[Hashable], folds: int, seed: int) -> list[int]:
    """Return the fold of each sentence, from 0, about as many in each.

    Sentences that are the same stand in the same fold: a model that has seen one with a
    wrong label would think it right in the other.

    Args:
        sentences: Their words.
        folds: How many there are.
        seed: Which assignment.

    Raises:
        ValueError: There are fewer different sentences than folds.

    >>> assign(["a", "b", "a", "c"], 3, seed=1)
    [0, 2, 0, 1]
    """
    by_words: dict[Hashable, list[int]] = {}
    for number, words in enumerate(sentences):
        by_words.setdefault(words, []).append(number)
    if len(by_words) < folds:
        raise ValueError(
            f"There are {len(by_words)} different sentences, too few for {folds} "
            "parts. Give fewer with --folds, or more data."
        )
    groups = list(by_words.values())
    random.Random(seed).shuffle(groups)
    found, sizes = [0] * len(sentences), [0] * folds
    for group in groups:
        fold = sizes.index(min(sizes))
        sizes[fold] += len(group)
        for number in group:
            found[number] = fold
    return found
