"""Whether any label sequence agrees with sets of labels, and with a tag scheme."""

from __future__ import annotations

import numpy as np

from neuralnets.keraslayers.parts import Chain


def first_conflict(allowed: np.ndarray, chain: Chain | None) -> int | None:
    """Return the token up to which no label sequence agrees, None if one does.

    >>> first_conflict(np.array([[True, False], [False, False]]), None)
    1

    Args:
        allowed: The labels that each token may have, `[T, K]` booleans.
        chain: Which transitions, first and last labels there may be; None: all.

    Returns:
        The token, from 0; `T` if only the end of the sentence does not go with them.
    """
    if chain is None:
        without = np.flatnonzero(~allowed.any(1))
        return int(without[0]) if len(without) else None
    reached = np.asarray(chain.start)
    for token, here in enumerate(allowed):
        reached = reached & here
        if not reached.any():
            return token
        last, reached = reached, chain.transitions[reached].any(0)
    if len(allowed) and not (last & chain.end).any():
        return len(allowed)
    return None
