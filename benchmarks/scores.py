"""Trains this project's network and its stock Keras twin to the end; compares scores.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/scores.py [--seeds 3] [--epochs 10]

Speed must not cost anything: over several seeds, the test F1 at the best dev F1 must be
the same for both, but for the noise of the seeds. Every run is a process of its own.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys

import common

SYSTEMS = ("ours", "keras")


def train(system: str, seed: int, epochs: int) -> None:
    """Train one system and print its best dev F1 and the test F1 that belongs to it."""
    import tensorflow as tf

    common.SEED = seed
    tf.keras.utils.set_random_seed(seed)
    options = common.Options(common.corpus_folder(), 0, 0, 0, 0, 0)
    if system == "ours":
        import ours

        ours.PARAMS["seed"] = seed
        trained = ours.Ours(options)
    else:
        import keras_stock

        trained = keras_stock.KerasStock(options)
    trained.build()
    if system == "ours":
        trained._set_rows(trained.rows)
    best = (0.0, 0.0)
    for _ in range(epochs):
        if system == "keras":
            random.shuffle(trained.batches)
        trained.train()
        best = max(
            best, tuple(f1(trained, split, options) for split in ("dev", "test"))
        )
    print("{:.4f} {:.4f}".format(*best))


def f1(trained, split: str, options: common.Options) -> float:
    """Return the span F1 of a system on a split."""
    from util.BIOF1Validation import count_spans

    sentences = common.read(options.folder, split)
    found = trained.tag([sentence.tokens for sentence in sentences])
    return count_spans(found, [sentence.labels for sentence in sentences]).scores()[2]


def main() -> None:
    """Run both systems over the seeds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--one", nargs=2, metavar=("SYSTEM", "SEED"))
    arguments = parser.parse_args()
    if arguments.one:
        train(arguments.one[0], int(arguments.one[1]), arguments.epochs)
        return
    common.corpus_folder()
    for system in SYSTEMS:
        scores = []
        for seed in range(1, arguments.seeds + 1):
            command = [sys.executable, __file__, "--one", system, str(seed)]
            command += ["--epochs", str(arguments.epochs)]
            result = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ
            )
            dev, test = map(float, result.stdout.split()[-2:])
            scores.append(100 * test)
            print(f"{system} seed {seed}: dev {100 * dev:.2f} test {scores[-1]:.2f}")
        print(
            f"{system}: mean test F1 {statistics.mean(scores):.2f} "
            f"({min(scores):.2f} to {max(scores):.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
