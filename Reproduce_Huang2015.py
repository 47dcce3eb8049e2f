"""Reproduce the chunking columns of Huang, Xu & Yu (2015), "Bidirectional LSTM-CRF
Models for Sequence Tagging", on CoNLL-2000.

    python Reproduce_Huang2015.py                              all models, three seeds
    python Reproduce_Huang2015.py --models CRF BI-LSTM-CRF --seeds 1 --json table.json
    python Reproduce_Huang2015.py --embeddings glove.6B.100d.txt    both columns
    python Reproduce_Huang2015.py --held-out 936    to choose parameters without test

Each model trains from `Train_Chunking.py` with the parameters below, for a fixed number
of epochs; the scores are those of the last one. The same command goes on where it
stopped. The paper's second column has Senna's vectors; ours has those of a file.
"""

import argparse
import json
import logging
import os
import statistics
import sys

from tagger.machineflags import add_machine_flags, machines_of
from util.commandline import run
from util.CoNLL import conllWrite, readCoNLL
from util.files import atomic_path
from util.flags import whole_number

logger = logging.getLogger("Reproduce_Huang2015")

# What all models share: spelling and context features go straight to the scores of the
# labels. Word vectors are drawn at random and trained.
SHARED = {
    "directFeatures": ["spelling", "context"],
    "miniBatchSize": 8,
    "earlyStopping": 0,
    "lmCost": 0,
    "averageWeights": 0.8,
}
RECURRENT = {
    "classifier": "CRF",
    "featureNames": ["tokens", "POS", "casing"],
    "charEmbeddings": "CNN",
    "LSTM-Size": [200],
    "dropout": (0.5, 0.25),
    "directDropout": 0.7,
    "miniBatchSize": 16,
    "learningRateDecay": 0.2,
    "lmCost": 0.1,
}
# Without a CRF the labels depend more on the features.
SOFTMAX = {
    **RECURRENT,
    "classifier": "Softmax",
    "directDropout": 0.4,
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
}

# What changes where there are word vectors: the linear CRF reads them as they are.
WITH_VECTORS = {"CRF": {"featureNames": ["tokens"]}}

# The parameters of each model, and the paper's test F1 with random and with Senna's
# vectors.
MODELS = {
    "RNN": ({**SOFTMAX, "recurrentCell": "RNN", "bidirectional": False}, None, None),
    "LSTM": ({**SOFTMAX, "bidirectional": False}, 92.88, 92.99),
    "BI-LSTM": (SOFTMAX, 93.64, 93.92),
    "CRF": (LINEAR, 93.69, 93.83),
    "LSTM-CRF": ({**RECURRENT, "bidirectional": False}, 93.80, 94.27),
    "BI-LSTM-CRF": (RECURRENT, 94.13, 94.46),
}

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Train_Chunking.py")


def main():
    """Train what is not trained yet, then print the tables."""
    arguments = parse(sys.argv[1:])
    if arguments.held_out:
        arguments.output += f"/held_out_{arguments.held_out}"
        arguments.data = hold_out(arguments)
    columns = [None, arguments.embeddings] if arguments.embeddings else [None]
    results = {}
    for embeddings in columns:
        title = titled(embeddings, arguments.held_out)
        for number, name in enumerate(arguments.models, 1):
            place = number, len(arguments.models)
            logger.info("Model %d of %d: %s, %s", *place, name, title)
            results.setdefault(title, {})[name] = train(name, embeddings, arguments)
            if arguments.json:
                store(arguments.json, results)
    sys.stdout.write("\n".join(table(*entry) for entry in results.items()))


def titled(embeddings, held_out):
    """Return what a table shows."""
    vectors = os.path.basename(embeddings) if embeddings else "random vectors"
    scored = f"the last {held_out} sentences of train" if held_out else "test"
    return f"{vectors}, F1 of {scored}"


def hold_out(arguments):
    """Write train without its last sentences, and these as dev; return the folder."""
    train = f"{arguments.data}/train.txt"
    names, count = ["tokens", "POS", "chunk_BIO"], arguments.held_out
    sentences = readCoNLL(train, dict(enumerate(names)))
    if count >= len(sentences):
        raise ValueError(f"{train}: too few sentences to hold out {count}.")
    folder = f"{arguments.output}/data"
    for name, part in (("train", sentences[:-count]), ("dev", sentences[-count:])):
        conllWrite(f"{folder}/{name}.txt", part, names)
    return folder


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
        ("--first-seed", 1, "the others follow it"),
        ("--epochs", 12, "how many epochs each"),
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
    parser.add_argument(
        "--embeddings",
        metavar="FILE",
        help="train every model with these word vectors, too",
    )
    parser.add_argument(
        "--held-out",
        type=whole_number(1),
        metavar="N",
        help="train without the last N sentences of train; score these, not test",
    )
    parser.add_argument("--json", metavar="FILE", help="write the table there, too")
    return parser.parse_args(argv)


def train(name, embeddings, arguments):
    """Train a model with every seed; return what came of it."""
    # Only now: `run` says what an environment lacks.
    from tagger.experiments.seedruns.runner import SeedRuns
    from tagger.experiments.seedruns.seedfolder import SeedFolder

    own, *papers = MODELS[name]
    params = {**SHARED, **own}
    flags = ["--data", arguments.data, "--epochs", str(arguments.epochs)]
    flags += ["--no-calibration"] + ["--no-test"] * bool(arguments.held_out)
    folder = os.path.join(arguments.output, name)
    if embeddings:
        params.update(WITH_VECTORS.get(name, {}))
        flags += ["--embeddings", embeddings]
        folder = os.path.join(arguments.output, "vectors", name)
    for key, value in params.items():
        flags += ["--param", f"{key}={value!r}"]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    runs = SeedRuns(SCRIPT, flags, folder, machines_of(arguments))
    failed = runs.run(seeds, ["python", *sys.argv])
    if failed:
        seed, reason = next(iter(failed.items()))
        raise ValueError(
            f"{name} failed with seed {seed}: {reason}. The same command tries again."
        )
    found = []
    for trained in (SeedFolder(folder, seed) for seed in seeds):
        (lines,), (row,) = trained.lines().values(), trained.rows()
        dev, test = (round(100 * score, 2) for score in lines[-1][1:3])
        scores = {"held_out": dev} if arguments.held_out else {"dev": dev, "test": test}
        found.append({"seed": row.seed, **scores, "seconds": row.seconds})
    kind = "held_out" if arguments.held_out else "test"
    paper = papers[bool(embeddings)] if kind == "test" else None
    scores = summary([run[kind] for run in found], paper)
    return {"params": params, "paper": paper, "runs": found, **scores}


def summary(scores, paper):
    """Return mean, spread and best of scores, and the mean's lead on the paper."""
    mean = statistics.mean(scores)
    return {
        "mean": round(mean, 2),
        "deviation": round(statistics.stdev(scores), 2) if len(scores) > 1 else None,
        "worst": round(min(scores), 2),
        "best": round(max(scores), 2),
        "difference": None if paper is None else round(mean - paper, 2),
    }


def table(title, results):
    """Return a table as text: the paper's column beside ours."""
    lines = [
        f"{title}\n",
        "model         seeds   mean    std  worst   best  paper  difference\n",
    ]
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
