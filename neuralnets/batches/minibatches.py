"""Which sentences go together, and what a batch of them looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralnets.batches.table import SentenceTable
from neuralnets.inputs import Input
from neuralnets.inputs.layout import Chosen
from neuralnets.layernames import FORM_INDEX, LENGTHS, STEP_SEED
from neuralnets.randomness import of_share

# A batch's shortest sentence has at least this share of the longest one's tokens.
LEAST_FILLED = 0.8

NO_SEED = np.zeros(2, np.int32)


def training_batches(
    lengths: np.ndarray, size: int, generator: np.random.Generator
) -> list[np.ndarray]:
    """Group sentences of equal or neighbouring length at random, in random order.

    Args:
        lengths: Tokens of each sentence, `[S]`. Empty sentences are left out.
        size: Sentences per batch.
        generator: Where the randomness comes from.

    Returns:
        Indices of sentences; every sentence stands in one batch.
    """
    shuffled = generator.permutation(np.flatnonzero(lengths))
    batches = _cut(
        shuffled[np.argsort(lengths[shuffled], kind="stable")], lengths, size
    )
    return [batches[index] for index in generator.permutation(len(batches))]


def tagging_batches(
    lengths: np.ndarray, tokens: int = 8192, sentences: int = 8192
) -> list[np.ndarray]:
    """Group sentences of neighbouring length, about `tokens` per batch.

    Args:
        lengths: Tokens of each sentence, `[S]`.
        tokens, sentences: The most in a batch; a single sentence may be longer.

    Returns:
        Indices of sentences, the long ones first; empty sentences are left out.
    """
    order = np.flatnonzero(lengths)
    order = order[np.argsort(-lengths[order], kind="stable")]
    batches = []
    start = 0
    while start < len(order):
        size = max(min(tokens // int(lengths[order[start]]), sentences), 1)
        batches.append(order[start : start + size])
        start += size
    return batches


def _cut(order: np.ndarray, lengths: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut sentences in order of length into batches that hold little padding."""
    batches = []
    start = 0
    while start < len(order):
        stop = min(start + size, len(order))
        most = lengths[order[start]] / LEAST_FILLED
        stop = start + max(
            int(np.searchsorted(lengths[order[start:stop]], most, side="right")), 1
        )
        batches.append(order[start:stop])
        start = stop
    return batches


def make_batch(
    table: SentenceTable,
    chosen: np.ndarray,
    inputs: Sequence[Input],
    step_seed: np.ndarray = NO_SEED,
    task_id: int | None = None,
    rows: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return what the Keras model takes for some sentences.

    Args:
        table: The sentences.
        chosen: Indices of `B` sentences.
        inputs: The inputs of the network.
        step_seed: Seed `[2]` of the dropout masks.
        task_id: Number of the task, for sentences that do not say it themselves.
        rows: Which of the sentences to take; None: all. They are padded as all are.

    Raises:
        ValueError: The network needs the task's number, and nobody knows it.

    Returns:
        By input name: values of the `W` distinct word forms, or of `[B, T]` tokens;
        which form each token is; the sentences' lengths; the seed.
    """
    position, present = places_of(table, chosen)
    if rows is not None:
        step_seed = of_share(step_seed, len(chosen), rows)
        chosen, position, present = chosen[rows], position[rows], present[rows]
    forms, index = np.unique(table.form[position], return_inverse=True)
    batch = {
        FORM_INDEX: index.reshape(position.shape).astype(np.int32),
        LENGTHS: table.lengths[chosen],
        STEP_SEED: step_seed,
    }
    seen = Chosen(chosen, forms, position, present, task_id)
    for input_ in inputs:
        batch[input_.input_name] = input_.in_batch(table, seen)
    return batch


def seen_of(table: SentenceTable, chosen: np.ndarray) -> Chosen:
    """Return what inputs see of a batch of some sentences."""
    position, present = places_of(table, chosen)
    return Chosen(chosen, np.unique(table.form[position]), position, present, None)


def batch_labels(table: SentenceTable, chosen: np.ndarray, label: str) -> np.ndarray:
    """Return the gold labels `[B, T]` of some sentences, 0 in the padding."""
    position, present = places_of(table, chosen)
    return table.token_columns[label][position] * present


def places_of(
    table: SentenceTable, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the tokens of sentences stand, `[B, T]`, and which are real.

    Padding points to its sentence's first token.
    """
    lengths = table.lengths[chosen]
    steps = np.arange(lengths.max(initial=0), dtype=np.int32)
    present = steps < lengths[:, None]
    return table.offsets[chosen][:, None] + steps * present, present
