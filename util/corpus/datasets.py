"""Where the files of a data set are, and what is in their columns."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from util import tagschemes
from util.CoNLL import ValTransformation, read_columns
from util.corpus import partial, tagcolumns
from util.corpus.groups import first_width, line_of

if TYPE_CHECKING:
    from util.corpus.columns import Columns

logger = logging.getLogger(__name__)

SPLITS = ("train", "dev", "test")

# What people call a split; `testa` and `testb` are CoNLL-2003's.
_WORDS = {
    "train": {"train", "training"},
    "dev": {"dev", "devel", "development", "val", "valid", "validation", "testa"},
    "test": {"test", "testing", "testb"},
}
_WORD = re.compile(r"[A-Z]?[^\WA-Z\d_]+|[A-Z]+(?![^\WA-Z\d_])")

Dataset = Mapping[str, Any]

# The columns of well-known public data, by folder name, so that `--data FOLDER` works.
KNOWN_COLUMNS: dict[str, dict[int, str]] = {
    "sample": {0: "tokens", 1: "POS", 2: "chunk_BIO", 3: "NER_BIO"},
    "conll2000_chunking": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
    "UD_English-EWT": {1: "tokens", 3: "POS"},
    "unidep_pos": {1: "tokens", 3: "POS"},
    "unidep_pos_german": {1: "tokens", 3: "POS"},
    "GermEval": {1: "tokens", 2: "NER_BIO", 3: "NER_inner_BIO"},
    "GermEval2014": {1: "tokens", 2: "NER_BIO", 3: "NER_inner_BIO"},
    "wnut17": {0: "tokens", 1: "NER_BIO"},
}


def split_files(name: str, dataset: Dataset) -> dict[str, str]:
    """Return the file of each split that a data set has.

    A split's file is the one under the key `'files'`, else `<split>.txt` in the data
    set's folder (`'path'`, or `data/<name>`), else the only file there with a word for
    the split in its name, as in `en_ewt-ud-dev.conllu` or `valid.txt`.

    Raises:
        ValueError: The folder, a named file or the training file is missing, or
            several files could be a split's.
    """
    folder = dataset.get("path") or os.path.join("data", name)
    named = dataset.get("files") or {}
    unknown = set(named) - set(SPLITS)
    if unknown:
        raise ValueError(
            f"The 'files' of data set '{name}' must be among {', '.join(SPLITS)}. "
            f"Received: {', '.join(sorted(unknown))}"
        )
    if not named and not os.path.isdir(folder):
        raise MissingData(folder)
    paths = {split: split_file(name, dataset, split) for split in SPLITS}
    found = {split: path for split, path in paths.items() if path}
    if "train" not in found:
        raise ValueError(
            f"{folder}: data set '{name}' has no training file there. Call it "
            "train.txt, or name it with 'files'."
        )
    return found


def split_file(name: str, dataset: Dataset, split: str) -> str | None:
    """Return the file of one split as `split_files` does, None if it is missing.

    So is a test split that the key `'test': False` puts out of sight.

    Raises:
        ValueError: A named file is missing, or several files could be the split's.
    """
    folder = dataset.get("path") or os.path.join("data", name)
    named = dataset.get("files") or {}
    if split == "test" and not dataset.get("test", True):
        return None
    if split not in named:
        return None if named else _only_file(folder, split)
    path = os.path.join(folder, named[split])
    if not os.path.isfile(path):
        path = named[split]
    if not os.path.isfile(path):
        raise ValueError(
            f"{path}: no such file, which data set '{name}' names in 'files'."
        )
    return path


class MissingData(ValueError):
    """A data set's folder or a file of word vectors does not exist.

    Attributes:
        has_lines: Its text has a command on a line of its own.
    """

    has_lines = True

    def __init__(self, path: str, vectors: bool = False):
        # Only now: what knows where data come from is of no use to other runs.
        from util.download.fetch import missing_data_message

        super().__init__(missing_data_message(path, vectors))


def read_split(
    path: str,
    dataset: Dataset,
    transformation: ValTransformation | None = None,
    labelled: bool = False,
) -> Columns:
    """Read one file of a data set, a sequence of sentences.

    A file whose first token line ends before the column of the label holds no labels:
    its sentences then lack that column. In a file that must be `labelled`, such as
    the training file, that line is an error like any other with too few columns.

    Raises:
        ValueError: As `readCoNLL`, or the file holds no sentences.
    """
    columns, comment = dataset["columns"], dataset.get("commentSymbol")
    label = label_column(dataset)
    if not (labelled or label is None) and first_width(path, columns, comment) <= label:
        logger.info("%s holds no labels '%s'.", path, dataset["label"])
        columns = {index: name for index, name in columns.items() if index != label}
    styles = tagcolumns.choice(dataset, columns)
    labels = [] if label is None else [dataset["columns"][label]]
    if partial.is_partial(dataset) and label in columns:
        tags = [name for name in columns.values() if tagschemes.scheme_of(name)]
        labels = list(dict.fromkeys([*labels, *tags]))  # of other tasks, too
        sentences = read_sets(path, columns, comment, labels, transformation, styles)
    else:
        sentences = read_columns(path, columns, comment, transformation, styles, labels)
    if not sentences:
        raise ValueError(f"{path}: holds no sentences. Is it the right file?")
    return sentences


def read_sets(
    path: str,
    columns: Mapping[int, str],
    comment: str | None,
    labels: Collection[str],
    transformation: ValTransformation | None = None,
    styles: tagcolumns.Choice = None,
) -> Columns:
    """Read a file in which some columns hold labels that are known in part.

    Args:
        path, columns, comment, transformation, styles: As for `readCoNLL`.
        labels: Those columns, as far as they are among `columns`.

    Raises:
        ValueError: As `readCoNLL`, or a value is no set of labels.
    """
    # Under these names nothing takes them for tags.
    sets = {label: partial.sets_column(label) for label in labels}
    columns = {i: sets.get(name, name) for i, name in columns.items()}
    named = transformation and (
        lambda name, *line: transformation(partial.label_of(name) or name, *line)
    )
    sentences = read_columns(path, columns, comment, named, styles, list(sets.values()))
    for label, column in sets.items() if sentences else ():
        try:
            partial.separate_columns(sentences, label)
        except partial.NoSet as error:
            *place, _ = sentences.place_of(column, [error.value])
            line = line_of(path, columns, comment, *place)
            raise ValueError(f"{path}:{line}: {error}") from None
    return sentences


def label_column(dataset: Dataset) -> int | None:
    """Return the index of the column that the label is read from.

    That of `x_IOBES` or `x_class` may be one called `x_BIO`. None if there is no such
    column.
    """
    label, columns = dataset["label"], dataset["columns"]
    told = _what_it_tells(label)
    others = [i for i, n in columns.items() if tagschemes.scheme_of(n)]
    found = [index for index, name in columns.items() if name == label]
    found += [index for index in others if _what_it_tells(columns[index]) == told]
    return found[0] if found else None


def leaking_columns(labels: Collection[str], columns: Collection[str]) -> set[str]:
    """Return the columns that tell what is to be predicted.

    Those are the labels themselves and the same tags in another scheme.

    >>> sorted(leaking_columns(["NER_BIO"], ["POS", "NER_BIO", "NER_class"]))
    ['NER_BIO', 'NER_class']
    """
    told = {_what_it_tells(label) for label in labels}
    return {column for column in columns if _what_it_tells(column) in told}


def _what_it_tells(column: str) -> tuple[str, bool]:
    """Return a column's name without the suffix that names a way to write tags."""
    column = partial.label_of(column) or column
    stem, _, suffix = column.rpartition("_")
    has_suffix = suffix in {*tagschemes.SCHEMES, "class"}
    return (stem if has_suffix else column), has_suffix


def _only_file(folder: str, split: str) -> str | None:
    """Return `<split>.txt`, else the one file with the split in its name, if any."""
    plain = os.path.join(folder, f"{split}.txt")
    if os.path.isfile(plain):
        return plain
    fitting = [
        file
        for file in sorted(os.listdir(folder))
        if split in _splits_named(file)
        and not file.startswith(".")
        and os.path.isfile(os.path.join(folder, file))
    ]
    if not fitting:
        return None
    named = _splits_named(fitting[0])
    if len(fitting) > 1 or len(named) > 1:
        several = f"{len(fitting)} files could be the {split} split"
        both = f"a file could be the {' and the '.join(named)} split"
        raise ValueError(
            f"{folder}: {several if len(fitting) > 1 else both} "
            f"({', '.join(fitting)}). Name it with 'files', or call it {split}.txt."
        )
    return os.path.join(folder, fitting[0])


def _splits_named(file: str) -> list[str]:
    """Return the splits that a file's name has a word for.

    `latest.txt` has none; `NER-Train.tsv` and `wnut17train.conll` have one.
    """
    words = {word.lower() for word in _WORD.findall(file)}
    return [split for split in SPLITS if words & _WORDS[split]]
