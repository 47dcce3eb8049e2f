"""The forward-backward algorithm in double precision, in logs, from the definition."""

from typing import NamedTuple

import numpy as np

NEVER = -np.inf


class Truth(NamedTuple):
    """Of one sentence and a label path of it."""

    log_partition: float
    path_score: float
    best_score: float
    marginals: np.ndarray  # [T, K]
    emissions: np.ndarray  # gradient of the negative log-likelihood, [T, K]
    transitions: np.ndarray  # likewise, [K, K]
    start: np.ndarray  # [K]
    end: np.ndarray  # [K]

    @property
    def loss(self):
        return self.log_partition - self.path_score


def log_sum(values, axis):
    """Return log(sum(exp(values))); minus infinity adds nothing."""
    most = values.max(axis=axis, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return (np.log(np.exp(values - most).sum(axis=axis, keepdims=True)) + most).sum(
            axis=axis
        )


def truth(emissions, labels, transitions, start, end) -> Truth:
    """Return what is true of the sentence with emissions `[T, K]` and labels `[T]`."""
    emissions, transitions, start, end = (
        np.asarray(x, np.float64) for x in (emissions, transitions, start, end)
    )
    T, K = emissions.shape
    before, best, behind = np.empty((T, K)), np.empty((T, K)), np.empty((T, K))
    before[0] = best[0] = start + emissions[0]
    behind[-1] = end
    for t in range(1, T):
        before[t] = log_sum(before[t - 1][:, None] + transitions, 0) + emissions[t]
        best[t] = (best[t - 1][:, None] + transitions).max(0) + emissions[t]
    for t in range(T - 1, 0, -1):
        behind[t - 1] = log_sum(transitions + emissions[t] + behind[t], 1)
    log_partition = float(log_sum(before[-1] + end, 0))
    marginals = np.exp(before + behind - log_partition)
    gold = np.eye(K)[labels]
    of_transitions = np.zeros((K, K))
    for t in range(1, T):
        arriving = (emissions[t] + behind[t])[None] - log_partition
        of_transitions += np.exp(before[t - 1][:, None] + transitions + arriving)
        of_transitions[labels[t - 1], labels[t]] -= 1
    return Truth(
        log_partition,
        path_score(emissions, labels, transitions, start, end),
        float((best[-1] + end).max()),
        marginals,
        marginals - gold,
        of_transitions,
        (marginals - gold)[0],
        (marginals - gold)[-1],
    )


def path_score(emissions, labels, transitions, start, end) -> float:
    """Return the score of a label path in double precision."""
    emissions, transitions, start, end = (
        np.asarray(x, np.float64) for x in (emissions, transitions, start, end)
    )
    labels = np.asarray(labels)
    steps = transitions[labels[:-1], labels[1:]].sum()
    own = emissions[np.arange(len(labels)), labels].sum()
    return float(start[labels[0]] + own + steps + end[labels[-1]])


def chain_of(kind, draw, K):
    """Return transitions, start and end scores of a kind."""
    transitions, start, end = (draw.normal(0, 1, s) for s in ((K, K), K, K))
    if kind == "high":
        transitions += 30
    elif kind == "unlikely":
        transitions[draw.random((K, K)) < 0.5] = -100
    elif kind == "far apart":
        transitions *= 100
    elif kind == "forbidden":
        transitions[draw.random((K, K)) < 0.5] = NEVER
        np.fill_diagonal(transitions, draw.normal(0, 1, K))
        transitions[:, 0] = 0.5
        start[1:3] = end[3:] = NEVER
    return tuple(x.astype(np.float32) for x in (transitions, start, end))
