"""How probable spans are that somebody else found, such as those of gold labels.

It is exact: the sum over all label sequences that hold just this span, divided by that
over all of them, and not a product of single labels' probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    for batch in _batches([n for n, own in enumerate(spans) if own], emissions):
        known = _known([emissions[n] for n in batch], [shown[n] for n in batch], head)
        own = [spans[n] for n in batch]
        for n, values in zip(batch, _of_batch(own, known, shown, batch, task, reading)):
            found[n] = values
    return found


def best_logs(
    emissions: Sequence[np.ndarray], shown: Sequence[int], head
) -> list[float]:
    """Return the log-probability of the best label sequence of each sentence.

    Its log says something of long sentences, too: their probability is rounded to 0.
    """
    found = [0.0] * len(emissions)
    for batch in _batches([n for n, length in enumerate(shown) if length], emissions):
        known = _known([emissions[n] for n in batch], [shown[n] for n in batch], head)
        for n, total in zip(batch, known.partition):
            found[n] = min(-float(total), 0.0)
    return found


def _batches(
    waiting: list[int], emissions: Sequence[np.ndarray]
) -> Iterator[list[int]]:
    """Yield sentences of about the same length together."""
    waiting.sort(key=lambda n: len(emissions[n]))
    batch: list[int] = []
    for n in waiting:
        if batch and (len(batch) + 1) * len(emissions[n]) > _TOKENS:
            yield batch
            batch = []
        batch.append(n)
    if batch:
        yield batch


def _known(emissions, shown, head) -> posterior.Posterior:
    """Return what is known of all label sequences, relative to the best ones."""
    lengths = np.array([len(scores) for scores in emissions], np.int32)
    shape = len(emissions), int(lengths.max()), emissions[0].shape[1]
    scores = np.zeros(shape, np.float32)  # [B, T, K]
    for row, own in enumerate(emissions):
        scores[row, : len(own)] = own
    best = np.asarray(head.decode(scores, lengths))
    scores, chain = head.distribution(scores)
    chain = Chain(*map(np.asarray, chain))
    return posterior.posterior(
        best, np.asarray(scores), lengths, np.array(shown), chain
    )


def _of_batch(spans, known, shown, batch, task, reading) -> list[list[float]]:
    # What is known is relative to the best sequences. Which spans are asked for is said
    # only now: they may be what the chain forbids.
    index = {label: number for number, label in enumerate(task.labels)}
    outside = int(np.argmax(reading.types < 0))
    labels = np.full(known.labels.T.shape, outside, known.labels.dtype)  # [B, T]
    for row, own in enumerate(spans):
        tags = tagschemes.write(own, int(shown[batch[row]]), task.scheme)
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
