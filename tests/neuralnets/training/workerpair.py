"""One of two workers that train many small networks; `test_workers.py` starts both.

    python workerpair.py OWN_NUMBER ADDRESS ADDRESS FOLDER

For each case it writes the weights and losses after 20 steps together, and for every
other case those of one worker alone, to FOLDER/{together,alone}-NUMBER.pickle.
"""

import json
import os
import pickle
import random
import sys
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Running it puts its own folder first; what it imports lies above that.
sys.path += [str(Path(__file__).resolve().parents[depth]) for depth in (2, 3)]

import toy  # noqa: E402

from neuralnets import threads  # noqa: E402
from neuralnets.training.workers import Workers  # noqa: E402

STEPS = 20
RULES = "sgd adagrad adadelta rmsprop adam nadam lazyadam adamw radam lamb".split()
NO_LSTM = {"LSTM-Size": [], "learningRate": None, "trainWordEmbeddings": True}
CASES = {
    **{rule: {**NO_LSTM, "optimizer": rule} for rule in RULES},
    "variational, CNN, CRF": {
        "dropout": (0.25, 0.5),
        "charEmbeddings": "CNN",
        "classifier": "CRF",
        "clipvalue": 0.01,
        "learningRate": None,
    },
    "naive, LSTM, Softmax": {
        "dropout": 0.4,
        "charEmbeddings": "LSTM",
        "LSTM-Size": [8, 6],
        "learningRate": None,
        "lmCost": 0.3,
    },
    "one sentence": {**NO_LSTM, "classifier": "CRF", "miniBatchSize": 1},
    "partial": {
        **{**NO_LSTM, "directFeatures": ["spelling"], "directDropout": 0.4},
        **{"labelWeights": {"B-VP": 3.0}, "featureCutoff": 1},
    },
    "partial, words": {"LSTM-Size": [6], "dropout": (0.25, 0.25), "lmCost": 0.3},
}
VECTORS = 1200  # more than a small table has


def write_data(folder: str) -> None:
    """Write a corpus, one of partial labels, and word vectors."""
    rare = (f"w{number}" for number in range(100, VECTORS))  # each stands once
    for name in ("toy", "partial"):
        path = Path(toy.write_corpus(f"{folder}/{name}", other=6), "train.txt")
        draw = random.Random(3)
        lines = path.read_text("utf-8").split("\n")
        for number, line in enumerate(lines):
            if line and draw.random() < 0.2:
                lines[number] = next(rare) + "\t" + line.partition("\t")[2]
            if line and name == "partial" and draw.random() < 0.4:
                lines[number] = lines[number].rpartition("\t")[0] + "\t?"
        path.write_text("\n".join(lines), "utf-8")
    known = ["the", "a", *toy.NOUNS, *toy.VERBS]
    vectors = np.random.default_rng(0).normal(size=(VECTORS, 12)) / 4
    with open(f"{folder}/vectors.txt", "w", encoding="utf-8") as file:
        for number, vector in enumerate(vectors):
            word = known[number] if number < len(known) else f"w{number}"
            file.write(" ".join([word, *(f"{x:.4f}" for x in vector)]) + "\n")


def trained(model, workers) -> tuple[list[float], list]:
    """Return the losses and the weights after some steps."""
    model.workers = workers
    (trainer,) = model.prepareTraining()
    losses, epoch = [], 0
    while len(losses) < STEPS:
        epoch += 1
        for number, chosen in enumerate(trainer.batches(epoch)[: STEPS - len(losses)]):
            losses.append(float(trainer.step(epoch, number, chosen)))
    return losses, [weight.numpy() for weight in trainer.optimizer.variables]


def main() -> None:
    """Train all cases."""
    rank, addresses, folder = int(sys.argv[1]), sys.argv[2:4], sys.argv[4]
    task = {"type": "worker", "index": rank}
    os.environ["TF_CONFIG"] = json.dumps(
        {"cluster": {"worker": addresses}, "task": task}
    )
    threads.configure()
    workers = Workers.joined()
    os.chdir(folder)
    prepared = {}
    for name in ("toy", "partial"):
        datasets = {
            name: toy.dataset(name, "chunk_BIO", partial=name == "partial"),
        }
        os.makedirs(f"cache{rank}", exist_ok=True)
        data = toy.prepare(datasets, "vectors.txt", elsewhere=f"cache{rank}")
        prepared[name] = datasets, data

    def model(name):
        data = "partial" if name.startswith("partial") else "toy"
        return toy.tagger(CASES[name], *prepared[data])

    together = {name: trained(model(name), workers) for name in CASES}
    store(f"together-{rank}.pickle", together)

    # One has other parameters: both say so.
    other = toy.tagger({**NO_LSTM, "clipnorm": 1 + rank}, *prepared["toy"])
    other.workers = workers
    try:
        other.fit(1)
    except ValueError as error:
        store(f"refused-{rank}.pickle", str(error))

    alone = {name: trained(model(name), None) for name in list(CASES)[rank::2]}
    store(f"alone-{rank}.pickle", alone)


def store(path, content) -> None:
    with open(path, "wb") as file:
        pickle.dump(content, file)


if __name__ == "__main__":
    main()
