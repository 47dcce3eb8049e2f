"""The linear-chain CRF of python-crfsuite against ours, with the same features.

    TAGGER_DATA=... .venv-bench/bin/python benchmarks/crfsuite.py

It trains CRFsuite on the spelling and context features of docs/Features.md until it has
the dev F1 that is asked for, and prints a line per iteration: seconds, dev F1, test F1.
Ours: `python Reproduce_Huang2015.py --models CRF`, whose log has the same figures.

What is the best for CRFsuite, and why: its features are text that is made before the
clock starts; `lbfgs` (its default) with an L2 penalty reaches the best score, `ap` (the
averaged perceptron) and `arow` the first good ones.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time

import common
import pycrfsuite

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from util.BIOF1Validation import count_spans
from util.CoNLL import readCoNLL
from util.preprocessing import createMatrices

COLUMNS = {0: "tokens", 1: "POS", 2: "chunk_BIO"}
GROUPS = ["spelling", "context"]


def main() -> None:
    """Read, train, score."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--algorithm", default="lbfgs", help="lbfgs, ap, arow, ...")
    parser.add_argument("--iterations", type=int, nargs="+", default=[25, 50, 100])
    parser.add_argument("--c2", type=float, default=1.0, help="L2 penalty of lbfgs")
    arguments = parser.parse_args()
    folder = common.corpus_folder()
    splits = {
        split: readCoNLL(os.path.join(folder, f"{split}.txt"), COLUMNS)
        for split in ("train", "dev", "test")
    }
    features = as_text(splits, ["POS"], cutoff=3)
    for iterations in arguments.iterations:
        options = {"max_iterations": iterations}
        if arguments.algorithm == "lbfgs":
            options["c2"] = arguments.c2
        gold = {s: [x["chunk_BIO"] for x in splits[s]] for s in splits}
        with tempfile.TemporaryDirectory() as where:
            path = os.path.join(where, "model")
            seconds = train(
                path, features["train"], gold["train"], arguments.algorithm, **options
            )
            scores = [
                100 * score(path, features[split], gold[split])
                for split in ("dev", "test")
            ]
        print(
            f"{arguments.algorithm}, {iterations} iterations: {seconds:.1f} s, "
            f"dev {scores[0]:.2f}, test {scores[1]:.2f}",
            flush=True,
        )


def train(path, features, labels, algorithm="lbfgs", **options) -> float:
    """Train on sentences and store the model; return how many seconds it took."""
    trainer = pycrfsuite.Trainer(algorithm=algorithm, verbose=False)
    trainer.set_params(options)
    for tokens, sentence in zip(features, labels):
        trainer.append(tokens, sentence)
    started = time.perf_counter()
    trainer.train(path)
    return time.perf_counter() - started


def as_text(splits, columns, cutoff) -> dict[str, list[list[list[str]]]]:
    """Return the features of each token of each sentence of each split as texts.

    Args:
        splits: Sentences by split; the features are those of `train`.
        columns: Further columns that features may read, such as `POS`.
        cutoff: How often a feature must occur.
    """
    mappings = {"tokens": {}, **{column: {} for column in columns}}
    for sentence in splits["train"]:
        for column in columns:
            for value in sentence[column]:
                mappings[column].setdefault(value, len(mappings[column]))
    rows = {s: createMatrices(splits[s], mappings, False) for s in splits}
    vocabulary = FeatureVocabulary.fit(rows["train"], mappings, GROUPS, cutoff)
    found = {}
    for split, of_split in rows.items():
        lengths = [len(row["raw_tokens"]) for row in of_split]
        numbers = iter(vocabulary.encode(of_split, lengths, mappings).tolist())
        found[split] = [
            [[str(n) for n in next(numbers) if n] for _ in range(length)]
            for length in lengths
        ]
    return found


def score(path, features, labels) -> float:
    """Return the span F1 of a stored model."""
    tagger = pycrfsuite.Tagger()
    tagger.open(path)
    predicted = [tagger.tag(tokens) for tokens in features]
    return count_spans(predicted, labels).scores()[2]


if __name__ == "__main__":
    main()
