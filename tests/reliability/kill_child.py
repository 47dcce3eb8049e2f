"""Trains two tasks in a folder and prints a digest of all that came out.

    python kill_child.py FOLDER [--resume]

Prints `STEP` after the first training step, so that its parent knows when to kill it.
"""

import hashlib
import os
import sys

from util.process import mark_as_command

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EPOCHS = 4
PARAMS = {
    "classifier": ["CRF"],
    "LSTM-Size": [16],
    "dropout": (0.25, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 8,
    "seed": 5,
    "earlyStopping": 0,
}
DATASETS = {
    "POS": {"columns": {0: "tokens", 1: "POS"}, "label": "POS", "path": "sample"},
    "chunks": {
        "columns": {0: "tokens", 2: "chunk_BIO"},
        "label": "chunk_BIO",
        "path": "sample",
    },
}


def main():
    """Train, resuming if asked to, and print the digest."""
    os.chdir(sys.argv[1])
    mark_as_command()  # as in `tagger`: it starts sooner
    from neuralnets.BiLSTM import BiLSTM
    from neuralnets.training import checkpoint
    from neuralnets.training.step import TaskTrainer
    from util.preprocessing import loadDatasetPickle, perpareDataset

    original = TaskTrainer.step

    def step(self, *arguments):
        loss = original(self, *arguments)
        print("STEP", flush=True)
        TaskTrainer.step = original
        return loss

    TaskTrainer.step = step
    embeddings, mappings, data = loadDatasetPickle(perpareDataset(None, DATASETS))
    model = BiLSTM(PARAMS)
    model.setMappings(mappings, embeddings)
    model.setDataset(DATASETS, data)
    model.storeResults("results.tsv")
    model.modelSavePath = "out/[ModelName].h5"
    model.fit(EPOCHS, resume="--resume" in sys.argv)

    digest = hashlib.sha256()
    for variable in checkpoint.variables(model.prepareTraining()):
        digest.update(variable.numpy().tobytes())
    with open("results.tsv", "rb") as file:
        digest.update(file.read())
    print("DIGEST", digest.hexdigest(), flush=True)


if __name__ == "__main__":
    main()
