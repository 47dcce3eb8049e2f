"""What can be learnt from a few sentences: presets of `tagger train` and CRFsuite.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/small_data.py \\
        [--corpora conll2000 conll2000-words germeval] [--sizes 100 300 1000 3000] \\
        [--seeds 1 2 3] \\
        [--ways few "few, no features" small] [--python PYTHON] [--jobs 2] [--on-dev] \\
        [--output results/small_data]

FOLDER/data/conll2000_chunking and FOLDER/data/GermEval2014 have the data. A seed draws
the sentences, and begins the network. A fifth of them, at most 500, choose the epoch;
CRFsuite, which has no epochs, is trained on all. GermEval's dev split is all that there
is to train on; --on-dev scores what was not drawn. Ours read words, characters and,
where the data have them, parts of speech. CRFsuite has the features of the preset `few`
and L-BFGS, with the L2 penalty that is best of three on that fifth, trained on the
rest. Prints the mean F1 and each seed's, on test. Goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import common

from tagger.experiments.seedruns import resultsfile
from util.CoNLL import conllWrite, readCoNLL

CORPORA = {
    "conll2000": (
        *("conll2000_chunking", "{}.txt", "chunk_BIO"),
        {0: "tokens", 1: "POS", 2: "chunk_BIO"},
    ),
    "conll2000-words": (
        *("conll2000_chunking", "{}.txt", "chunk_BIO"),
        {0: "tokens", 2: "chunk_BIO"},
    ),
    "germeval": (
        *("GermEval2014", "ukp_{}.txt", "NER_BIO"),
        {1: "tokens", 2: "NER_BIO"},
    ),
}
# The preset, and what is changed in it.
WAYS = {
    "few": ("few", []),
    "few, no features": ("few", ["directFeatures=[]"]),
    "small": ("small", []),
}
DEV_SHARE, MOST_DEV = 5, 500
PENALTIES = (0.1, 0.3, 1.0)
EPOCHS = 60


def main() -> None:
    """Fill the cells that are missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 300, 1000, 3000])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS)[:2])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--on-dev", action="store_true", help="score dev, not test")
    parser.add_argument("--output", type=Path, default=Path("results/small_data"))
    arguments = parser.parse_args()
    draws = [
        (corpus, size, seed)
        for corpus in arguments.corpora
        for size in arguments.sizes
        for seed in arguments.seeds
        if write_splits(corpus, size, seed, arguments)
    ]
    cells = [(*draw, way) for draw in draws for way in [*arguments.ways, "CRFsuite"]]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        scores = dict(zip(cells, pool.map(lambda c: cell(*c, arguments), cells)))
    print("| corpus | sentences | way | F1 |\n|---|---|---|---|")
    for corpus in arguments.corpora:
        for size in arguments.sizes:
            for way in [*arguments.ways, "CRFsuite"]:
                of_way = [scores.get((corpus, size, s, way)) for s in arguments.seeds]
                found = [f1 for f1 in of_way if f1 is not None]
                if found:
                    each = ", ".join(f"{f1:.2f}" for f1 in found)
                    mean = statistics.mean(found)
                    print(f"| {corpus} | {size:,} | {way} | {mean:.2f} ({each}) |")


def folder_of(corpus, size, seed, arguments) -> Path:
    """Return where a draw's data and scores are."""
    return arguments.output.absolute() / f"{corpus}_{size}_{seed}"


def cell(corpus, size, seed, way, arguments) -> float:
    """Return the F1 of one cell, of before if it is known."""
    folder = folder_of(corpus, size, seed, arguments)
    done = folder / f"{way}{'_dev' * arguments.on_dev}.json"
    if done.is_file():
        return json.loads(done.read_text())
    label, columns = CORPORA[corpus][2:]
    score = with_crfsuite if way == "CRFsuite" else with_preset
    f1 = 100 * score(folder, label, list(columns.values()), way, seed, arguments)
    done.write_text(json.dumps(f1))
    print(f"{corpus} {size} {way} seed {seed}: {f1:.2f}", file=sys.stderr, flush=True)
    return f1


def write_splits(corpus, size, seed, arguments) -> bool:
    """Draw the sentences, and write them as a data set; tell if there are enough."""
    name, file, _, columns = CORPORA[corpus]
    source = Path(common.corpus_folder()).parent / name

    def read(split):
        return readCoNLL(str(source / file.format(split)), columns)

    given = read("dev" if corpus == "germeval" else "train")
    if len(given) < size:
        return False
    random.Random(seed).shuffle(given)
    dev = min(size // DEV_SHARE, MOST_DEV)
    splits = {"dev": given[:dev], "train": given[dev:size]}
    if not arguments.on_dev:
        splits["test"] = read("test")
    else:
        splits["test"] = given[size:] if corpus == "germeval" else read("dev")
    folder = folder_of(corpus, size, seed, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for split, sentences in splits.items():
        conllWrite(str(folder / f"{split}.txt"), sentences, list(columns.values()))
    return True


def with_preset(folder, label, names, way, seed, arguments) -> float:
    """Train with `tagger train --preset`, and return the test F1 at the best epoch."""
    columns = ",".join(f"{i}:{name}" for i, name in enumerate(names))
    command = [arguments.python, "-m", "tagger", "train", str(folder)]
    command += ["--label", label, "--columns", columns]
    command += ["--preset", WAYS[way][0]]
    command += ["--epochs", str(EPOCHS), "--seed", str(seed)]
    for param in [*WAYS[way][1], *arguments.param]:
        command += ["--param", param]
    root = Path(__file__).resolve().parents[1]
    one = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    environment = {**os.environ, "PYTHONPATH": str(root), **one}
    with tempfile.TemporaryDirectory() as where:
        command += ["--output", where]
        subprocess.run(
            command, cwd=where, env=environment, check=True, capture_output=True
        )
        (results,) = Path(where).rglob("*.tsv")
        (outcome,) = resultsfile.read(str(results)).values()
    return outcome.test


def with_crfsuite(folder, label, names, _, seed, arguments) -> float:
    """Choose the penalty on dev, train on train and dev, and return the test F1."""
    import crfsuite

    columns = dict(enumerate(names))
    splits = {
        split: readCoNLL(str(folder / f"{split}.txt"), columns)
        for split in ("train", "dev", "test")
    }

    def score(train, test, c2):
        given = {"train": train, "test": test}
        features = crfsuite.as_text(given, names[1:-1], cutoff=1)
        gold = {split: [x[label] for x in given[split]] for split in given}
        with tempfile.TemporaryDirectory() as where:
            path = os.path.join(where, "model")
            crfsuite.train(
                path, features["train"], gold["train"], c2=c2, max_iterations=100
            )
            return crfsuite.score(path, features["test"], gold["test"])

    best = max(PENALTIES, key=lambda c2: score(splits["train"], splits["dev"], c2))
    return score(splits["train"] + splits["dev"], splits["test"], best)


if __name__ == "__main__":
    main()
