"""The stored model as a teacher: what it says of sentences in which new labels stand.

A token that is marked with a new label is none of the old labels. So the teacher is
asked under the condition that it says `O` there, where it has an `O`; what it says of
the other tokens then goes with the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import numpy as np

from neuralnets.batches.minibatches import tagging_batches
from neuralnets.batches.softtargets import SoftTargets
from neuralnets.batches.table import Row
from neuralnets.inference.best_paths import viterbi
from neuralnets.inference.chains import free_chain
from neuralnets.inference.pairs import pairs
from neuralnets.inference.posterior import marginals, posterior
from neuralnets.inference.tagger import StoredTagger
from util.tagschemes import OUTSIDE

# Of a sentence the index of the new label that each token is marked with, or None.
Marks = Sequence[Union[int, None]]


class Teacher(StoredTagger):
    """A stored model that says what the old labels are."""

    def labels_around(
        self, name: str, rows: Sequence[Row], marks: Sequence[Marks]
    ) -> list[list[int]]:
        """Return the best label of each token, that of its mark where it has one.

        Args:
            name: The task.
            rows: Sentences, in the teacher's own indices.
            marks: Theirs.
        """
        labels = self.tasks[name].labels
        pinned = None
        if OUTSIDE in labels:
            pinned = {
                name: [[None if n is None else OUTSIDE for n in own] for own in marks]
            }
        index = {label: number for number, label in enumerate(labels)}
        return [
            [index[x] if mark is None else mark for x, mark in zip(found, own)]
            for found, own in zip(self.tagSentences(rows, pinned)[name], marks)
        ]

    def targets(
        self, name: str, rows: Sequence[Row], marks: Sequence[Marks], size: int
    ) -> SoftTargets:
        """Return the probabilities of labels; a mark is certain.

        Args:
            name: The task.
            rows: Sentences, in the teacher's own indices.
            marks: Theirs.
            size: How many labels there are, the new ones included.
        """
        table = self._new_table(rows)
        emissions = self._predict().emissions([name], table)[name]
        chain = self.heads[name].chain
        old = len(self.tasks[name].labels)
        labels = np.zeros((int(table.lengths.sum()), size), np.float32)
        width = 0 if chain is None else size  # no chain asks for pairs
        counts = np.zeros((len(table), width, width), np.float32)
        for chosen in tagging_batches(table.lengths, 2048):
            lengths = table.lengths[chosen]
            given = np.zeros((len(chosen), lengths.max(), old), np.float32)
            marked = np.full(given.shape[:2], -1)
            for row, at in enumerate(chosen):
                given[row, : lengths[row]] = emissions[at]
                own = [-1 if mark is None else mark for mark in marks[at]]
                marked[row, : len(own)] = own
            given = self._outside(name, given, marked)
            used = free_chain(old) if chain is None else chain
            best = viterbi(given, lengths, used)
            found = posterior(best, given, lengths, lengths, used)
            ways = _ways(marked, old)
            _spread(marginals(found), ways, chosen, lengths, table.offsets, labels)
            if chain is not None:
                for t, following in enumerate(pairs(found), 1):
                    places = chosen[:, None, None], ways[:, t - 1, :, None]
                    np.add.at(counts, (*places, ways[:, t, None]), following)
        return SoftTargets(labels, counts)

    def _outside(self, name, emissions, marked):
        """Forbid at marked tokens all labels but `O`, where there is one."""
        labels = self.tasks[name].labels
        if OUTSIDE not in labels:
            return emissions
        others = np.arange(len(labels)) != labels.index(OUTSIDE)
        forbidden = (marked >= 0)[..., None] & others
        return np.where(forbidden, np.float32(-np.inf), emissions)


def _ways(marked: np.ndarray, old: int) -> np.ndarray:
    """Return what each old label becomes at each token, `[B, T, K]`."""
    return np.where(marked[..., None] >= 0, marked[..., None], np.arange(old))


def _spread(probabilities, ways, chosen, lengths, offsets, into):
    """Add probabilities `[B, T, K]` to the labels that theirs become, `[N, K']`."""
    for row, at in enumerate(chosen):
        n = lengths[row]
        places = offsets[at] + np.arange(n)[:, None]
        np.add.at(into, (places, ways[row, :n]), probabilities[row, :n])
