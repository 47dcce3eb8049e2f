"""Removes labels from training data and compares what can be done with the rest.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/partial_labels.py \\
        [--shares 1 0.5 0.25] [--seeds 1 2 3] [--epochs 10] [--sentences 0] \\
        [--constrained] [--embeddings FILE] [--param KEY=VALUE]

FOLDER/data/conll2000_chunking has the data; its last tenth of training is the dev split
if there is none. Labels are kept token by token (`tokens`) or span by span (`spans`).
What was removed is unknown (`partial`), or `O` (`outside`), or its sentence is left out
(`left out`). Prints the test F1 at the best dev F1 as a table; dev keeps its labels.
"""

import argparse
import os
import random
import statistics
import tempfile

from neuralnets.BiLSTM import BiLSTM
from tagger.trainingflags import key_value
from util import tagschemes
from util.CoNLL import conllWrite, readCoNLL
from util.preprocessing import loadDatasetPickle, perpareDataset

NAMES = ["tokens", "chunk_BIO"]
WAYS = ("partial", "outside", "left out")
PARAMS = {
    "classifier": ["CRF"],
    "LSTM-Size": [100],
    "dropout": (0.5, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 16,
    "learningRateDecay": 0.1,
    "earlyStopping": 0,
}


def thinned(sentence, share, unit, draw):
    """Return a sentence's labels, `?` where one was removed."""
    labels = sentence["chunk_BIO"]
    borders = [(at, at + 1) for at in range(len(labels))]
    if unit == "spans":
        spans = [(span.start, span.end) for span in tagschemes.spans(labels)]
        inside = {at for start, end in spans for at in range(start, end)}
        borders = spans + [b for b in borders if b[0] not in inside]
    kept = list(labels)
    for start, end in borders:
        if draw.random() >= share:
            kept[start:end] = ["?"] * (end - start)
    return kept


def training(sentences, way, share, unit, seed):
    """Return the sentences to train on, with what is left of their labels."""
    draw, found = random.Random(seed), []
    for sentence in sentences:
        labels = thinned(sentence, share, unit, draw)
        if way == "outside":
            labels = ["O" if label == "?" else label for label in labels]
        if way != "left out" or "?" not in labels:
            found.append({"tokens": sentence["tokens"], "chunk_BIO": labels})
    return found


def score(splits, train, seed, arguments):
    """Train, and return the test F1 at the best dev F1."""
    with tempfile.TemporaryDirectory() as folder:
        for split, sentences in {**splits, "train": train}.items():
            conllWrite(os.path.join(folder, f"{split}.txt"), sentences, NAMES)
        dataset = {
            "path": folder,
            "columns": dict(enumerate(NAMES)),
            "label": "chunk_BIO",
            "partial": True,
        }
        here = os.getcwd()
        os.chdir(folder)
        try:
            vectors, mappings, data = loadDatasetPickle(
                perpareDataset(arguments.embeddings, {"chunking": dataset})
            )
            model = BiLSTM({**PARAMS, "seed": seed})
            model.setMappings(mappings, vectors)
            model.setDataset({"chunking": dataset}, data)
            return model.fit(arguments.epochs)["chunking"].test
        finally:
            os.chdir(here)


def main() -> None:
    """Train each kind of data with each seed, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shares", type=float, nargs="+", default=[1, 0.5, 0.25, 0.1])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--units", nargs="+", default=["tokens", "spans"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--sentences", type=int, default=0, help="the first N only")
    parser.add_argument(
        "--constrained", action="store_true", help="valid tags only, in all of it"
    )
    parser.add_argument(
        "--embeddings",
        type=os.path.abspath,
        help="word vectors, which stay as they are",
    )
    parser.add_argument("--param", type=key_value, action="append", default=[])
    arguments = parser.parse_args()
    PARAMS["constrainTransitions"] = arguments.constrained
    PARAMS.update(arguments.param)
    folder = os.path.join(os.environ["TAGGER_DATA"], "data", "conll2000_chunking")
    columns = {0: "tokens", 2: "chunk_BIO"}
    splits = {}
    for split in ("train", "dev", "test"):
        path = os.path.join(folder, f"{split}.txt")
        if os.path.exists(path):
            splits[split] = readCoNLL(path, columns)
    train = splits.pop("train")
    if "dev" not in splits:
        cut = len(train) * 9 // 10
        train, splits["dev"] = train[:cut], train[cut:]
    train = train[: arguments.sentences or None]
    print("| labels kept | way | sentences | test F1 |\n|---|---|---|---|", flush=True)
    for unit in arguments.units:
        for share in arguments.shares:
            ways = arguments.ways if share < 1 else ["partial"]
            for way in ways:
                given = [training(train, way, share, unit, s) for s in arguments.seeds]
                if min(map(len, given)) < 10:
                    continue
                found = [
                    100 * score(splits, sentences, seed, arguments)
                    for sentences, seed in zip(given, arguments.seeds)
                ]
                scores = ", ".join(f"{f1:.2f}" for f1 in found)
                print(
                    f"| {100 * share:g} % of {unit} | {way} | {len(given[0]):,} | "
                    f"{statistics.mean(found):.2f} ({scores}) |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
