"""Train a tagger on your own files, from flags alone.

    tagger train data/mine --label NER_BIO --columns 0:tokens,2:NER_BIO
    tagger train mine.txt --label NER_BIO --preset small
    tagger train mine.txt --label NER_BIO --columns 0:tokens,2:NER_BIO --partial
    tagger train data/sample --label POS --label chunk_BIO
    tagger train data/a data/b --label POS --columns 1:tokens,3:POS \\
        --label NER_BIO --columns 0:tokens,1:NER_BIO
    tagger train data/new --label NER_BIO --columns 0:tokens,1:NER_BIO \\
        --init-from models/NAME.h5

Each --label is a task; with several folders, the first label and columns belong to the
first one. Columns that are left out are looked for in the training file. The best model
goes to models/, under the name of the data and the label.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tagger.asking import define_or_ask
from tagger.recipes import TrainingOptions, train_with
from tagger.trainingflags import add_training_flags
from util.commandline import verb_parser
from util.commentflag import add_comment_flag
from util.corpus.datasets import leaking_columns
from util.corpus.owndata import with_dev
from util.flags import (
    parse_columns,
)

VERBOSE = True

_COMMON = {"classifier": ["CRF"], "charEmbeddings": "CNN", "learningRateDecay": 0.1}
# The settings of the recipes, small ones to try things out, and those for a few hundred
# sentences (docs/Small_Data.md).
PRESETS: dict[str, dict[str, Any]] = {
    "pos": {"LSTM-Size": [100, 100], "dropout": (0.5, 0.5), "miniBatchSize": 32},
    "chunking": {
        "LSTM-Size": [100, 100],
        "dropout": (0.5, 0.25),
        "miniBatchSize": 8,
        "lmCost": 0.1,
        "averageWeights": 0.8,
    },
    "ner": {"LSTM-Size": [100, 100], "dropout": (0.5, 0.5), "miniBatchSize": 16},
    "small": {"LSTM-Size": [50], "dropout": (0.25, 0.25), "miniBatchSize": 8},
    "few": {
        "LSTM-Size": [100],
        "dropout": (0.5, 0.5),
        "miniBatchSize": 8,
        "directFeatures": ["spelling", "context"],
        "featureCutoff": 1,
        "directDropout": 0.5,
        "earlyStopping": 30,
    },
}
_PRESET = "ner"
# This one reads all columns that are named, such as parts of speech.
_READS_ALL = "few"


def main(argv: Sequence[str]) -> None:
    """Find the data's layout, and train."""
    flags = _parser()
    arguments = flags.parse_args(argv)
    params = {**_COMMON, **PRESETS[arguments.preset or _PRESET]}
    if arguments.init_from:
        _check_beginning(arguments, flags)
        params = {}
    datasets = _datasets(arguments, flags)
    if arguments.preset == _READS_ALL:
        params["featureNames"] = [
            "tokens",
            "casing",
            *_inputs(datasets, arguments.weights),
        ]
    train_with(TrainingOptions.of(arguments, datasets, params))


def _parser() -> argparse.ArgumentParser:
    parser = verb_parser(__doc__, "train")
    parser.add_argument(
        "data", nargs="+", metavar="DATA", help="a folder such as data/mine, or a file"
    )
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="the column to predict; repeatable",
    )
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="such as 0:tokens,2:NER_BIO (default: looked for); one for all data, or "
        "one for each",
    )
    add_comment_flag(parser)
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        help=f"the settings of the network (default: {_PRESET})",
    )
    parser.add_argument(
        "--dev-share",
        type=_share,
        default=0.1,
        metavar="X",
        help="where there is no dev split, this share of the training sentences "
        "(default: %(default)s), drawn by the seed",
    )
    parser.add_argument(
        "--init-from",
        metavar="MODEL",
        help="go on from a stored model; where DATA marks only labels that it lacks, "
        "it says what the others are",
    )
    add_training_flags(parser, epochs=30)
    return parser


def _check_beginning(
    arguments: argparse.Namespace, parser: argparse.ArgumentParser
) -> None:
    """End with a message where a flag asks for another network than is stored."""
    for flag, given in (
        ("--preset", arguments.preset),
        ("--embeddings", arguments.embeddings),
    ):
        if given:
            parser.error(
                f"{flag} cannot stand with --init-from: the network and its word "
                f"vectors are those of {arguments.init_from}"
            )


def _datasets(
    arguments: argparse.Namespace, parser: argparse.ArgumentParser
) -> dict[str, dict[str, Any]]:
    """Return the definition of each task, by the stem of its outputs."""
    folders, labels, columns = arguments.data, arguments.label, arguments.columns
    tasks = max(len(folders), len(labels))
    for flag, given in (("DATA", folders), ("--label", labels), ("--columns", columns)):
        if len(given) not in (0, 1, tasks):
            parser.error(f"{flag}: give one, or one for each of the {tasks} tasks")
    datasets = {}
    for path, label, these in zip(
        *(
            list(g) * tasks if len(g) == 1 else g or [None] * tasks
            for g in (folders, labels, columns)
        )
    ):
        name, dataset = define_or_ask(
            path,
            label,
            these,
            arguments.comment,
            bool(arguments.tag_style),
            arguments.partial,
        )
        if name in datasets:
            parser.error(f"{name} is given twice")
        folder = arguments.output or "results"
        datasets[name] = with_dev(
            name, dataset, arguments.dev_share, arguments.seed or 0, folder
        )
    return datasets


def _inputs(
    datasets: Mapping[str, Mapping[str, Any]], weights: str | None
) -> list[str]:
    """Return the columns that all data have and that tell no label."""
    labels = [dataset["label"] for dataset in datasets.values()]
    columns = [list(dataset["columns"].values()) for dataset in datasets.values()]
    told = {"tokens", weights}
    told |= leaking_columns(labels, {name for names in columns for name in names})
    return [
        name
        for name in columns[0]
        if name not in told and all(name in names for names in columns)
    ]


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1: {text}")
    return share
