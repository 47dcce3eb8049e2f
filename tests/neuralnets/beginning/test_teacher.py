"""What a stored model says around marks, against an enumeration of its label paths."""

import itertools

import numpy as np
import pytest

from neuralnets.beginning.teacher import Teacher

SENTENCES = ["The dog sees a cat", "Dog", "", "a cat likes"]
NEW = 3  # the old ones are O, B-NP and I-NP in some order
MARKS = [[None, None, NEW, None, None], [NEW], [], [None, NEW, NEW]]


@pytest.fixture(scope="module")
def teacher(without_vp):
    found = Teacher.loadModel(without_vp)
    assert len(found.tasks["old"].labels) == NEW
    return found


@pytest.fixture(scope="module")
def rows(teacher):
    return teacher.rows([sentence.split() for sentence in SENTENCES])


def truth(teacher, rows, marks):
    """Return labels and pairs, counted over the paths that say `O` at each mark."""
    table = teacher._new_table(rows)
    emissions = teacher._predict().emissions(["old"], table)["old"]
    transitions, start, end = teacher.heads["old"].chain
    outside = teacher.tasks["old"].labels.index("O")
    labels, pairs = [], np.zeros((len(rows), NEW + 1, NEW + 1))
    for number, (scores, own) in enumerate(zip(emissions, marks)):
        weights = {}
        for path in itertools.product(range(NEW), repeat=len(scores)):
            if any(m is not None and x != outside for x, m in zip(path, own)):
                continue
            score = sum(scores[t, x] for t, x in enumerate(path))
            score += sum(transitions[a, b] for a, b in zip(path, path[1:]))
            score += start[path[0]] + end[path[-1]] if path else 0
            became = tuple(x if m is None else m for x, m in zip(path, own))
            weights[became] = np.exp(np.float64(score))
        total = sum(weights.values())
        of_tokens = np.zeros((len(scores), NEW + 1))
        for path, weight in weights.items():
            for t, x in enumerate(path):
                of_tokens[t, x] += weight / total
            for a, b in zip(path, path[1:]):
                pairs[number, a, b] += weight / total
        labels.append(of_tokens)
    return np.concatenate(labels), pairs


@pytest.mark.parametrize("marks", [MARKS, [[None] * len(m) for m in MARKS]])
def test_targets_are_the_marginals_of_all_paths_that_agree(teacher, rows, marks):
    labels, pairs = truth(teacher, rows, marks)
    found = teacher.targets("old", rows, marks, NEW + 1)
    np.testing.assert_allclose(found.labels, labels, atol=1e-5)
    np.testing.assert_allclose(found.pairs, pairs, atol=1e-5)
    np.testing.assert_allclose(found.labels.sum(1), 1, atol=1e-5)


def test_labels_around_marks_are_the_marks_and_the_best_of_the_rest(teacher, rows):
    found = teacher.labels_around("old", rows, MARKS)
    assert [len(labels) for labels in found] == [5, 1, 0, 3]
    names = [*teacher.tasks["old"].labels, "new"]
    assert [names[x] for x in found[0]] == ["B-NP", "I-NP", "new", "B-NP", "I-NP"]
    assert found[1] == [NEW] and found[3][1:] == [NEW, NEW]
    free = teacher.labels_around("old", rows, [[None] * len(m) for m in MARKS])
    said = teacher.tagSentences(rows)["old"]
    assert [[names[x] for x in labels] for labels in free] == said
