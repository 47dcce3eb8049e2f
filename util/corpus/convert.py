"""Writes the files of a data set anew, with its tags in one of our schemes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from util import tagschemes
from util.corpus import tagcolumns
from util.corpus.datasets import Dataset, split_files
from util.corpus.groups import first_width, read_groups
from util.files import atomic_path

_VALUE = re.compile(r"[^ \r\v\f]+")


def convert_files(name: str, dataset: Dataset, folder: str) -> list[str]:
    """Write every split of a data set into a folder; only tags change.

    Args:
        name: The data set.
        dataset: Its definition, with a `'tagStyle'`.
        folder: Where the files go, under the names that they have.

    Returns:
        The paths of the new files.

    Raises:
        ValueError: A file of that name stands there, or a column holds what is no tag
            in the style. Nothing is written then.
    """
    texts: dict[str, str] = {}
    for path in split_files(name, dataset).values():
        target = os.path.join(folder, os.path.basename(path))
        if target in texts or os.path.lexists(target):
            raise ValueError(
                f"{target}: is there already, and nothing is overwritten. Name another "
                "folder with --output."
            )
        texts[target] = _converted(path, dataset)
    os.makedirs(folder, exist_ok=True)
    for target, text in texts.items():
        with atomic_path(target) as temporary:
            with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
    return list(texts)


def _converted(path: str, dataset: Dataset) -> str:
    columns, comment = dataset["columns"], dataset.get("commentSymbol")
    width = first_width(path, columns, comment)
    columns = {index: column for index, column in columns.items() if index < width}
    tags = {i: column for i, column in columns.items() if tagschemes.scheme_of(column)}
    texts: list[str] = []
    sentences: list[dict[str, list[str]]] = []
    places: list[list[tuple[int, int]]] = []  # of each token: line number, text
    for group in read_groups(path, columns, comment):
        if group.rows:
            values = {
                column: [row[i] for row in group.rows] for i, column in tags.items()
            }
            sentences.append(values)
            at = [len(texts) + place for place in group.at]
            places.append(list(zip(group.numbers(), at)))
        texts += [text for _, text in group.lines]
    styles = tagcolumns.styles_of(columns.values(), tagcolumns.choice(dataset, columns))
    try:
        tagcolumns.treat(sentences, styles)
    except tagcolumns.NotATag as error:
        number, _ = places[error.sentence][error.token]
        raise ValueError(f"{path}:{number}: {error}") from None
    for sentence, lines in zip(sentences, places):
        for position, (_, at) in enumerate(lines):
            values = {i: sentence[column][position] for i, column in tags.items()}
            texts[at] = _with_values(texts[at], values)
    return "".join(text + "\n" for text in texts)


def _with_values(line: str, values: Mapping[int, str]) -> str:
    """Return a line with other values in some columns, its separators kept.

    >>> _with_values("New  York U-LOC", {2: "B-LOC"})
    'New  York B-LOC'
    """
    if "\t" in line:
        row = line.split("\t")
        for index, value in values.items():
            row[index] = value
        return "\t".join(row)
    found = list(_VALUE.finditer(line))
    for index in sorted(values, reverse=True):
        start, end = found[index].span()
        line = line[:start] + values[index] + line[end:]
    return line
