"""Scores of old labels, before and after."""

from neuralnets.beginning.kept import compared
from util.corpus.partial import sets_column
from util.task import Task

LABELS = ("O", "B-NP", "I-NP", "B-VP")


def test_what_is_said_of_open_tokens_does_not_count():
    old, new = Task("t", "x_BIO", LABELS[:3]), Task("t", "x_BIO", LABELS)
    rows = [{"x_BIO": [1, 0, 0, 3], sets_column("x_BIO"): [0, 0, 5, 0]}]
    said = [["B-NP", "O", "B-NP", "B-VP"]]
    kept = compared("t", "dev", False, rows, old, new, said, said)
    assert (kept.before, kept.after, kept.new) == (1, 1, 1)
