"""Which sentences to label next: the less sure a model is, the sooner.

A score is higher for a sentence that is to be labelled sooner.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any, Callable

from neuralnets.tagging.tagger import Tagger
from util.output.confidence import Tagging

RANDOM = "random"


def least_confidence(log: float, tagging: Tagging) -> float:
    """Return how improbable the best label sequence is; long ones mostly are.

    >>> least_confidence(math.log(0.8), Tagging(["O"], [0.8], [], 0.8, []))
    0.2
    """
    return round(-math.expm1(log), 12)


def mnlp(log: float, tagging: Tagging) -> float:
    """Return the same per token: less its log-probability, divided by the length.

    This is the maximum normalised log-probability of Shen et al. (2018).

    >>> mnlp(-3.0, Tagging(["O"] * 6, [0.6] * 6, [], 0.05, []))
    0.5
    """
    return -log / max(len(tagging.labels), 1)


def span_doubt(log: float, tagging: Tagging) -> float:
    """Return how many spans, and tokens outside of spans, are likely wrong per token.

    Where labels write no spans it is the share of tokens that are likely wrong.
    """
    inside = {t for span in tagging.spans for t in range(span.start, span.end)}
    doubt = sum(1 - span.probability for span in tagging.spans)
    doubt += sum(
        1 - probability
        for token, probability in enumerate(tagging.token_probabilities)
        if token not in inside
    )
    return doubt / max(len(tagging.labels), 1)


STRATEGIES: dict[str, Callable[[float, Tagging], float] | None] = {
    RANDOM: None,
    "least-confidence": least_confidence,
    "mnlp": mnlp,
    "spans": span_doubt,
}


def order(
    strategy: str, model: Tagger | None, rows: Sequence[Any], seed: int
) -> list[int]:
    """Return sentences in the order in which they are to be labelled.

    Args:
        strategy: A key of `STRATEGIES`.
        model: The latest one; chance needs none.
        rows: The sentences that have no labels yet.
        seed: Of what is left to chance.
    """
    numbers = list(range(len(rows)))
    random.Random(seed).shuffle(numbers)
    score = STRATEGIES[strategy]
    if score is None or model is None:
        return numbers
    (task,) = model.tasks
    logs = model.sequenceLogs(task, rows)
    scores = list(map(score, logs, model.tagWithConfidence(rows)[task]))
    return sorted(numbers, key=lambda n: -scores[n])


def fill(
    chosen: Sequence[int], waiting: Sequence[int], sizes: Sequence[int], tokens: int
) -> list[int]:
    """Add sentences, in the order given, until there are so many tokens.

    Raises:
        ValueError: There are none then.

    >>> fill([0], [2, 1, 3], sizes=[5, 4, 3, 9], tokens=10)
    [0, 2, 1]
    """
    found = list(chosen)
    count = sum(sizes[n] for n in found)
    for number in waiting:
        if count >= tokens:
            break
        found.append(number)
        count += sizes[number]
    if not found:
        raise ValueError(
            f"A share of {sum(sizes)} tokens is less than one: take a larger one "
            "(--shares)."
        )
    return found
