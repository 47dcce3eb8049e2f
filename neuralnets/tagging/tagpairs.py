"""What a rule on tags that follow each other says of all pairs of a model's labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

import numpy as np

from util import tagschemes


def pairs(tags: Sequence[str], rule: Callable[[str, str], bool]) -> np.ndarray:
    """Return what a rule says of each pair of tags, `[K, K]` booleans.

    Args:
        tags: `K` tags.
        rule: Of a tag (row) and the one behind it (column). It may look at their
            prefixes, and at whether their types are equal: so few pairs tell of all.

    >>> pairs(["O", "B-X", "I-X"], tagschemes.continues).astype(int).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 0, 1]]
    """
    prefixes_of = map("".join, tagschemes.SCHEMES.values())
    known = "".join(sorted({*"".join(prefixes_of), tagschemes.OUTSIDE}))
    split = [tagschemes.split_tag(tag) for tag in tags]
    # Any other first character is as good as any other.
    prefixes = np.array([known.find(p) if p else -1 for p, _ in split], np.intp)
    number = {type_: i for i, type_ in enumerate(dict.fromkeys(t for _, t in split))}
    types = np.array([number[type_] for _, type_ in split], np.int32)
    few = known + "?"
    table = np.array(
        [[[rule(f"{a}-x", f"{b}-{t}") for t in "yx"] for b in few] for a in few], bool
    )
    same = types[:, None] == types
    here = table[prefixes[:, None], prefixes]  # [K, K, 2]
    return np.where(same, here[..., 1], here[..., 0])
