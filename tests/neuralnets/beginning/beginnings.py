"""Data for models that begin with a stored one, and what tests do with them."""

import random

import toy

from neuralnets.BiLSTM import BiLSTM

PARAMS = {"classifier": "CRF", "charEmbeddings": "CNN"}


def write(folder, sentences, keep=lambda label: True):
    """Write the same sentences as each split; labels that are not kept become `O`."""
    rows = [
        [(word, pos, chunk if keep(chunk) else "O") for word, pos, chunk in sentence]
        for sentence in sentences
    ]
    for split in ("train", "dev", "test"):
        toy.write_sentences(f"{folder}/{split}.txt", rows)
    return str(folder)


def drawn(count, seed):
    draw = random.Random(seed)
    found = [toy.sentence(draw) for _ in range(count)]
    return [*found, [("Dog", "NOUN", "B-NP")], [(".", "PUNCT", "O")]]


def store(model, folder, epochs):
    """Train a model and return the file that it stores at the end."""
    for _ in range(epochs):  # `fit` would score each epoch
        model.trainModel()
    model.modelSavePath = f"{folder}/[ModelName].h5"
    return model.saveModel(next(iter(model.tasks)), 0, 0, 0)


def begin(path, datasets, params=None, prepared=None):
    """Return a model that begins with a stored one, ready to `fit`."""
    embeddings, mappings, data = prepared or toy.prepare(datasets)
    model = BiLSTM.initFrom(path, {"seed": 3, **(params or {})})
    model.setMappings(mappings, embeddings)
    model.setDataset(datasets, data)
    return model
