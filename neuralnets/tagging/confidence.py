"""From a head's scores to plain values that say how sure it is of its labels."""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neuralnets.keraslayers.parts import Reading
from neuralnets.tagging.tagpairs import pairs
from util import tagschemes
from util.output.confidence import Alternative, ConfidentSpan, Tagging
from util.task import Task

if TYPE_CHECKING:
    from neuralnets.heads import Head

MOST_ALTERNATIVES = 1000


class Confidence(NamedTuple):
    """What is known of the labels of a batch; the last five may be None.

    Tensors while a graph is made, else arrays.

    `B` sentences, `T` tokens, `n` alternatives.
    """

    labels: Any  # [B, T] indices
    sequences: Any  # [B] probabilities
    tokens: Any  # [B, T] probabilities
    starts: Any = None  # [B, T] whether a span begins
    ends: Any = None  # [B, T] whether a span ends
    spans: Any = None  # [B, T] probability of the span that ends there
    paths: Any = None  # [B, n, T] indices
    path_probabilities: Any = None  # [B, n]


def reading_of(task: Task) -> Reading | None:
    """Return how spans are read from a task's labels, None if they write none."""
    if task.scheme is None:
        return None
    labels = task.labels
    kinds = [
        None if prefix == tagschemes.OUTSIDE else type_
        for prefix, type_ in map(tagschemes.split_tag, labels)
    ]
    types = sorted({kind for kind in kinds if kind is not None})
    number = {kind: i for i, kind in enumerate(types)}
    return Reading(
        pairs(labels, tagschemes.continues),
        np.array([number.get(kind, -1) for kind in kinds], np.int32),
        as_objects(types),
    )


def as_objects(values: Sequence[str]) -> np.ndarray:
    """Return strings as an array that `tolist` gives back as they were."""
    return np.array([*values, None], object)[:-1]


def check_nbest(nbest: int) -> None:
    """Raise `ValueError` unless `nbest` is a number of alternatives."""
    whole = isinstance(nbest, numbers.Integral) and not isinstance(nbest, bool)
    if not whole or not 0 <= nbest <= MOST_ALTERNATIVES:
        raise ValueError(
            f"`nbest` must be a whole number from 0 to {MOST_ALTERNATIVES}. "
            f"Received: {nbest!r}"
        )


def confidence(
    posterior: ModuleType,
    head: Head,
    emissions: Any,
    lengths: Any,
    shown: Any,
    reading: Reading | None,
    nbest: int,
) -> Confidence:
    """Return the best labels of a batch and their probabilities.

    Args:
        posterior: The mathematics: `keraslayers.posterior`, or NumPy's.
        head: The task's head.
        emissions: `[B, T, K]`.
        lengths: Tokens of each sentence, `[B]`.
        shown: How many of them count, `[B]`; see `posterior`.
        reading: How spans are read; None: there are none.
        nbest: How many alternatives to return.
    """
    labels = head.decode(emissions, lengths)
    scores, chain = head.distribution(emissions)
    found = posterior.posterior(labels, scores, lengths, shown, chain)
    answer = Confidence(
        labels,
        posterior.sequence_probabilities(found),
        posterior.token_probabilities(found),
    )
    if reading is not None:
        starts, ends, spans = posterior.span_probabilities(found, reading)
        answer = answer._replace(starts=starts, ends=ends, spans=spans)
    if nbest:
        paths, probabilities = posterior.alternatives(found, nbest)
        answer = answer._replace(paths=paths, path_probabilities=probabilities)
    return answer


def taggings(
    found: Confidence,
    shown: np.ndarray,
    names: np.ndarray,
    reading: Reading | None,
    nbest: int,
) -> list[Tagging]:
    """Return what is known of each sentence of a batch as plain values.

    Args:
        found: What `confidence` returned.
        shown: Real tokens of each sentence, `[B]`.
        names: The label of each index, objects.
        reading: How spans are read; None: there are none.
        nbest: How many alternatives were asked for.
    """
    lengths = shown.tolist()
    labels = names[found.labels]
    spans = _spans(found, reading) if reading else itertools.repeat([])
    alternatives = _alternatives(found, lengths, names) if nbest else []
    return [
        Tagging(
            labels[row, :length].tolist(),
            found.tokens[row, :length].tolist(),
            spans_,
            float(found.sequences[row]),
            alternatives[row] if nbest else [],
        )
        if length
        else empty(nbest)
        for row, (length, spans_) in enumerate(zip(lengths, spans))
    ]


def empty(nbest: int) -> Tagging:
    """Return what there is to say of a sentence without tokens."""
    return Tagging([], [], [], 1.0, [Alternative([], 1.0)] if nbest else [])


def _spans(found: Confidence, reading: Reading) -> list[list[ConfidentSpan]]:
    """Return the spans of each sentence."""
    sentence, starts = np.nonzero(found.starts)
    rows, ends = np.nonzero(found.ends)  # the i-th span that begins is the i-th to end
    types = reading.names[reading.types[found.labels[sentence, starts]]]
    spans = list(
        map(
            ConfidentSpan,
            types.tolist(),
            starts.tolist(),
            (ends + 1).tolist(),
            found.spans[rows, ends].tolist(),
        )
    )
    borders = np.searchsorted(sentence, np.arange(len(found.labels) + 1)).tolist()
    return [spans[a:b] for a, b in zip(borders, borders[1:])]


def _alternatives(
    found: Confidence, lengths: Sequence[int], names: np.ndarray
) -> list[list[Alternative]]:
    """Return the alternatives of each sentence, without impossible ones."""
    paths = names[found.paths]
    return [
        [
            Alternative(path, probability)
            for path, probability in zip(
                paths[row, :, :length].tolist(), found.path_probabilities[row].tolist()
            )
            if probability > 0
        ]
        for row, length in enumerate(lengths)
    ]
