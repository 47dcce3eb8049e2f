"""How probable spans are that somebody else found, such as those of gold labels.

It is exact: the sum over all label sequences that hold just this span, divided by that
over all of them, and not a product of single labels' probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.inference import posterior
from neuralnets.keraslayers.parts import Chain, Reading
from util import tagschemes
from util.tagschemes import Span
from util.task import Task

_TOKENS = 4096  # of a batch, padding included


def span_probabilities(
    spans: Sequence[Sequence[Span]],
    emissions: Sequence[np.ndarray],
    shown: Sequence[int],
    head,
    task: Task,
    reading: Reading,
) -> list[list[float]]:
    """Return the probability of each span of each sentence.

    Args:
        spans: In order and without overlap.
        emissions: The scores of each sentence, `[length, K]`.
        shown: How many tokens of each sentence are real.
        head: The task's.
        task: It has a scheme.
        reading: How spans are read from its labels.
    """
    found: list[list[float]] = [[0.0] * len(own) for own in spans]
    waiting = [n for n, own in enumerate(spans) if own]
    waiting.sort(key=lambda n: len(emissions[n]))
    while waiting:
        size = max(1, _TOKENS // len(emissions[waiting[0]]))
        batch = waiting[:size]
        while len(batch) > 1 and len(batch) * len(emissions[batch[-1]]) > _TOKENS:
            batch = batch[: max(1, _TOKENS // len(emissions[batch[-1]]))]
        del waiting[: len(batch)]
        answers = _of_batch(
            [spans[n] for n in batch],
            [emissions[n] for n in batch],
            np.array([shown[n] for n in batch]),
            *(head, task, reading),
        )
        for n, probabilities in zip(batch, answers):
            found[n] = probabilities
    return found


def _of_batch(spans, emissions, shown, head, task, reading) -> list[list[float]]:
    lengths = np.array([len(scores) for scores in emissions], np.int32)
    shape = len(emissions), int(lengths.max()), len(task.labels)
    scores = np.zeros(shape, np.float32)  # [B, T, K]
    for row, own in enumerate(emissions):
        scores[row, : len(own)] = own
    best = np.asarray(head.decode(scores, lengths))
    scores, chain = head.distribution(scores)
    chain = Chain(*map(np.asarray, chain))
    # Relative to the best sequence rounding is least; which spans are asked for is said
    # afterwards, and may be what the chain forbids.
    known = posterior.posterior(best, np.asarray(scores), lengths, shown, chain)
    index = {label: number for number, label in enumerate(task.labels)}
    outside = int(np.argmax(reading.types < 0))
    labels = np.full(known.labels.T.shape, outside, known.labels.dtype)  # [B, T]
    for row, own in enumerate(spans):
        tags = tagschemes.write(own, int(shown[row]), task.scheme)
        for span in own:
            here = [index.get(tag) for tag in tags[span.start : span.end]]
            if None not in here:  # else the model cannot say so
                labels[row, span.start : span.end] = here
    known = known._replace(labels=labels.T)
    starts, ends, values = posterior.span_probabilities(known, reading)
    answers = []
    for row, own in enumerate(spans):
        first, last = np.flatnonzero(starts[row]), np.flatnonzero(ends[row])
        types = reading.names[reading.types[labels[row, first]]]
        there = {
            Span(type_, int(a), int(b) + 1): float(values[row, b])
            for type_, a, b in zip(types.tolist(), first, last)
        }
        answers.append([there.get(span, 0.0) for span in own])
    return answers
