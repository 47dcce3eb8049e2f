"""Test the claims of Reimers & Gurevych (2017), "Optimal Hyperparameters for Deep
LSTM-Networks for Sequence Labeling Tasks", again: on chunking, with GloVe.

    python Reproduce_Reimers2017.py                              everything, five seeds
    python Reproduce_Reimers2017.py --options classifier dropout --jobs 2
    python Reproduce_Reimers2017.py --distribution 40            one configuration

From the configuration that the paper recommends, one setting is changed at a time; runs
with the same seed are compared. The same command goes on where it stopped. The epoch is
chosen on dev, and test is only reported. See docs/Reproducing_Reimers2017.md.
"""

import argparse
import sys

from tagger.experiments.reproduction.plan import RECOMMENDED, Plan, Setting, Value
from tagger.machineflags import add_machine_flags, machines_of
from util.commandline import run
from util.flags import output_file, output_folder, whole_number

# What all trainings share, as the paper has it.
SHARED = {"earlyStopping": 5, "learningRateDecay": 0.0}

# The first value of a setting is the recommended one. The numbers are the paper's
# median difference to its best value, for chunking; then what its table of runs says.
SETTINGS = [
    Setting(
        "classifier",
        {
            "CRF": Value({"classifier": ["CRF"]}, 0.0, "CRF"),
            "Softmax": Value({"classifier": ["Softmax"]}, -0.38, "Softmax"),
        },
        "Decoder",
    ),
    Setting(
        "characters",
        {
            "CNN": Value({"charEmbeddings": "CNN"}, 0.0, "CNN"),
            "LSTM": Value({"charEmbeddings": "LSTM"}, 0.0, "LSTM"),
            "none": Value({"charEmbeddings": None}, -0.20, "False"),
        },
        "CharEmbeddings",
    ),
    Setting(
        "optimizer",  # each with the original tool's learning rate
        {
            "nadam": Value({"optimizer": "nadam"}, 0.0, "Nadam"),
            "rmsprop": Value({"optimizer": "rmsprop"}, -0.04, "RMSProp"),
            "adam": Value({"optimizer": "adam"}, -0.11, "Adam_org"),
            "adadelta": Value({"optimizer": "adadelta"}, -0.90, "Adadelta"),
            "adagrad": Value({"optimizer": "adagrad"}, -1.23, "Adagrad"),
            "sgd": Value({"optimizer": "sgd"}, -3.74, "SGD"),
        },
        "Optimizer",
    ),
    Setting(
        "dropout",
        {
            "variational": Value({"dropout": (0.25, 0.25)}, 0.0, "Variational"),
            "naive": Value({"dropout": 0.25}, -0.53, "Naive"),
            "none": Value({"dropout": 0}, -0.88, "No"),
        },
        "DropoutType",
    ),
    Setting(
        "layers",  # 200 units per direction in all
        {
            "2": Value({"LSTM-Size": [100, 100]}, 0.0, "2"),
            "1": Value({"LSTM-Size": [200]}, -0.29, "1"),
            "3": Value({"LSTM-Size": [67, 67, 66]}, -0.11, "3"),
        },
        "LSTM-Layers",
    ),
    Setting(
        "scheme",
        {
            "BIO": Value({"--scheme": "BIO"}, -0.07, "BIO"),
            "IOB": Value({"--scheme": "IOB"}, -0.34, "IOB"),
            "IOBES": Value({"--scheme": "IOBES"}, 0.0, "IOBES"),
        },
        "TaggingScheme",
    ),
    Setting(
        "clipnorm",
        {
            "1": Value({"clipnorm": 1, "clipvalue": 0}, 0.0, "1"),
            "none": Value({"clipnorm": 0}, -0.29, "0"),
            "3": Value({"clipnorm": 3}, None, "3"),
            "5": Value({"clipnorm": 5}, None, "5"),
            "10": Value({"clipnorm": 10}, None, "10"),
        },
        "clipnorm",
    ),
    Setting(
        "clipvalue",
        {
            "none": Value({}, None, "0"),
            "1": Value({"clipvalue": 1}, None, "1"),
            "3": Value({"clipvalue": 3}, None, "3"),
            "5": Value({"clipvalue": 5}, None, "5"),
            "10": Value({"clipvalue": 10}, None, "10"),
        },
        "clipvalue",
        given={"clipnorm": "none"},
    ),
    Setting(
        "batch",
        {
            "32": Value({"miniBatchSize": 32}, -0.10, "32"),
            "1": Value({"miniBatchSize": 1}, -0.56, "1"),
            "8": Value({"miniBatchSize": 8}, 0.0, "8"),
            "16": Value({"miniBatchSize": 16}, -0.05, "16"),
            "64": Value({"miniBatchSize": 64}, -0.22, "64"),
        },
        "miniBatchSize",
    ),
    Setting(
        "vectors",  # files by these names; without one, vectors are drawn and trained
        {
            "glove": Value({"--embeddings": "glove"}),
            "twitter": Value({"--embeddings": "twitter"}),
            "random": Value({}),
        },
    ),
    Setting(
        "auxiliary",  # parts of speech: a second task on the same sentences
        {
            "no": Value({}),
            "same": Value({"--auxiliary": "same"}),
            "different": Value({"--auxiliary": "different"}),
        },
    ),
]


def main():
    """Train what is not trained yet, then print the table."""
    arguments = parse(sys.argv[1:])
    plan = Plan(SETTINGS, SHARED)
    settings = arguments.options or ([] if arguments.distribution else plan.settings)

    # Only now: `run` says what an environment lacks.
    from tagger.experiments.reproduction import report, runs

    found = runs.merged(*(runs.read(path, plan) for path in arguments.runs))
    runs.check(plan, found.values())
    if not arguments.no_training:
        found = train(plan, list(settings), arguments, found)
    told = report.Report(plan, list(settings), found, arguments.published)
    sys.stdout.write(told.text())
    if arguments.csv:
        runs.write(arguments.csv, plan, found.values())
    for path, write in (
        (arguments.json, told.store),
        (arguments.plot, told.draw),
        (arguments.markdown, told.put_into),
    ):
        if path:
            write(path)


def train(plan, settings, arguments, found):
    """Train what is asked for and not among the runs found; return all runs."""
    from tagger.experiments.reproduction import runs
    from tagger.experiments.reproduction.trainings import PlanRuns

    files = {"glove": arguments.embeddings, "twitter": arguments.twitter}
    files = {name: file for name, file in files.items() if file}
    machines = machines_of(arguments)
    data, epochs = arguments.data, arguments.epochs
    ours = PlanRuns(plan, arguments.output, data, files, epochs, machines)
    runs.check(plan, found.values(), ours.protocol)
    begin = arguments.first_seed
    wanted = [
        (option, seed)
        for seed in range(begin, begin + arguments.seeds)
        for option in plan.wanted(settings)
        if files.get("twitter") or plan.options[option]["vectors"] != "twitter"
    ]
    wanted += [(RECOMMENDED, 1 + n) for n in range(arguments.distribution or 0)]
    missing = [one for one in dict.fromkeys(wanted) if one not in found]
    failed = ours.run(missing, ["python", *sys.argv]) if missing else {}
    for name, reason in failed.items():
        raise ValueError(
            f"{len(failed)} of {len(missing)} trainings failed, {name} first: {reason} "
            "What the others reached is kept; the same command tries again."
        )
    found = runs.merged(found.values(), ours.rows() if missing else ())
    runs.check(plan, found.values(), ours.protocol)
    return found


def parse(argv):
    """Read the flags."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [setting.name for setting in SETTINGS]
    parser.add_argument(
        "--options",
        nargs="+",
        choices=names,
        metavar="SETTING",
        help=f"which settings to change: {', '.join(names)} (default: all)",
    )
    for flag, least, default, text in (
        ("--seeds", 1, 5, "how many seeds each (default: 5)"),
        ("--first-seed", 0, 1, "the others follow it (default: 1)"),
        ("--epochs", 1, 50, "most epochs each (default: 50)"),
        ("--distribution", 2, None, "train so many seeds of what is recommended"),
    ):
        parser.add_argument(
            flag, type=whole_number(least), default=default, metavar="N", help=text
        )
    add_machine_flags(parser)
    for flag, type_, default, text in (
        ("--data", str, "data/conll2000_chunking", "train.txt, dev.txt and test.txt"),
        ("--embeddings", str, "glove.6B.100d.txt", "of `tagger download glove`"),
        ("--twitter", str, None, "GloVe's Twitter vectors, of 25 dimensions"),
        ("--output", output_folder, "results/reimers2017", "where models and logs go"),
        ("--published", str, None, "the paper's own table of runs"),
    ):
        text += f" (default: {default})" * bool(default)
        parser.add_argument(
            flag, type=type_, default=default, metavar="PATH", help=text
        )
    parser.add_argument(
        "--runs",
        nargs="+",
        default=[],
        metavar="FILE",
        help="runs made elsewhere, from --csv or a runs.csv: they are not repeated",
    )
    parser.add_argument(
        "--no-training", action="store_true", help="only tell of what is in --runs"
    )
    for flag, text in (
        ("--csv", "all runs, for --runs and `tagger analyse`"),
        ("--json", "the table as JSON"),
        ("--plot", "a picture (.png, .svg or .pdf)"),
        ("--markdown", "put the tables into this document"),
    ):
        parser.add_argument(flag, type=output_file, metavar="FILE", help=text)
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
