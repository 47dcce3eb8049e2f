"""Which column of CoNLL-U gets the labels of a task."""

from __future__ import annotations

import re
from collections.abc import Sequence

from util.task import Task

MISC = "MISC"
UPOS = frozenset(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB "
    "X _".split()
)
# Fewer labels could be those of anything.
_LEAST_UPOS = 3
_POS = re.compile(r"(?<![a-z])[a-z]?pos(?:tags?)?(?![a-z])")


def target_of(task: Task) -> str:
    """Return the column that the labels of a task belong in.

    >>> target_of(Task("words", "POS", ("NN", "VBZ"))), target_of(Task("x", "NER", ()))
    ('XPOS', 'MISC')
    """
    names = f"{task.label} {task.name}".lower()
    if task.scheme is not None:
        return MISC
    for name in ("upos", "xpos"):
        if name in names:
            return name.upper()
    universal = UPOS.issuperset(task.labels) and len(task.labels) >= _LEAST_UPOS
    if _POS.search(names.replace("_", " ")):
        return "UPOS" if universal else "XPOS"
    return "UPOS" if universal else MISC


def targets_of(tasks: Sequence[Task], column: str | None = None) -> dict[str, str]:
    """Return the column of each task.

    Args:
        tasks: The tasks.
        column: UPOS, XPOS or MISC; None: by the name and labels of each task. UPOS and
            XPOS hold one task; then others go into MISC.

    Raises:
        ValueError: Labels cannot stand there.
    """
    targets: dict[str, str] = {}
    for task in tasks:
        target = column or target_of(task)
        if target != MISC and target in targets.values():
            if column:
                raise ValueError(
                    f"--conllu-column {column} holds the tags of one task, but there "
                    f"are {', '.join(t.name for t in tasks)}. Say --conllu-column MISC."
                )
            target = MISC
        targets[task.name] = target
        odd = next((label for label in task.labels if " " in label), None)
        if odd and target != MISC:
            raise ValueError(
                f"The label {odd!r} holds a blank, which {target} must not. Say "
                "--conllu-column MISC."
            )
    return targets


def keys_of(tasks: Sequence[Task]) -> dict[str, str]:
    """Return the key of each task in MISC: its column, or its name if that is shared.

    `NER_BIO` becomes `NER`.
    """
    stems = {t.name: t.label.removesuffix(f"_{t.scheme}") for t in tasks}
    shared = len(set(stems.values())) < len(stems)
    return {
        name: re.sub(r"[\s|=]", "_", name if shared else stem)
        for name, stem in stems.items()
    }
