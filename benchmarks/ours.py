"""This project, through its public classes.

TAGGER_DATA=... python benchmarks/ours.py
"""

from __future__ import annotations

import os
import tempfile

import common

from neuralnets.BiLSTM import BiLSTM
from util.preprocessing import loadDatasetPickle, perpareDataset

TASK = "chunking"
PARAMS = {
    "featureNames": ["tokens"],
    "charEmbeddings": "CNN",
    "charEmbeddingsSize": common.CHAR_SIZE,
    "charFilterSize": common.CHAR_FILTERS,
    "charFilterLength": common.CHAR_WIDTH,
    "maxCharLength": common.CHAR_MOST,
    "LSTM-Size": common.LSTM_SIZES,
    "dropout": (common.DROPOUT, common.DROPOUT),
    "classifier": ["CRF"],
    "optimizer": "nadam",
    "clipnorm": 1,
    "miniBatchSize": common.BATCH,
    "seed": common.SEED,
}


def prepare(options: common.Options):
    """Return the data set's definition, word vectors, mappings and training rows."""
    dataset = {
        "path": options.folder,
        "columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
        "label": "chunk_BIO",
        "evaluate": True,
        "commentSymbol": None,
    }
    words, vectors = common.word_vectors(common.read(options.folder, "train"))
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the prepared data go to pkl/ in the current folder
        try:
            with open("vectors.txt", "w", encoding="utf-8") as file:
                for word, vector in zip(words, vectors):
                    file.write(f"{word} {' '.join(f'{x:.4f}' for x in vector)}\n")
            path = perpareDataset("vectors.txt", {TASK: dataset}, None)
            embeddings, mappings, data = loadDatasetPickle(path)
        finally:
            os.chdir(here)
    rows = data[TASK]["trainMatrix"]
    if options.train_tokens:
        count = len(common.read(options.folder, "train", tokens=options.train_tokens))
        rows = rows[:count]
    return dataset, embeddings, mappings, rows


class Ours:
    """The tagger as a script uses it, with the threads that it chooses itself."""

    def __init__(self, options: common.Options):
        self.dataset, self.embeddings, self.mappings, self.rows = prepare(options)

    def build(self):
        self.model = BiLSTM(PARAMS)
        self.model.setMappings(self.mappings, self.embeddings)
        self._set_rows(self._first())
        self.model.buildModel()

    def train_first(self):
        self.model.trainModel()

    def warm_up(self):
        # New data means a new trace: it belongs to the warm-up.
        self._set_rows(self.rows)
        self.model.trainModel()

    def train(self) -> int:
        self.model.trainModel()
        return sum(len(row["raw_tokens"]) for row in self.rows)

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        return self.model.tagSentences(self.model.rows(sentences))[TASK]

    def _first(self):
        return common.of_middle_length(self.rows, lambda row: len(row["raw_tokens"]))

    def _set_rows(self, rows):
        self.model.setDataset({TASK: self.dataset}, {TASK: {"trainMatrix": rows}})


if __name__ == "__main__":
    chosen = common.parse(__doc__)
    common.measure("ours", Ours(chosen), chosen)
