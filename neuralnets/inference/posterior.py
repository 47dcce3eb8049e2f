"""How probable the labels of a sentence are: the sequence, each label, each span.

As in `neuralnets/keraslayers/posterior.py`, all scores are relative to one label
sequence, mostly the best one; shapes are those of it, too. All is double precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neuralnets.inference.best_paths import nbest
from neuralnets.inference.chains import finite, free_chain, mask, near_zero, with_ends
from neuralnets.inference.sums import Factors, log_scaled, logsumexp, messages, step
from neuralnets.keraslayers.parts import Chain, Reading


class Posterior(NamedTuple):
    """What is known of all label sequences of a batch, relative to one of them.

    Attributes:
        labels: The sequence, `[T, B]`.
        scores: The score of each label at each token, `[T, B, K]`.
        upto: Log of the sums over the paths up to each token, `[T, B, K]`; their
            exponentials add up to 1.
        growth: Log of what they were divided by, `[T, B]`.
        behind: Log of the sums over the paths behind each token, `[T, B, K]`.
        onward: The same from each token on; their exponentials add up to 1.
        present: Which tokens are shown, `[T, B]`.
        transitions: `[K, K]`; the largest is 0.
    """

    labels: np.ndarray
    scores: np.ndarray
    upto: np.ndarray
    growth: np.ndarray
    behind: np.ndarray
    onward: np.ndarray
    present: np.ndarray
    transitions: np.ndarray

    @property
    def partition(self) -> np.ndarray:
        """Log of the sum over all label sequences, `[B]`."""
        return np.where(self.present, self.growth, 0).sum(0)


def posterior(
    labels: np.ndarray,
    emissions: np.ndarray,
    lengths: np.ndarray,
    shown: np.ndarray,
    chain: Chain,
) -> Posterior:
    """Add up the label sequences of each sentence; see the Keras layers' `posterior`.

    Args:
        labels: A label sequence of each sentence that is not forbidden, `[B, T]`.
        emissions: `[B, T, K]`.
        lengths: `[B]`.
        shown: Tokens of each sentence that matter, at least one does, `[B]`.
        chain: The transition, start and end scores.
    """
    shown = np.maximum(shown, 1)
    transitions = lowered(chain.transitions)
    scores = near_zero(emissions.astype(np.float64))
    scores = with_ends(scores, lengths, chain).transpose(1, 0, 2)
    present = mask(emissions, lengths).T
    labels = np.where(present, labels.T, 0)
    own = _of_labels(scores, labels)
    own[1:] += np.where(present[1:], transitions[labels[:-1], labels[1:]], 0)
    scores = np.where(present[..., None], scores - own[..., None], 0)
    factors = Factors(transitions)
    before, behind = messages(scores, labels, present[..., None], factors)
    # The last token that is shown takes over the sums of those behind it.
    last = (np.arange(len(scores))[:, None] == shown - 1)[..., None]
    rest = behind - _of_labels(behind, labels)[..., None]
    scores = np.where(last, scores + rest, scores)
    behind = np.where(last, 0, behind)
    upto = before + scores
    return Posterior(
        labels=labels,
        scores=scores,
        upto=log_scaled(upto),
        growth=logsumexp(upto, 2),
        behind=behind,
        onward=log_scaled(behind + scores),
        present=mask(emissions, shown).T,
        transitions=transitions,
    )


def lowered(transitions: np.ndarray) -> np.ndarray:
    """Return transitions less the largest: of all paths the same."""
    transitions = transitions.astype(np.float64)
    return transitions - finite(transitions.max())


def marginals(given: Posterior) -> np.ndarray:
    """Return the probability of each label at each token, `[B, T, K]`; 0 in padding."""
    logs = log_scaled(given.upto + given.behind)
    shown = np.where(given.present[..., None], np.exp(logs), 0)
    return shown.transpose(1, 0, 2).astype(np.float32)


def sequence_probabilities(given: Posterior) -> np.ndarray:
    """Return the probability of the whole label sequence, `[B]`."""
    return _probability(-given.partition)


def token_probabilities(given: Posterior) -> np.ndarray:
    """Return the probability of each label of the sequence at its token, `[B, T]`."""
    logs = log_scaled(given.upto + given.behind)
    return _probability(_of_labels(logs, given.labels).T)


def span_probabilities(
    given: Posterior, reading: Reading
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the spans of the label sequence and their probabilities.

    Returns:
        Where spans begin and where they end, `[B, T]` booleans, and at the end of each
        span its probability, `[B, T]`.
    """
    starts, ends = _borders(given, reading)
    # Scaled like the paths up to each token, of which those with the span are some.
    scores, upto = given.scores - given.growth[..., None], given.upto
    inside = Factors(np.where(reading.continues, given.transitions, -np.inf))
    entering = Factors(np.where(reading.continues, -np.inf, given.transitions))
    leaving = entering.transposed()
    fitting = reading.types[given.labels][..., None] == reading.types  # [T, B, K]
    every = logsumexp(upto + given.behind, 2)  # [T, B]
    # Behind the last token there is nothing to go to.
    after = np.zeros_like(scores)
    shape = after[1:].shape
    onward = step(given.onward[1:].reshape(-1, shape[2]), leaving).reshape(shape)
    after[:-1] = np.where(given.present[1:, :, None], onward, 0)
    begun = np.array(upto)
    begun[0] = scores[0]
    into = step(upto[:-1].reshape(-1, shape[2]), entering).reshape(shape)
    begun[1:] = into + scores[1:]
    begun = np.where(fitting, begun, -np.inf)
    found = np.empty(given.labels.shape)
    span = np.full_like(scores[0], -np.inf)
    for t, local in enumerate(scores):
        here = starts[t][:, None]
        if not here.all():
            span = np.where(here, begun[t], step(span, inside) + local)
        else:
            span = begun[t]
        found[t] = logsumexp(span + after[t], 1) - every[t]
    logs = np.where(ends, found, -np.inf)
    return starts.T, ends.T, _probability(logs.T)


def alternatives(given: Posterior, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `n` best paths `[B, n, T]` and their probabilities `[B, n]`.

    Where a sentence has fewer than `n` paths, the rest have the probability 0.
    """
    chain = free_chain(given.scores.shape[2])._replace(transitions=given.transitions)
    shown = given.present.sum(0)
    paths, scores = nbest(given.scores.transpose(1, 0, 2), shown, chain, n)
    return paths, _probability(scores - given.partition[:, None])


def _borders(given: Posterior, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Return at which tokens spans begin and end, `[T, B]`."""
    labels = given.labels
    inside = given.present & (reading.types[labels] >= 0)
    going_on = reading.continues[labels[:-1], labels[1:]] & given.present[1:]
    nowhere = np.zeros_like(inside[:1])
    return (
        inside & ~np.concatenate([nowhere, going_on]),
        inside & ~np.concatenate([going_on, nowhere]),
    )


def _of_labels(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the values `[T, B, K]` of the labels `[T, B]`."""
    return np.take_along_axis(values, labels[..., None], 2)[..., 0]


def _probability(logs: np.ndarray) -> np.ndarray:
    """Return the probabilities; rounding must not lift them above 1."""
    return np.exp(np.minimum(logs, 0)).astype(np.float32)
