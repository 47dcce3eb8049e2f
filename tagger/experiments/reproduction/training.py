"""One training of a reproduction: a chunker, perhaps with parts of speech beside it.

    python -m tagger.experiments.reproduction.training --data data/sample --scheme IOBES

`Reproduce_Reimers2017.py` starts it. The files have word, part of speech and chunk in
BIO; the tags are learned in the scheme that is asked for. Its spans are counted, which
are the same when the tags are turned back into BIO.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import Any

from neuralnets import hyperparameters
from tagger.recipes import TrainingOptions, train_with
from tagger.trainingflags import add_training_flags
from util.commandline import run
from util.tagschemes import SCHEMES

COLUMNS = {0: "tokens", 1: "POS", 2: "chunk_BIO"}
AUXILIARY = "POS"
LEVELS = ("same", "different")


def main(argv: Sequence[str] | None = None) -> None:
    """Read the flags, and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, metavar="FOLDER", help="of the files")
    parser.add_argument(
        "--scheme", choices=SCHEMES, default="BIO", help="of the tags to learn"
    )
    parser.add_argument(
        "--auxiliary",
        choices=LEVELS,
        help="learn parts of speech, too: from the same layer as the chunks, or from "
        "the one below",
    )
    add_training_flags(parser, epochs=50)
    arguments = parser.parse_args(argv)
    name = os.path.basename(os.path.normpath(arguments.data))
    label = f"chunk_{arguments.scheme}"
    datasets = {name: _dataset(arguments.data, label, True)}
    if arguments.auxiliary:
        datasets[AUXILIARY] = _dataset(arguments.data, AUXILIARY, False)
    options = TrainingOptions.of(arguments, datasets, {})
    if arguments.auxiliary:
        options.params.update(_levels(options.params, name, arguments.auxiliary))
    # Of hundreds of thousands of vectors, each model keeps those that its data need.
    train_with(options, reducePretrainedEmbeddings=True)


def _dataset(folder: str, label: str, evaluate: bool) -> dict[str, Any]:
    return {
        "columns": COLUMNS,
        "label": label,
        "path": folder,
        "evaluate": evaluate,  # what is not has no say in when to stop
    }


def _levels(params: Mapping[str, Any], name: str, level: str) -> dict[str, Any]:
    """Return the parameters that give the highest layer to both tasks, or to one."""
    params = hyperparameters.merge(params)
    own, layers = params["classifier"], params["LSTM-Size"]
    if level == "same":
        return {}
    if len(layers) < 2:
        raise ValueError(
            f"`LSTM-Size` must have two layers or more for tasks at different levels. "
            f"Received: {layers}"
        )
    *shared, highest = layers
    chunks = [(params["recurrentCell"], highest), *own]
    return {"LSTM-Size": shared, "customClassifier": {name: chunks}}


if __name__ == "__main__":
    run(main)
