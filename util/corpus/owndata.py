"""Somebody's own files as a data set: what their columns are, and a dev split."""

from __future__ import annotations

import itertools
import logging
import os
import random
from collections import Counter
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
from util.corpus.lines import is_blank, numbered_lines
from util.files import atomic_path
from util.tagstyles import TYPES, Style

logger = logging.getLogger(__name__)

# So many sentences tell what the columns are.
_SENTENCES_SEEN = 2000


def define(
    path: str,
    label: str | None,
    columns: Mapping[int, str] | None = None,
    comment: str | None = None,
    styled: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Return the name and the definition of a data set for one task.

    Args:
        path: A folder with a training file, or that file.
        label: The column to predict; it gets the suffix `_BIO` if its values are tags.
        columns: The columns, None to look for them.
        comment: What comments begin with.
        styled: Whether the user says how the tags are written.

    Returns:
        A name that tells data and label, such as `sample-chunk_BIO`; the definition.

    Raises:
        ValueError: The data are missing, or it is not sure what the columns are: the
            error has the flags to give.
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
    counts = _counts(file, known or {}, comment)
    if known is None:
        known, label = _found(file, counts, label, comment)
    elif label is None:
        others = [name for name in known.values() if name != "tokens"]
        if len(others) != 1:
            raise ValueError(f"{path}: say what to predict: --label {_or(others)}")
        (label,) = others
    columns = dict(known)
    at = label_column({"columns": columns, "label": label})
    if at is None and label_column({"columns": columns, "label": f"{label}_BIO"}):
        label = f"{label}_BIO"
        at = label_column({"columns": columns, "label": label})
    if at is None:
        raise ValueError(
            f"{path}: --label {label}: there is no such column. There are: "
            f"{', '.join(columns.values())}. Name it in --columns."
        )
    last = max(at, layouts.token_column(columns))
    if last >= len(counts):
        raise ValueError(
            f"{file}: --columns names column {last}, but its first line has "
            f"{len(counts)}, counted from 0."
        )
    style = _tag_style(counts[at])
    if style is not None and not tagschemes.scheme_of(columns[at]):
        logger.info("%s: column %d holds tags: it is scored by spans.", file, at)
        label = columns[at] = f"{columns[at]}_BIO"
    if style is not None and style != Style() and not styled:
        logger.info(
            "%s: its tags are in %s; they are read so (--tag-style %s).",
            *(file, stylefinder.title(style), style),
        )
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


def _counts(
    path: str, columns: Mapping[int, str], comment: str | None
) -> list[Counter[str]]:
    """Return how often each value occurs in each column of a file's beginning."""
    findings = Findings(path, strict=False)
    groups = read_groups(path, columns, comment, findings, needed=1)
    seen = itertools.islice(groups, _SENTENCES_SEEN)
    rows = [row for group in seen for row in group.rows]
    if not rows:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    return [
        Counter(row[i] for row in rows if i < len(row)) for i in range(len(rows[0]))
    ]


def _tag_style(counts: Mapping[str, int]) -> Style | None:
    """Return the style of a column of tags, None for other values.

    Bare types could be anything, parts of speech included.
    """
    style = stylefinder.recognise(counts)
    if style is None or style.layout == TYPES:
        return None
    return style if set(counts) - {"O", style.outside, ""} else None


def _found(
    path: str, counts: Sequence[Counter[str]], label: str | None, comment: str | None
) -> tuple[dict[int, str], str]:
    """Return the columns of a file and the label, if they are plain to see."""
    layout, head = layouts.recognise(numbered_lines(path), {}, comment)
    at = layouts.conllu_column(layout.names, label or "")
    if at is not None:
        words = layouts.conllu_column(layout.names, "tokens")
        logger.info(
            "%s: CoNLL-U, tokens in column %d, %s in %d.", path, words, label, at
        )
        return {words: "tokens", at: label}, label
    tags = [i for i, column in enumerate(counts) if _tag_style(column) is not None]
    words = [
        i
        for i, column in enumerate(counts)
        if i not in tags and i != layout.ids and not stylefinder.numbers(column)
    ]
    token = max(words, key=lambda i: (len(counts[i]), -i), default=0)
    others = [i for i in range(len(counts)) if i not in (token, layout.ids)]
    odd = any(text.startswith("#") for _, text in head) and comment is None
    if label and len(counts) == 2 and len(tags) == 1 and token != tags[0] and not odd:
        logger.info(
            "%s: 2 columns, tokens in column %d, %s in %d.",
            *(path, token, label, tags[0]),
        )
        return {token: "tokens", tags[0]: label}, label
    names = {token: "tokens"}
    for i in others:
        names[i] = f"TAG{i}_BIO" if i in tags else f"COLUMN{i}"
    predicted = tags[0] if tags else next(iter(others), None)
    if predicted is None:
        raise ValueError(f"{path}: has a single column, so no labels to learn from.")
    names = {i: names[i] for i in sorted({token, predicted})}
    if label:
        names[predicted] = label
    raise ValueError(
        f"{path}: its columns are not plain to see. {_described(path, counts, tags)} "
        f"Give them, such as --columns {','.join(f'{i}:{n}' for i, n in names.items())}"
        f" --label {names[predicted]}"
        + (" --comment '#'" if odd and layout.ids is None else "")
    )


def _described(path: str, counts: Sequence[Counter[str]], tags: Sequence[int]) -> str:
    """Say what the columns of a file hold."""
    held = [
        f"{i}: {', '.join(v[:20] for v, _ in column.most_common(3))}"
        + (f" ({stylefinder.title(_tag_style(column))})" if i in tags else "")
        for i, column in enumerate(counts)
    ]
    _, head = layouts.recognise(numbered_lines(path), {}, None)
    tabs = "tabs" if any("\t" in text for _, text in head) else "blanks"
    documents = any(text.startswith(layouts.DOCUMENT) for _, text in head)
    return (
        f"It has {len(counts)} columns, separated by {tabs}"
        f"{', and lines -DOCSTART-' * documents}; they hold {'; '.join(held)}."
    )


def _or(names: Sequence[str]) -> str:
    return " or --label ".join(names)
