"""The sections of the page, in order."""

from __future__ import annotations

from typing import Callable, NamedTuple

from tagger.evaluation.report import TaskReport
from tagger.evaluation.webpage import errors, model, scores
from tagger.markup import Html


class Section(NamedTuple):
    """A section; `make` returns nothing where a task has nothing to show."""

    name: str
    title: str
    make: Callable[[TaskReport], Html]


SECTIONS = [
    Section("glance", "At a glance", scores.glance),
    Section("scores", "Scores by type", scores.scores),
    Section("confusion", "Which type is taken for which", scores.confusions),
    Section("groups", "Where it is easy and where it is hard", scores.by_property),
    Section("errors", "Most frequent errors", errors.errors),
    Section(
        "calibration", "How sure the tagger is, and how sure it can be", model.sureness
    ),
    Section(
        "transitions", "What the model learned about neighbours", model.transitions
    ),
    Section("learning", "How training went", model.learning),
]
