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
    mappings: dict[str, dict[str, int]] = {"tokens": {}, "POS": {}}
    for sentence in splits["train"]:
        for value in sentence["POS"]:
            mappings["POS"].setdefault(value, len(mappings["POS"]))
    rows = {
        split: createMatrices(sentences, mappings, False)
        for split, sentences in splits.items()
    }
    vocabulary = FeatureVocabulary.fit(rows["train"], mappings, GROUPS, 3)
    features = {split: as_text(vocabulary, rows[split], mappings) for split in rows}
    for iterations in arguments.iterations:
        trainer = pycrfsuite.Trainer(algorithm=arguments.algorithm, verbose=False)
        options = {"max_iterations": iterations}
        if arguments.algorithm == "lbfgs":
            options["c2"] = arguments.c2
        trainer.set_params(options)
        for sentence, tokens in zip(splits["train"], features["train"]):
            trainer.append(tokens, sentence["chunk_BIO"])
        with tempfile.TemporaryDirectory() as where:
            path = os.path.join(where, "model")
            started = time.perf_counter()
            trainer.train(path)
            seconds = time.perf_counter() - started
            scores = [
                100 * score(path, features[split], splits[split])
                for split in ("dev", "test")
            ]
        print(
            f"{arguments.algorithm}, {iterations} iterations: {seconds:.1f} s, "
            f"dev {scores[0]:.2f}, test {scores[1]:.2f}",
            flush=True,
        )


def as_text(vocabulary, rows, mappings) -> list[list[list[str]]]:
    """Return the features of each token of each sentence as texts."""
    lengths = [len(row["raw_tokens"]) for row in rows]
    numbers = iter(vocabulary.encode(rows, lengths, mappings).tolist())
    return [
        [[str(n) for n in next(numbers) if n] for _ in range(length)]
        for length in lengths
    ]


def score(path, features, sentences) -> float:
    """Return the span F1 of a stored model."""
    tagger = pycrfsuite.Tagger()
    tagger.open(path)
    predicted = [tagger.tag(tokens) for tokens in features]
    gold = [sentence["chunk_BIO"] for sentence in sentences]
    return count_spans(predicted, gold).scores()[2]


if __name__ == "__main__":
    main()
