"""What reads each kind of file here, and what must hold when it succeeds.

A reader may raise a `ValueError` that names the file, or an `OSError`; nothing else.
"""

import os
import re

import numpy as np

from util.CoNLL import conllWrite, readCoNLL
from util.output.streams import read_blocks
from util.preprocessing import loadDatasetPickle, perpareDataset
from util.WordEmbeddings import read_vectors

COLUMNS = {0: "tokens", 1: "POS", 2: "chunk_BIO"}
DEFINITIONS = [
    (COLUMNS, None),
    ({1: "tokens", 3: "NER_IOBES"}, None),
    ({0: "tokens"}, "#"),
    ({1: "tokens", 4: "x_IOB"}, "-"),
]


def read(kind: str, path: str) -> None:
    """Read a file of a kind; raise an `AssertionError` for what must not happen."""
    with open(path, "rb") as file:
        before = file.read()
    try:
        _READERS[kind](path)
    finally:
        with open(path, "rb") as file:
            assert file.read() == before, "the file was changed"


def allowed(error: BaseException, path: str) -> bool:
    """Tell whether an error is one that the documentation promises."""
    if type(error) is ValueError or isinstance(error, UnicodeError):
        return os.path.basename(path) in str(error)
    return isinstance(error, (OSError, ValueError)) and type(error) is not UnicodeError


def column_file(path: str) -> None:
    """Read, write and prepare a column file, and go through it in blocks."""
    errors = []
    for columns, comment in DEFINITIONS:
        try:
            sentences = readCoNLL(path, columns, comment)
        except ValueError as error:
            errors.append(error)
            continue
        for sentence in sentences:
            assert len({len(values) for values in sentence.values()}) == 1
            assert sentence["tokens"]
        blocks = list(read_blocks(path, columns, comment, tokens=5))
        assert [s["tokens"] for _, block in blocks for s in block] == [
            s["tokens"] for s in sentences
        ]
        with open(path, "rb") as file:
            raw = re.split(rb"\r*\n|\r", file.read())
        raw = [line.decode() for line in raw[: -1 if raw[-1] == b"" else None]]
        lines = [line.text for block, _ in blocks for line, _ in block]
        assert lines[1:] == raw[1:], "lines were lost or changed"
        assert lines[:1] == [line.removeprefix("\ufeff") for line in raw[:1]]
        conllWrite(f"{path}.copy", sentences, list(columns.values()))
    dataset = {"columns": COLUMNS, "label": "chunk_BIO"}
    dataset["files"] = dict.fromkeys(("train", "dev"), os.path.abspath(path))
    try:
        prepared = perpareDataset(None, {"x": dataset})
    except ValueError as error:
        errors.append(error)
    else:
        loadDatasetPickle(prepared)
        os.unlink(prepared)
    if errors:
        raise next((e for e in errors if not allowed(e, path)), errors[0])


def vector_file(path: str) -> None:
    """Read all vectors of a file, and a few."""
    vocabulary, vectors = read_vectors(path)
    assert len(vocabulary) == len(vectors) >= 2
    assert sorted(vocabulary.values()) == list(range(len(vectors)))
    assert np.isfinite(vectors).all(), "there are values that are not finite"
    wanted = set(list(vocabulary)[:5])
    fewer, chosen = read_vectors(path, wanted)
    for word in wanted & fewer.keys():
        assert np.array_equal(chosen[fewer[word]], vectors[vocabulary[word]])


def prepared_file(path: str) -> None:
    """Load prepared data."""
    loadDatasetPickle(path)


def model_file(path: str) -> None:
    """Load a model and tag with it."""
    from h5cases import SENTENCES

    from neuralnets.BiLSTM import BiLSTM
    from util.features import addCasingInformation, addCharInformation
    from util.preprocessing import createMatrices

    model = BiLSTM.loadModel(path)
    sentences = [{"tokens": tokens, "POS": tokens} for tokens in SENTENCES]
    addCharInformation(sentences)
    addCasingInformation(sentences)
    tags = model.tagSentences(createMatrices(sentences, model.mappings))
    for task, tagged in tags.items():
        labels = model.mappings[model.labelKeys[task]]
        assert list(map(len, tagged)) == list(map(len, SENTENCES))
        assert all(label in labels for row in tagged for label in row)


def checkpoint_file(path: str) -> None:
    """Read a checkpoint."""
    from neuralnets.training import checkpoint

    content = checkpoint.read(path)
    assert isinstance(content.run, dict) and isinstance(content.progress, dict)
    assert all(isinstance(array, np.ndarray) for array in content.arrays)


def misbehave(path: str) -> None:
    """Do what no reader may do: what a file says. Shows that it would be noticed."""
    with open(path) as file:
        wish = file.read()
    if wish == "crash":
        os.abort()
    if wish == "memory":
        bytearray(1 << 40)
    while wish == "hang":
        pass
    if wish == "change":
        os.truncate(path, 0)
    if wish == "command":
        open("ran", "w").close()
    if wish == "other error":
        raise KeyError(path)
    if wish == "nameless error":
        raise ValueError("a file is wrong")


_READERS = {
    "none": misbehave,
    "columns": column_file,
    "vectors": vector_file,
    "zipped": vector_file,
    "prepared": prepared_file,
    "model": model_file,
    "oldmodel": model_file,
    "checkpoint": checkpoint_file,
}
