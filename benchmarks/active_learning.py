"""Replays the labelling of public data with `tagger simulate`.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/active_learning.py \\
        [--corpus conll2000 | ewt] [--sentences 0] [--dev 0] [--seeds 3] \\
        [--epochs 20] [--jobs 2] [--strategies ...] [--shares ...] \\
        [--embeddings FILE] [--param NAME=VALUE] [--unlabelled]
        [--output results/active_learning]

FOLDER/data/conll2000_chunking and FOLDER/data/UD_English-EWT have the data. With
--sentences N, the first N of training are all that there are; with --dev N, the first N
of dev choose the epoch. Goes on where it was interrupted.
"""

import argparse
import os
import sys

from common import corpus_folder

from tagger.__main__ import main as tagger
from tagger.commands.simulate import parser as simulation
from util.CoNLL import conllWrite, readCoNLL

CORPORA = {
    "conll2000": ("conll2000_chunking", "{}.txt", {0: "tokens", 2: "chunk_BIO"}),
    "ewt": ("UD_English-EWT", "en_ewt-ud-{}.conllu", {1: "tokens", 3: "UPOS"}),
}
PARAMS = {"LSTM-Size": "[100]", "miniBatchSize": "8", "dropout": "(0.25,0.25)"}


def main():
    """Write the data, and replay them."""
    usual = simulation().parse_args(["."])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", choices=CORPORA, default="conll2000")
    parser.add_argument("--sentences", type=int, default=0)
    parser.add_argument("--dev", type=int, default=0)
    parser.add_argument("--seeds", default="3")
    parser.add_argument("--epochs", default="20")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--strategies", nargs="+", default=usual.strategies)
    parser.add_argument("--shares", nargs="+", default=usual.shares)
    parser.add_argument("--embeddings", help="word vectors; else they are trained")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--unlabelled", action="store_true")
    parser.add_argument("--output", default="results/active_learning")
    given = parser.parse_args()
    folder, file, columns = CORPORA[given.corpus]
    folder = os.path.join(os.path.dirname(corpus_folder()), folder)
    output = f"{given.output}_{given.corpus}_{given.sentences}"
    names = list(columns.values())
    for split in ("train", "dev", "test"):
        sentences = readCoNLL(os.path.join(folder, file.format(split)), columns)
        most = {"train": given.sentences, "dev": given.dev}.get(split)
        sentences = sentences[: most or None]
        path = os.path.join(output, "corpus", f"{split}.txt")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        conllWrite(path, sentences, names)
    flags = ["simulate", os.path.join(output, "corpus"), "--label", names[1]]
    flags += ["--columns", ",".join(f"{i}:{name}" for i, name in enumerate(names))]
    flags += ["--seeds", given.seeds, "--epochs", given.epochs, "--jobs", given.jobs]
    flags += ["--output", os.path.join(output, "replay"), "--resume"]
    flags += ["--strategies", *given.strategies]
    flags += ["--shares", *map(str, given.shares)]
    flags += ["--unlabelled"] * given.unlabelled + ["--"]
    if given.embeddings:
        flags += ["--embeddings", given.embeddings]
    for param in [*(f"{key}={value}" for key, value in PARAMS.items()), *given.param]:
        flags += ["--param", param]
    sys.stderr.write(f"tagger {' '.join(flags)}\n")
    tagger(flags)


if __name__ == "__main__":
    main()
