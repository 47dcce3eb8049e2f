"""Which label sequences a tag scheme allows, as arrays for a CRF."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neuralnets.batches.table import Row, SentenceTable
from neuralnets.keraslayers.parts import Chain
from neuralnets.tagging.tagpairs import pairs
from util import tagschemes
from util.corpus.checking.report import plural
from util.corpus.checking.tags import describe
from util.corpus.datasets import Dataset
from util.corpus.invalid_tags import advice, find_in_file
from util.task import Task

if TYPE_CHECKING:
    from neuralnets.heads import Head

logger = logging.getLogger(__name__)

KEY = "constrainTransitions"


class CannotConstrain(ValueError):
    """The network or its labels leave nothing to constrain, or no way through."""


class Broken(NamedTuple):
    """Training labels that a scheme does not allow.

    Attributes:
        count: How many there are.
        sentence, token: Where the first one is, from 0.
        before, after: The labels there, None outside of the sentence.
    """

    count: int
    sentence: int
    token: int
    before: str | None
    after: str | None


def allowed(labels: Sequence[str], scheme: str) -> Chain:
    """Return which transitions, first and last labels a scheme allows, as booleans.

    Args:
        labels: The label of each index.
        scheme: A key of `tagschemes.SCHEMES`.

    Raises:
        CannotConstrain: There are sentences that these labels cannot tag.
    """
    may = functools.partial(tagschemes.may_follow, scheme=scheme)
    chain = Chain(
        pairs([label or tagschemes.OUTSIDE for label in labels], may),
        np.array([may(None, label) for label in labels], bool),
        np.array([may(label, None) for label in labels], bool),
    )
    # A label that is a sentence of its own may be repeated, in every scheme.
    if not np.any(chain.start & chain.end & np.diag(chain.transitions)):
        raise CannotConstrain(
            f"`{KEY}`: none of the labels {', '.join(map(str, labels))[:200]} can "
            f"stand alone in {scheme}, so a sentence of one token has no valid label. "
            "Name the scheme of the column rightly, or leave the parameter off."
        )
    unused = [label for label, used in zip(labels, _used(chain)) if not used]
    if unused:
        logger.warning(
            "`%s`: in %s these labels can never occur, for labels that belong to them "
            "are missing: %s",
            *(KEY, scheme, ", ".join(unused)),
        )
    return chain


def constrain(heads: Mapping[str, Head], tasks: Mapping[str, Task]) -> dict[str, Chain]:
    """Forbid CRFs what the tag schemes of their labels do not allow.

    Args:
        heads: The head of each task.
        tasks: What they predict.

    Returns:
        What is allowed, by constrained task.

    Raises:
        CannotConstrain: No task has a CRF, or labels leave sentences without a path.
    """
    if not any(head.chain is not None for head in heads.values()):
        raise CannotConstrain(
            f"`{KEY}` needs a CRF, and Softmax is none. Set `classifier` to 'CRF', or "
            "leave the parameter off."
        )
    constrained = {}
    for name, head in heads.items():
        scheme = tasks[name].scheme
        if scheme is None:
            continue
        if head.chain is not None:
            constrained[name] = head.allowed = allowed(tasks[name].labels, scheme)
        else:
            logger.warning("`%s` has no effect on the Softmax of '%s'.", KEY, name)
    if not constrained:
        logger.warning(
            "`%s` has no effect: no CRF predicts a column whose name ends in %s.",
            *(KEY, " or ".join(f"_{scheme}" for scheme in tagschemes.SCHEMES)),
        )
    return constrained


def check_training(
    name: str,
    dataset: Dataset,
    rows: Sequence[Row],
    table: SentenceTable,
    labels: Sequence[str],
    chain: Chain,
) -> None:
    """Raise if training labels are not allowed: their loss would be infinite.

    Args:
        name: The data set.
        dataset: Its definition.
        rows: The training sentences.
        table: The same, in columns.
        labels: The label of each index.
        chain: What is allowed.

    Raises:
        ValueError: The message says where, as file:line if the file is still there.
    """
    column = dataset["label"]
    sentence = np.repeat(np.arange(len(table)), table.lengths)
    # Labels that are known in part are looked at elsewhere.
    complete = np.ones(len(table), bool)
    complete[sentence[~table.whole(column)]] = False
    gold = table.token_columns[column][complete[sentence]]
    broken = find_broken(gold, table.lengths[complete], labels, chain)
    if broken is None:
        return
    number = int(np.flatnonzero(complete)[broken.sentence])
    broken = broken._replace(sentence=number)
    row = rows[broken.sentence]
    place = find_in_file(name, dataset, broken.sentence, row, broken.token)
    words = " ".join(row.get("raw_tokens", ())[:8])
    raise ValueError(
        (f"{place}: " if place else "")
        + f"{describe(broken.before, broken.after)}, in sentence {broken.sentence + 1} "
        f"of data set '{name}' ({words} ...). {tagschemes.scheme_of(column)} does not "
        f"allow that, so with `{KEY}` it has no probability; "
        f"{plural(broken.count, 'such label')} in the training data. "
        f"{advice(name, dataset)}"
    )


def find_broken(
    labels: np.ndarray, lengths: np.ndarray, names: Sequence[str], chain: Chain
) -> Broken | None:
    """Return the first label that is not allowed, None if there is none.

    Args:
        labels: Label indices of all sentences, one behind the other, `[N]`.
        lengths: Tokens of each sentence, `[S]`.
        names: The label of each index.
        chain: What is allowed.
    """
    if not len(labels):
        return None
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    first = np.diff(sentence, prepend=-1) > 0
    last = np.diff(sentence, append=len(lengths)) > 0
    before = np.roll(labels, 1)
    entered = np.where(first, chain.start[labels], chain.transitions[before, labels])
    left = ~last | chain.end[labels]
    broken = np.flatnonzero(~entered | ~left)
    if not len(broken):
        return None
    at = broken[0]
    pair = (None if first[at] else names[before[at]], names[labels[at]])
    if entered[at]:
        pair = names[labels[at]], None
    token = at - np.flatnonzero(first & (sentence == sentence[at]))[0]
    count = np.count_nonzero(~entered) + np.count_nonzero(~left)
    return Broken(int(count), int(sentence[at]), int(token), *pair)


def _used(chain: Chain) -> np.ndarray:
    """Return which labels lie on a path from a start to an end, `[K]` booleans."""
    return _spread(chain.start, chain.transitions) & _spread(
        chain.end, chain.transitions.T
    )


def _spread(reached: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return what some steps lead to, from what is reached."""
    while True:
        further = reached | (reached @ steps)
        if np.array_equal(further, reached):
            return reached
        reached = further
