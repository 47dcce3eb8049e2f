"""Reproduce the chunking column of Huang, Xu & Yu (2015), "Bidirectional LSTM-CRF
Models for Sequence Tagging", on CoNLL-2000 without pretrained vectors.

    python Reproduce_Huang2015.py                              all models, three seeds
    python Reproduce_Huang2015.py --models CRF BI-LSTM-CRF --seeds 1 --json table.json

Each model trains from `Train_Chunking.py` with the parameters below. The same command
goes on where it stopped. The paper trains on the training file and does not name a dev
set; here the epoch is chosen on dev, and test is only reported.
"""

import argparse
import json
import logging
import os
import statistics
import sys

from tagger.machineflags import add_machine_flags, machines_of
from util.commandline import run
from util.files import atomic_path
from util.flags import whole_number

logger = logging.getLogger("Reproduce_Huang2015")

# What all models share: spelling and context features go straight to the scores of the
# labels. Word vectors are drawn at random and trained.
SHARED = {
    "directFeatures": ["spelling", "context"],
    "miniBatchSize": 8,
    "earlyStopping": 3,
    "lmCost": 0,
    "averageWeights": 0,
}
RECURRENT = {
    "classifier": "CRF",
    "featureNames": ["tokens", "POS", "casing"],
    "charEmbeddings": "CNN",
    "LSTM-Size": [100],
    "dropout": (0.5, 0.25),
    "directDropout": 0.7,
    "miniBatchSize": 16,
    "learningRateDecay": 0.2,
}
# Without a CRF the labels depend more on the features, and on small steps.
SOFTMAX = {
    **RECURRENT,
    "classifier": "Softmax",
    "directDropout": 0.4,
    "miniBatchSize": 8,
    "learningRateDecay": 0.3,
}
LINEAR = {
    "classifier": "CRF",
    "featureNames": [],
    "charEmbeddings": None,
    "LSTM-Size": [],
    "directDropout": 0.5,
    "learningRate": 0.005,
    "learningRateDecay": 0.5,
    "earlyStopping": 0,
}

# The parameters of each model, and the paper's test F1 with random vectors.
MODELS = {
    "RNN": ({**SOFTMAX, "recurrentCell": "RNN", "bidirectional": False}, None),
    "LSTM": ({**SOFTMAX, "bidirectional": False}, 92.88),
    "BI-LSTM": (SOFTMAX, 93.64),
    "CRF": (LINEAR, 93.69),
    "LSTM-CRF": ({**RECURRENT, "bidirectional": False}, 93.80),
    "BI-LSTM-CRF": (RECURRENT, 94.13),
}

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Train_Chunking.py")


def main():
    """Train what is not trained yet, then print the table."""
    arguments = parse(sys.argv[1:])
    results = {}
    for number, name in enumerate(arguments.models, 1):
        logger.info("Model %d of %d: %s", number, len(arguments.models), name)
        results[name] = train(name, arguments)
        if arguments.json:
            store(arguments.json, results)
    sys.stdout.write(table(results))


def parse(argv):
    """Read the flags."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models",
        nargs="+",
        choices=list(MODELS),
        default=list(MODELS),
        metavar="MODEL",
        help=f"which: {', '.join(MODELS)} (default: all)",
    )
    for flag, default, text in (
        ("--seeds", 3, "how many seeds each"),
        ("--epochs", 12, "most epochs each"),
    ):
        parser.add_argument(
            flag,
            type=whole_number(1),
            default=default,
            metavar="N",
            help=f"{text} (default: %(default)s)",
        )
    add_machine_flags(parser)
    parser.add_argument(
        "--data",
        default="data/conll2000_chunking",
        metavar="FOLDER",
        help="train.txt, dev.txt and test.txt (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        default="results/huang2015",
        metavar="FOLDER",
        help="where models and logs go (default: %(default)s)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the table there, too")
    return parser.parse_args(argv)


def train(name, arguments):
    """Train a model with every seed; return what came of it."""
    # Only now: `run` says what an environment lacks.
    from tagger.experiments.seedruns.runner import SeedRuns
    from tagger.experiments.seedruns.seedfolder import SeedFolder

    params = {**SHARED, **MODELS[name][0]}
    flags = ["--data", arguments.data, "--epochs", str(arguments.epochs)]
    for key, value in params.items():
        flags += ["--param", f"{key}={value!r}"]
    seeds = range(1, arguments.seeds + 1)
    folder = os.path.join(arguments.output, name)
    runs = SeedRuns(SCRIPT, flags, folder, machines_of(arguments))
    failed = runs.run(seeds, ["python", *sys.argv])
    if failed:
        seed, reason = next(iter(failed.items()))
        raise ValueError(
            f"{name} failed with seed {seed}: {reason}. The same command tries again."
        )
    rows = [row for seed in seeds for row in SeedFolder(folder, seed).rows()]
    return {
        "params": params,
        "paper": MODELS[name][1],
        "runs": [
            {
                "seed": row.seed,
                "dev": round(100 * row.dev, 2),
                "test": round(100 * row.test, 2),
                "epoch": row.best_epoch,
                "seconds": row.seconds,
            }
            for row in rows
        ],
        **summary([100 * row.test for row in rows], MODELS[name][1]),
    }


def summary(scores, paper):
    """Return mean, spread and best of test scores, and the mean's lead on the paper."""
    mean = statistics.mean(scores)
    return {
        "mean": round(mean, 2),
        "deviation": round(statistics.stdev(scores), 2) if len(scores) > 1 else None,
        "worst": round(min(scores), 2),
        "best": round(max(scores), 2),
        "difference": None if paper is None else round(mean - paper, 2),
    }


def table(results):
    """Return the table as text: the paper's column beside ours."""
    lines = ["model         seeds   mean    std  worst   best  paper  difference\n"]
    for name, found in results.items():
        numbers = [found[key] for key in ("mean", "deviation", "worst", "best")]
        cells = [f"{'-' if n is None else format(n, '.2f'):>6}" for n in numbers]
        paper, difference = found["paper"], found["difference"]
        lines.append(
            f"{name:<12} {len(found['runs']):>6} {' '.join(cells)}"
            f" {'-' if paper is None else format(paper, '.2f'):>6}"
            f" {'-' if difference is None else format(difference, '+.2f'):>11}\n"
        )
    return "".join(lines)


def store(path, results):
    """Write the results as JSON, all of it or nothing."""
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    run(main)
