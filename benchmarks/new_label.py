"""Teaches a chunker that knows no `VP` this label, from sentences that mark it alone.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/new_label.py \\
        [--seeds 1 2 3] [--sentences 500] [--epochs 9] [--new-epochs 15] \\
        [--rate 0.0005] [--batch 8] [--keep FOLDER]

FOLDER/data/conll2000_chunking has the data; its last tenth of training is the dev split
if there is none. A seed draws the sentences; the first tagger is trained on all others,
with `O` for `VP`. Of the drawn ones, in which `VP` alone is marked, a tenth are the dev
split. Prints the test F1 of the other labels before and after, and that of `VP`.
"""

import argparse
import os
import random
import statistics
import tempfile

from neuralnets.BiLSTM import BiLSTM
from util.CoNLL import conllWrite, readCoNLL
from util.preprocessing import loadDatasetPickle, perpareDataset

LABEL = "chunk_BIO"
NAMES = ["tokens", LABEL]
FIRST = {
    "classifier": ["CRF"],
    "LSTM-Size": [100],
    "dropout": (0.5, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 16,
    "learningRateDecay": 0.1,
    "earlyStopping": 0,
}


def marked(sentences, keep):
    """Return sentences in which the labels that are not kept are `O`."""
    return [
        {
            "tokens": sentence["tokens"],
            LABEL: [label if keep(label) else "O" for label in sentence[LABEL]],
        }
        for sentence in sentences
    ]


def is_new(label):
    return label.endswith("-VP")


def is_old(label):
    return not is_new(label)


def prepared(folder, splits):
    """Write splits to a folder, and return the definition and what was prepared."""
    for split, sentences in splits.items():
        conllWrite(os.path.join(folder, f"{split}.txt"), sentences, NAMES)
    dataset = {"path": folder, "columns": dict(enumerate(NAMES)), "label": LABEL}
    datasets = {"chunking": dataset}
    return datasets, loadDatasetPickle(perpareDataset(None, datasets))


def trained(model, datasets, content, epochs, path):
    """Train on what was prepared, and return the file of the best model."""
    vectors, mappings, data = content
    model.setMappings(mappings, vectors)
    model.setDataset(datasets, data)
    model.modelSavePath = path
    model.fit(epochs)
    return path


def measure(splits, seed, arguments, folder):
    """Train both taggers, and return the scores on test."""
    train = splits["train"]
    drawn = set(random.Random(seed).sample(range(len(train)), arguments.sentences))
    others = [s for n, s in enumerate(train) if n not in drawn]
    own = [train[n] for n in sorted(drawn)]
    first = os.path.join(folder, f"first_{seed}.h5")
    if not os.path.exists(first):
        given = {"train": others, "dev": splits["dev"], "test": splits["test"]}
        given = {split: marked(s, is_old) for split, s in given.items()}
        content = prepared(os.path.join(folder, "first"), given)
        model = BiLSTM({**FIRST, "seed": seed})
        trained(model, *content, arguments.epochs, first)
    cut = len(own) * 9 // 10
    given = {"train": marked(own[:cut], is_new), "dev": marked(own[cut:], is_new)}
    content = prepared(os.path.join(folder, "new"), {**given, "test": splits["test"]})
    params = {"learningRate": arguments.rate, "miniBatchSize": arguments.batch}
    model = BiLSTM.initFrom(first, {**params, "seed": seed})
    path = os.path.join(folder, f"new_{seed}.h5")
    trained(model, *content, arguments.new_epochs, path)
    return model.oldLabelScores(path)[-1]


def main() -> None:
    """Measure with each seed, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sentences", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--new-epochs", type=int, default=15)
    parser.add_argument("--rate", type=float, default=0.0005)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="training's first N only")
    parser.add_argument(
        "--on-dev", action="store_true", help="score on dev, to choose settings"
    )
    parser.add_argument("--keep", help="folder of the models; the first ones are used")
    arguments = parser.parse_args()
    folder = os.path.join(os.environ["TAGGER_DATA"], "data", "conll2000_chunking")
    splits = {}
    for split in ("train", "dev", "test"):
        path = os.path.join(folder, f"{split}.txt")
        if os.path.exists(path):
            splits[split] = readCoNLL(path, {0: "tokens", 2: LABEL})
    splits["train"] = splits["train"][: arguments.first or None]
    if "dev" not in splits:
        cut = len(splits["train"]) * 9 // 10
        splits["dev"] = splits["train"][cut:]
        splits["train"] = splits["train"][:cut]
    if arguments.on_dev:
        splits["test"] = splits["dev"]
    print("| seed | others before | others after | VP |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        kept = os.path.abspath(arguments.keep or temporary)
        os.makedirs(kept, exist_ok=True)
        os.chdir(temporary)
        found = []
        for seed in arguments.seeds:
            scores = measure(splits, seed, arguments, kept)
            found.append([100 * x for x in (scores.before, scores.after, scores.new)])
            print("|".join(["", f" {seed} ", *map(_cell, found[-1]), ""]), flush=True)
        means = map(statistics.mean, zip(*found))
        print("|".join(["", " mean ", *map(_cell, means), ""]), flush=True)


def _cell(score):
    return f" {score:.2f} "


if __name__ == "__main__":
    main()
