"""From data sets to matrices: vocabularies, indices, and the cache under `pkl/`.

A published face: it is long because the original tool put these names into one module.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

import numpy as np

from util import features
from util.CoNLL import ValTransformation, readCoNLL
from util.corpus import cache, invalid_tags, partial, prepared, tagcolumns
from util.corpus.checking.check import brief, check_sentences, refuse
from util.corpus.columns import Columns
from util.corpus.datasets import Dataset, MissingData, read_split, split_files
from util.corpus.definition import check_definition
from util.features import Memo, addCasingInformation, addCharInformation
from util.modelpaths import in_file_names
from util.WordEmbeddings import (
    PADDING_TOKEN,
    UNKNOWN_TOKEN,
    forms,
    random_vector,
    read_vectors,
    vocabulary_form,
    word_index,
)

logger = logging.getLogger(__name__)

__all__ = [
    "addCasingInformation",
    "addCharInformation",
    "createMatrices",
    "loadDatasetPickle",
    "perpareDataset",
    "prepareDataset",
    "readCoNLL",
]

Mappings = dict[str, dict[str, int]]
Row = dict[str, list]

MOST_NEW_WORDS = 10_000
_WORD_COLUMNS = ("tokens", "casing", "characters")


def perpareDataset(
    embeddingsPath: str | Mapping[str, Dataset] | None,
    datasets: Mapping[str, Dataset] | bool | None = None,
    frequencyThresholdUnknownTokens: int | None = 50,
    reducePretrainedEmbeddings: bool = False,
    valTransformations: ValTransformation | None = None,
    padOneTokenSentence: bool = True,
    elsewhere: str | None = None,
) -> str:
    """Read data sets and word vectors and store them as indices and matrices.

    The result is kept under `pkl/`, named by everything that determines it; a second
    call with the same files and options returns at once. (`prepareDataset` is the
    same function; this spelling is the original tool's.)

    `perpareDataset(datasets, padOneTokenSentence=True)` prepares data for `ELMoBiLSTM`,
    which has its word vectors from elsewhere; `loadDatasetPickle` then returns no
    vectors.

    Args:
        embeddingsPath: File of word vectors, or None: the vocabulary is then
            the training words, whose vectors the model draws and trains.
        datasets: The data sets by name, as the README describes them.
        frequencyThresholdUnknownTokens: Training words that the vectors lack get a
            vector of their own if they occur at least this often; None: none do.
        reducePretrainedEmbeddings: Keep only the vectors of words in the data.
        valTransformations: May rewrite each value that is read; called with the
            column's name, the value and the columns of the line.
        padOneTokenSentence: Pad sentences of one token to two.
        elsewhere: Where the result goes if `pkl/` cannot be written; by default among
            the user's caches.

    Returns:
        The path of the file to give to `loadDatasetPickle`.

    Raises:
        ValueError: A file or definition is wrong; the message says which and where.
    """
    without_vectors = isinstance(embeddingsPath, Mapping)
    if without_vectors:
        if datasets is not None:
            padOneTokenSentence = datasets
        embeddingsPath, datasets = None, embeddingsPath
    for name, dataset in datasets.items():
        check_definition(name, dataset)
    if embeddingsPath is not None and not os.path.isfile(embeddingsPath):
        raise MissingData(embeddingsPath, vectors=True)
    files = {name: split_files(name, dataset) for name, dataset in datasets.items()}
    options = {
        "datasets": {
            name: {
                "columns": sorted(dataset["columns"].items()),
                "label": dataset["label"],
                "commentSymbol": dataset.get("commentSymbol"),
                "splits": list(files[name]),
                **invalid_tags.options(dataset),
                **tagcolumns.options(dataset),
                **({partial.KEY: True} if partial.is_partial(dataset) else {}),
            }
            for name, dataset in datasets.items()
        },
        "threshold": frequencyThresholdUnknownTokens,
        "reduce": reducePretrainedEmbeddings,
        "pad": padOneTokenSentence,
        "transformed": valTransformations is not None,
        "vectors": embeddingsPath is not None,
    }
    if without_vectors:
        options["vectors from elsewhere"] = True
    paths = [path for splits in files.values() for path in splits.values()]
    key = cache.content_key(options, paths + [embeddingsPath] * options["vectors"])
    vectors = os.path.basename(embeddingsPath or "no_vectors")
    name = f"{_in_a_path('_'.join(datasets), 80)}_{_in_a_path(vectors, 40)}_{key}.pkl"
    path = cache.found(name, elsewhere)
    if valTransformations is None and path:
        logger.info("Prepared data found: %s", path)
        return path

    sentences = {
        name: {
            split: _read(file, name, datasets[name], valTransformations, split)
            for split, file in files[name].items()
        }
        for name in datasets
    }
    report = check_sentences(datasets, files, sentences)
    refuse(report)
    for line in brief(report):
        logger.warning("%s", line)
    embeddings, words = _words(
        embeddingsPath,
        sentences,
        frequencyThresholdUnknownTokens,
        reducePretrainedEmbeddings,
    )
    mappings = _mappings(words, datasets, sentences)
    row = _row_of_words(sentences, mappings)
    content = prepared.pack(row, sentences, mappings, padOneTokenSentence)
    if not without_vectors:
        content["embeddings"] = embeddings
    path = cache.place(name, elsewhere)
    cache.store(path, content)
    logger.info("Prepared data stored: %s", path)
    return path


prepareDataset = perpareDataset


def loadDatasetPickle(embeddingsPickle: str) -> tuple:
    """Load what `perpareDataset` stored.

    Returns:
        The word vectors `[V, D]` (None without a vector file), the mappings from
        values to indices, and per data set the rows of `trainMatrix`, `devMatrix`
        and `testMatrix`. The last two alone for data prepared without vectors. From
        about a million tokens on, rows are no lists, but sequences that make each row
        when it is asked for: `list(rows)` before rows are changed.

    Raises:
        ValueError: The file is not one of prepared data.
    """
    content = cache.load(embeddingsPickle)
    try:
        data = PreparedData(prepared.unpack(content), content["mappings"])
    except ValueError as error:
        raise ValueError(
            f"{embeddingsPickle}: not a file of prepared data ({error}). Delete it and "
            "prepare the data again."
        ) from None
    if "embeddings" not in content:
        return content["mappings"], data
    return content["embeddings"], content["mappings"], data


class PreparedData(dict):
    """The rows of each data set, and the mappings that their indices refer to."""

    def __init__(
        self, data: Mapping[str, dict[str, Sequence[Row]]], mappings: Mappings
    ):
        super().__init__(data)
        self.mappings = mappings


def createMatrices(
    sentences: Iterable[Mapping[str, Sequence]],
    mappings: Mapping[str, Mapping[str, int]],
    padOneTokenSentence: bool = True,
) -> list[Row]:
    """Turn sentences into rows of indices.

    Args:
        sentences: Columns of values by name, `tokens` among them.
        mappings: The index of each value, by column.
        padOneTokenSentence: Append a padding token (index 0 in every column) to
            sentences of one token.

    Returns:
        One dictionary per sentence: for every key of `mappings` the list of indices
        (empty where the sentence lacks the column), and `raw_tokens`. `characters`
        holds one list per token; equal words share it. A value that its mapping
        lacks gets the index behind the last, as an `UnseenValue`.
    """
    return index_rows(sentences, mappings, padOneTokenSentence, UnseenValue)


class UnseenValue(int):
    """The index of a value that its mapping lacks, which remembers the value."""

    def __new__(cls, index: int, value: str):
        self = super().__new__(cls, index)
        self.value = value
        return self

    def __getnewargs__(self) -> tuple[int, str]:
        return int(self), self.value


def index_rows(
    sentences: Iterable[Mapping[str, Sequence]],
    mappings: Mapping[str, Mapping[str, int]],
    padOneTokenSentence: bool,
    remember: Callable[[int, str], int] | None = None,
    of_words: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Row]:
    """Return what `createMatrices` does.

    Args:
        sentences, mappings, padOneTokenSentence: See there.
        remember: Makes indices of unseen values.
        of_words: By column, what stands there for each word, if that is known already.
    """
    of_words = of_words or {}
    words = Memo(lambda word: word_index(word, mappings.get("tokens", {})))
    alphabet = mappings.get("characters", {})
    spelled = Memo(lambda characters: features.spelled(characters, alphabet))
    rows = []
    for sentence in sentences:
        tokens = features.tokens_of(sentence)
        row: Row = {"raw_tokens": tokens}
        for name, mapping in mappings.items():
            if name in of_words:
                row[name] = list(map(of_words[name].__getitem__, tokens))
            elif name not in sentence:
                row[name] = []
            elif name == "tokens":
                row[name] = list(map(words.__getitem__, tokens))
            elif name == "characters":
                row[name] = list(map(spelled.__getitem__, map(tuple, sentence[name])))
            else:
                unseen = len(mapping)
                values = sentence[name]
                row[name] = [mapping.get(value, unseen) for value in values]
                if remember is not None and unseen in row[name]:
                    row[name] = [
                        remember(unseen, value) if index == unseen else index
                        for index, value in zip(row[name], values)
                    ]
            if padOneTokenSentence and len(row[name]) == 1:
                row[name].append([0] if name == "characters" else 0)
        rows.append(row)
    return rows


def reindex(
    rows: Iterable[Row],
    source: Mapping[str, Mapping[str, int]],
    target: Mapping[str, Mapping[str, int]],
    labels: Iterable[str],
) -> list[Row]:
    """Rewrite rows from the indices of one mapping to those of another.

    Words and characters are looked up anew from `raw_tokens`.

    Args:
        rows: Rows made with the mappings `source`.
        source, target: The index of each value, by column.
        labels: Columns to predict: every value of theirs must be in `target`.

    Raises:
        ValueError: Labels that `target` lacks; the message names them.
    """
    rows = list(rows)
    padded = any(len(row["tokens"]) > len(row["raw_tokens"]) for row in rows)
    values = {
        column: {index: value for value, index in mapping.items()}
        for column, mapping in source.items()
        if column not in ("tokens", "characters")
    }
    sentences = []
    for row in rows:
        length = len(row["raw_tokens"])
        sentence = {"tokens": row["raw_tokens"]}
        for column, value in values.items():
            if row.get(column):
                sentence[column] = [value.get(i) for i in row[column][:length]]
        sentences.append(sentence)
    addCharInformation(sentences)
    for column in labels:
        found = {value for s in sentences for value in partial.known(s, column)}
        missing = sorted(map(str, found - set(target.get(column, ()))))
        if missing:
            raise ValueError(
                f"The model does not know these labels of '{column}': "
                f"{', '.join(missing[:20])}. Train a new model for them, or leave "
                "them out of the data."
            )
    return createMatrices(sentences, target, padded)


def _in_a_path(name: str, most: int) -> str:
    """Return a name without folders, and in at most so many bytes."""
    name = in_file_names(name).replace("\0", "_")
    return name.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _read(
    path: str,
    name: str,
    dataset: Dataset,
    transformation: ValTransformation | None,
    split: str,
) -> Columns:
    sentences = read_split(path, dataset, transformation, split == "train")
    if split == "train":
        invalid_tags.treat(path, name, dataset, sentences)
    return sentences


def _row_of_words(
    sentences: Mapping[str, Mapping[str, Columns]], mappings: Mappings
) -> Row:
    """Return the row of a sentence of all distinct words."""
    columns = (c.columns["tokens"] for s in sentences.values() for c in s.values())
    words = dict.fromkeys(word for column in columns for word in column.values)
    sentence = {"tokens": list(words)}
    addCharInformation([sentence])
    addCasingInformation([sentence])
    of_words = {name: mappings[name] for name in _WORD_COLUMNS}
    return index_rows([sentence], of_words, False)[0]


def _words(
    path: str | None,
    sentences: Mapping[str, Mapping[str, Columns]],
    threshold: int | None,
    reduce: bool,
) -> tuple[np.ndarray | None, dict[str, int]]:
    """Return the word vectors, if there is a file, and the index of each word."""
    counts: Counter = Counter()
    for splits in sentences.values():
        counts.update(splits["train"].columns["tokens"].counts())
    if path is None:
        normalised = dict.fromkeys(map(vocabulary_form, counts))
        words = [PADDING_TOKEN, UNKNOWN_TOKEN, *normalised]
        return None, {word: index for index, word in enumerate(dict.fromkeys(words))}
    wanted = None
    if reduce:
        everything = {
            token
            for splits in sentences.values()
            for split in splits.values()
            for token in split.columns["tokens"].values
        }
        wanted = {form for word in everything for form in forms(word)}
    vocabulary, vectors = read_vectors(path, wanted)
    _report_coverage(path, counts, vocabulary)
    if threshold is not None and threshold >= 0:
        new = _frequent_unknown_words(counts, vocabulary, threshold)
        for word in new:
            vocabulary[word] = len(vocabulary)
        if new:
            size = vectors.shape[1]
            added = np.stack([random_vector(word, size) for word in new])
            vectors = np.concatenate([vectors, added])
            logger.info("%d frequent words got a vector of their own.", len(new))
    return vectors, vocabulary


def _frequent_unknown_words(
    counts: Counter, vocabulary: Mapping[str, int], threshold: int
) -> list[str]:
    """Return normalised words that the vectors lack, the most frequent ones first."""
    unknown: Counter = Counter()
    for word, count in counts.items():
        if word_index(word, vocabulary) == features.UNKNOWN:
            unknown[vocabulary_form(word)] += count
    frequent = [word for word, count in unknown.most_common() if count >= threshold]
    return frequent[:MOST_NEW_WORDS]


def _report_coverage(path: str, counts: Counter, vocabulary: Mapping[str, int]) -> None:
    known = {
        word for word in counts if word_index(word, vocabulary) != features.UNKNOWN
    }
    words = len(known) / max(len(counts), 1)
    tokens = sum(counts[word] for word in known) / max(sum(counts.values()), 1)
    message = "%s covers %.1f %% of the training tokens and %.1f %% of their words."
    if tokens < 0.5:
        message += " THAT IS HARDLY ANY: are these vectors of the data's language?"
    level = logging.WARNING if tokens < 0.5 else logging.INFO
    logger.log(level, message, path, 100 * tokens, 100 * words)


def _mappings(
    words: dict[str, int],
    datasets: Mapping[str, Dataset],
    sentences: Mapping[str, Mapping[str, Columns]],
) -> Mappings:
    """Return the index of each value, by column.

    Labels come from every split, so that scores count labels that training lacks;
    characters and the values of other columns come from training alone.
    """
    alphabet = {"PADDING": features.PADDING, "UNKNOWN": features.UNKNOWN}
    mappings: Mappings = {
        "tokens": words,
        "casing": dict(features.CASING),
        "characters": alphabet,
    }
    labels = {dataset["label"] for dataset in datasets.values()}
    for name, dataset in datasets.items():
        splits = sentences[name]
        if dataset["label"] not in splits["train"].columns:
            raise ValueError(
                f"Data set '{name}' has no column '{dataset['label']}', its 'label'. "
                f"Its columns: {', '.join(sorted(dataset['columns'].values()))}"
            )
        for split, rows in splits.items():
            for column, (values, _) in rows.columns.items():
                if column in _WORD_COLUMNS:
                    continue
                mapping = mappings.setdefault(column, {})
                if partial.label_of(column) in labels:
                    partial.number_sets(values, mapping)
                elif split == "train" or column in labels:
                    if column in labels:
                        values = partial.known_values(rows, column)
                    for value in values:
                        mapping.setdefault(value, len(mapping))
        for word in splits["train"].columns["tokens"].values:
            for character in word:
                alphabet.setdefault(character, len(alphabet))
    return mappings
