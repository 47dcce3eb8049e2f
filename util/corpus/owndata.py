"""Somebody's own files as a data set: what their columns are, and a dev split."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Mapping, Sequence
from typing import Any

from util import tagschemes
from util.corpus import layouts, stylefinder
from util.corpus.datasets import (
    KNOWN_COLUMNS,
    MissingData,
    label_column,
    split_files,
)
from util.corpus.findings import Findings
from util.corpus.groups import read_groups
from util.corpus.lines import is_blank
from util.corpus.looking import counts_of, look, read_beginning
from util.corpus.ownlayout import OwnLayout, tag_style
from util.corpus.partial import UNKNOWN, known_counts
from util.files import atomic_path
from util.tagstyles import Style

logger = logging.getLogger(__name__)

# Fewer labels than this may be more than there are words in a small file.
_MOST_LABELS = 30


class Unclear(ValueError):
    """It is not sure what the columns are; the message has the flags to give.

    Attributes:
        columns, label, comment: What is probably right; no columns where nothing is.
        found: What the file holds, in words.
    """

    def __init__(self, layout: OwnLayout, label: str | None):
        self.found = f"{layout.path}: {layout.described()}"
        self.columns: dict[int, str] = {}
        self.label, self.comment = label, layout.comment
        wanted = layout.suggestion(label)
        if layout.token is None or wanted is None:
            super().__init__(
                f"{self.found} None of them "
                + ("holds labels." if layout.token is not None else "holds words.")
                + " Tabs or blanks must separate the columns; if they do, say what is "
                "in them, such as --columns 0:tokens,1:NER_BIO --label NER_BIO"
            )
            return
        column, self.label = wanted
        self.columns = dict(
            sorted({layout.token: "tokens", column: self.label}.items())
        )
        super().__init__(
            f"{self.found} Which columns are meant is not plain to see. Give them, "
            f"such as {self.flags()}"
        )

    def flags(self) -> str:
        """Return the flags that are probably right."""
        columns = ",".join(f"{i}:{name}" for i, name in self.columns.items())
        comment = f" --comment '{self.comment}'" if self.comment else ""
        return f"--columns {columns} --label {self.label}{comment}"


def define(
    path: str,
    label: str | None,
    columns: Mapping[int, str] | None = None,
    comment: str | None = None,
    styled: bool = False,
    partial: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Return the name and the definition of a data set for one task.

    Args:
        path: A folder with a training file, or that file.
        label: The column to predict; it gets the suffix `_BIO` if its values are tags.
        columns: The columns, None to look for them.
        comment: What comments begin with.
        styled: Whether the user says how the tags are written.
        partial: Whether the user says that labels are known in part.

    Returns:
        A name that tells data and label, such as `sample-chunk_BIO`; the definition.

    Raises:
        Unclear: It is not sure what the columns are: the error has the flags to give.
        ValueError: The data are missing, or cannot be read.
    """
    base = os.path.basename(os.path.normpath(path))
    dataset: dict[str, Any] = {"path": path}
    if os.path.isfile(path):
        dataset = {"path": os.path.dirname(path) or ".", "files": {"train": base}}
        base = os.path.splitext(base)[0]
    elif not os.path.isdir(path):
        raise MissingData(path)
    file = split_files(base, dataset)["train"]
    known = columns or KNOWN_COLUMNS.get(base)
    if known is None:
        known, label, comment = _found(file, label, comment)
    elif label is None:
        others = [name for name in known.values() if name != "tokens"]
        if len(others) != 1:
            raise ValueError(f"{path}: say what to predict: --label {_or(others)}")
        (label,) = others
    columns = dict(known)
    label = full_label(label, columns)
    at = label_column({"columns": columns, "label": label})
    if at is None:
        raise ValueError(
            f"{path}: --label {label}: there is no such column. There are: "
            f"{', '.join(columns.values())}. Name it in --columns."
        )
    counts = counts_of(read_beginning(file, columns, comment))
    token = layouts.token_column(columns)
    last = max(at, token)
    if last >= len(counts):
        raise ValueError(
            f"{file}: --columns names column {last}, but its first line has "
            f"{len(counts)}, counted from 0."
        )
    if len(counts[at]) > max(len(counts[token]), _MOST_LABELS):
        logger.warning(
            "%s: the labels in column %d have %d values, and the tokens in column %d "
            "have %d. Are the columns right (--columns)?",
            *(file, at, len(counts[at]), token, len(counts[token])),
        )
    values = known_counts(counts[at]) if partial else counts[at]
    style = tag_style(values)
    if partial and style is not None and style != Style():
        raise ValueError(
            f"{file}: its tags are in {stylefinder.title(style)}. Labels that are "
            "known in part (--partial) must be in BIO, IOB or IOBES: write them so."
        )
    if style is not None and not tagschemes.scheme_of(columns[at]):
        logger.info("%s: column %d holds tags: it is scored by spans.", file, at)
        label = columns[at] = f"{columns[at]}_BIO"
    if style is not None and style != Style() and not styled:
        logger.info(
            "%s: its tags are in %s; they are read so (--tag-style %s).",
            *(file, stylefinder.title(style), style),
        )
        if style.outside == UNKNOWN:
            logger.warning("If ? means that a label is not known, give --partial.")
        dataset["tagStyle"] = {columns[at]: str(style)}
    dataset.update(columns=columns, label=label, evaluate=True, commentSymbol=comment)
    return f"{base}-{label}", dataset


def with_dev(
    name: str, dataset: dict[str, Any], share: float, seed: int, folder: str
) -> dict[str, Any]:
    """Return a data set that has a dev split: its own, or sentences of its training.

    They are drawn by the seed, and stored in `folder/<name>_dev<share>_seed<seed>`.
    """
    files = split_files(name, dataset)
    if "dev" in files:
        return dataset
    comment = dataset["commentSymbol"]
    findings = Findings(files["train"], strict=False)
    groups = list(read_groups(files["train"], dataset["columns"], comment, findings))
    whole = [number for number, group in enumerate(groups) if group.rows]
    if len(whole) < 2:
        raise ValueError(
            f"{files['train']}: holds {len(whole)} sentence(s), of which none can be "
            "set aside as dev split. Put an empty line behind each sentence."
        )
    count = max(1, min(len(whole) - 1, round(share * len(whole))))
    # The first sentence has the header above it, which names the columns.
    drawn = set(random.Random(seed).sample(whole[1:], count))
    place = os.path.join(folder, f"{name}_dev{share:g}_seed{seed}")
    os.makedirs(place, exist_ok=True)
    for split, chosen in (("train", False), ("dev", True)):
        with atomic_path(os.path.join(place, f"{split}.txt")) as path:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                for number, group in enumerate(groups):
                    if (number in drawn) == chosen:
                        lines = [text for _, text in group.lines]
                        lines += [""] * (not is_blank(lines[-1]))
                        file.write("".join(f"{line}\n" for line in lines))
    logger.info(
        "There is no dev split: %d of %d sentences are set aside, in %s.",
        *(count, len(whole), place),
    )
    paths = {"train": "train.txt", "dev": "dev.txt"}
    if "test" in files:
        paths["test"] = os.path.abspath(files["test"])
    return {**dataset, "path": place, "files": paths}


def _found(
    path: str, label: str | None, comment: str | None
) -> tuple[dict[int, str], str, str | None]:
    """Return the columns of a file, the label and the sign of comments, if all is sure.

    Raises:
        Unclear: It is not.
    """
    layout = look(path, comment)
    at = None if label is None else layout.named(label)
    if label and at is None and len(layout.counts) == 2 and layout.token is not None:
        at = next(iter(layout.styles), None)
    if at is None or layout.token is None or layout.comment:
        raise Unclear(layout, label)
    scheme = layout.schemes.get(at, "")
    name = label if tagschemes.scheme_of(label) or not scheme else f"{label}_{scheme}"
    logger.info(
        "%s: %s Tokens are in column %d, %s in %d.",
        *(path, layout.described(), layout.token, name, at),
    )
    # The column is in the file's own scheme, and the label in the one asked for.
    column = f"{name.rsplit('_', 1)[0]}_{scheme}" if scheme else name
    return {layout.token: "tokens", at: column}, name, comment


def full_label(label: str, columns: Mapping[int, str]) -> str:
    """Return a label's name with the scheme of its column.

    >>> full_label("NER", {0: "tokens", 1: "NER_BIO"})
    'NER_BIO'
    """
    names = filter(tagschemes.scheme_of, columns.values())
    stems = {name.rsplit("_", 1)[0]: name for name in names}
    return label if label in columns.values() else stems.get(label, label)


def _or(names: Sequence[str]) -> str:
    return " or --label ".join(names)
