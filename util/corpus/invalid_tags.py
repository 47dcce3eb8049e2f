"""Training tags that break their scheme: kept, refused with file:line, or rewritten.

A data set says which under the key `'invalidTags'`. Only training tags are looked at:
those of dev and test are scored as they are.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from util import tagschemes
from util.corpus import tagcolumns
from util.corpus.checking.dataset import new_report
from util.corpus.checking.report import plural
from util.corpus.checking.tags import describe, invalid_pairs
from util.corpus.datasets import Dataset, label_column, split_files
from util.corpus.groups import line_of, read_groups

if TYPE_CHECKING:
    from util.corpus.columns import Columns

logger = logging.getLogger(__name__)

KEEP, ERROR, REPAIR = "keep", "error", "repair"


def options(dataset: Dataset) -> dict[str, str]:
    """Return the part of a definition that says what becomes of invalid tags."""
    choice = dataset.get("invalidTags", KEEP)
    return {} if choice == KEEP else {"invalidTags": choice}


def treat(path: str, name: str, dataset: Dataset, sentences: Columns) -> None:
    """Do what `'invalidTags'` asks for; `sentences` are changed in place.

    Args:
        path: The training file.
        name: The data set.
        dataset: Its definition.
        sentences: What was read from the file.

    Raises:
        ValueError: There are invalid tags, and the definition says `'error'`.
    """
    column = label_column(dataset)
    choice = dataset.get("invalidTags", KEEP)
    if choice == KEEP or column is None:
        return
    written = dataset["columns"][column]
    scheme = tagschemes.scheme_of(written)
    if scheme is None:
        return
    first, count, broken = None, 0, set()
    for place in _invalid(sentences.lists(written), scheme):
        first, count = first or place, count + 1
        broken.add(place[0])
    if choice == ERROR and first:
        number, position, pair = first
        where = path, dataset["columns"], dataset.get("commentSymbol")
        place = f"{path}:{line_of(*where, number, position)}"
        raise ValueError(
            f"{place}: {describe(*pair)}, which {scheme} does not allow; "
            f"{plural(count, 'such tag')} in this file. {advice(name, dataset)}"
        )
    # Labels in another scheme than the file's are read from it and always valid.
    if choice == REPAIR and first and written == dataset["label"]:
        numbers = itertools.count()
        sentences.convert(
            written,
            lambda tags: repair(tags, scheme) if next(numbers) in broken else tags,
        )
        logger.warning(
            "%s: %s that %s does not allow. Rewritten, as conlleval reads them, in %s.",
            *(path, plural(count, "tag"), scheme, plural(len(broken), "sentence")),
        )


def repair(tags: Sequence[str], scheme: str) -> list[str]:
    """Return the tags of a sentence with the same spans, validly written.

    Raises:
        ValueError: There is something else than tags.

    >>> repair(["O", "I-NP", "B-NP", "I-VP"], "BIO")
    ['O', 'B-NP', 'B-NP', 'B-VP']
    >>> repair(["I", "O"], "BIO")
    ['B', 'O']
    """
    tagcolumns.check(tags, f"_{scheme}")
    return tagschemes.rewrite(tags, scheme)


def advice(name: str, dataset: Dataset) -> str:
    """Return what to do about invalid tags, as sentences."""
    command = new_report(name, dataset).command
    return (
        f"Correct them, or set 'invalidTags': '{REPAIR}' in the definition of data set "
        f"'{name}' and prepare the data again."
    ) + (f" See where they are: {command}" if command else "")


def find_in_file(
    name: str,
    dataset: Dataset,
    number: int,
    row: Mapping[str, Sequence],
    position: int,
) -> str | None:
    """Return `file:line` of a token of a training sentence.

    Args:
        name: The data set.
        dataset: Its definition.
        number: Where the sentence stands in the file, from 0, if the data are those of
            the file.
        row: The sentence, its words under `raw_tokens`.
        position: The token, from 0.

    Returns:
        None if the file is not there any more, or holds other sentences.
    """
    try:
        path = split_files(name, dataset)["train"]
        for index, (lines, words) in enumerate(_numbered_sentences(path, dataset)):
            if index == number:
                same = words == list(row.get("raw_tokens", ()))
                return f"{path}:{lines[position]}" if same else None
    except (OSError, ValueError):
        pass
    return None


def _invalid(
    sentences: Iterable[Sequence[str]], scheme: str
) -> Iterator[tuple[int, int, tuple]]:
    """Yield sentence, token and the pair of tags of each tag that is not allowed."""
    known: dict[tuple, bool] = {}
    for number, tags in enumerate(sentences):
        for position, pair in enumerate(zip([None, *tags], [*tags, None])):
            if pair not in known:
                known[pair] = bool(invalid_pairs({pair: 1}, scheme))
            if known[pair]:
                yield number, min(position, len(tags) - 1), pair


def _numbered_sentences(
    path: str, dataset: Dataset
) -> Iterator[tuple[list[int], list[str]]]:
    """Yield the line numbers and the words of each sentence of a file."""
    columns = dataset["columns"]
    index = next(i for i, name in columns.items() if name == "tokens")
    for group in read_groups(path, columns, dataset.get("commentSymbol")):
        if group.rows:
            yield group.numbers(), [row[index] for row in group.rows]
