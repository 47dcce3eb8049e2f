"""A corpus that a small network learns by heart, and what tests do with it."""

import contextlib
import os
import random

from neuralnets.BiLSTM import BiLSTM
from neuralnets.framework import tf
from util.features import addCasingInformation, addCharInformation
from util.preprocessing import createMatrices, loadDatasetPickle, perpareDataset

# Small and quick; what a test is about, it changes.
SMALL = {
    "LSTM-Size": [12],
    "wordEmbeddingsSize": 12,
    "addFeatureDimensions": 4,
    "charEmbeddingsSize": 5,
    "charFilterSize": 6,
    "charLSTMSize": 4,
    "dropout": 0,
    "miniBatchSize": 16,
    "learningRate": 0.03,
    "seed": 7,
}
NOUNS = "dog cat house river teacher window garden letter".split()
VERBS = "sees finds likes watches".split()
COLUMNS = {0: "tokens", 1: "POS", 2: "chunk_BIO"}


def sentence(draw: random.Random) -> list[tuple[str, str, str]]:
    """Draw a sentence; `saw` is a noun behind an article, else a verb."""
    rows = []
    for part in range(draw.choice([1, 2, 2, 3])):
        if part:
            verb = draw.choice([*VERBS, "saw"])
            rows.append((verb, "VERB", "B-VP"))
        article = draw.choice(["the", "a"])
        rows.append((article.title() if not part else article, "DET", "B-NP"))
        rows.append((draw.choice([*NOUNS, "saw"]), "NOUN", "I-NP"))
    return [*rows, (".", "PUNCT", "O")]


def write_sentences(path, sentences) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    text = "".join(
        "".join("\t".join(row) + "\n" for row in rows) + "\n" for rows in sentences
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_corpus(folder, train: int = 60, other: int = 15, seed: int = 1) -> str:
    """Write train, dev and test files; each holds one-token sentences, too."""
    draw = random.Random(seed)
    for split, count in {"train": train, "dev": other, "test": other}.items():
        sentences = [sentence(draw) for _ in range(count)]
        sentences += [[("Dog", "NOUN", "B-NP")], [(".", "PUNCT", "O")]]
        write_sentences(os.path.join(folder, f"{split}.txt"), sentences)
    return str(folder)


def dataset(folder, label: str = "POS", **changes) -> dict:
    return {"columns": COLUMNS, "label": label, "path": str(folder), **changes}


def prepare(datasets, vectors=None, **options):
    """Return word vectors, mappings and data; the cache goes to the current folder."""
    return loadDatasetPickle(perpareDataset(vectors, datasets, **options))


def tagger(params, datasets, prepared=None) -> BiLSTM:
    """Return a tagger that is ready to `fit`."""
    embeddings, mappings, data = prepared or prepare(datasets)
    model = BiLSTM({**SMALL, **params})
    model.setMappings(mappings, embeddings)
    model.setDataset(datasets, data)
    return model


def rows_of(model, sentences, **columns) -> list[dict]:
    """Return rows for sentences given as strings of tokens."""
    given = [{"tokens": text.split()} for text in sentences]
    for name, values in columns.items():
        for sentence_, text in zip(given, values):
            sentence_[name] = text.split()
    addCharInformation(given)
    addCasingInformation(given)
    return createMatrices(given, model.mappings, True)


def emissions(model, rows) -> dict:
    """Return each task's scores before its head, `[length, K]` per sentence."""
    return model._predict().emissions(list(model.tasks), model._new_table(rows))


@contextlib.contextmanager
def eager():
    """Skip the tracing of graph functions, which costs more than small models do."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@contextlib.contextmanager
def folder(path):
    """Work in a folder for a while."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)
