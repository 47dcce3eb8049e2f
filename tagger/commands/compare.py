"""Compare models honestly: over many seeds, or on the same sentences.

    tagger compare results/small results/large
    tagger compare small=a.csv large=b.csv --plot comparison.png
    tagger compare --predictions a.conll b.conll

The first two compare ways of training by the results.csv that `tagger seeds` writes.
The last one compares two trained models by what they say of the same sentences.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from tagger.experiments.comparison import (
    plot,
    predictions,
    randomisation,
    report,
    tables,
)
from util.commandline import verb_parser
from util.files import atomic_path, must_differ, must_spare
from util.flags import whole_number

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Read the flags, compare, and write the report."""
    arguments = parse(argv)
    if arguments.plot:
        plot.format_of(arguments.plot)
    inputs = arguments.predictions or tables.paths(arguments.tables)
    for output in (arguments.json, arguments.plot):
        must_spare(output, inputs)
    must_differ(arguments.json, arguments.plot)
    # A terminal that lacks a character gets its number, rather than an error.
    sys.stdout.reconfigure(errors="backslashreplace")
    if arguments.predictions:
        result = compare_predictions(arguments)
    else:
        result = compare_seeds(arguments)
    if arguments.json:
        with atomic_path(arguments.json) as path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(result, file, indent=2, allow_nan=False)


def compare_seeds(arguments):
    """Compare tables of scores."""
    arms = tables.read_arms(arguments.tables, arguments.task)
    comparison = report.compare(arms, arguments.split)
    for line in comparison.lines():
        print(line)
    if arguments.plot:
        scores = [arm.scores(arguments.split) for arm in arms]
        axis = f"{arguments.split} score in percent"
        plot.violins(arguments.plot, [arm.name for arm in arms], scores, axis)
    return comparison.to_dict()


def compare_predictions(arguments):
    """Compare two files of predictions."""
    names = arguments.predictions
    a, b, measure = predictions.read_counts(
        *names, arguments.columns, arguments.measure
    )
    result = randomisation.randomisation_test(a, b, arguments.rounds, arguments.seed)
    for line in report.prediction_lines(*names, result, measure):
        print(line)
    return {"a": names[0], "b": names[1], "measure": measure, **vars(result)}


def parse(argv):
    """Read the flags."""
    parser = verb_parser(__doc__, "compare")
    parser.add_argument(
        "tables",
        nargs="*",
        metavar="[NAME=]PATH",
        help="a folder of `tagger seeds` or its results.csv",
    )
    parser.add_argument("--split", choices=("test", "dev"), default="test")
    parser.add_argument("--task", metavar="NAME", help="of tables with several tasks")
    parser.add_argument(
        "--plot", type=plain_file, metavar="FILE", help=".png, .svg or .pdf"
    )
    parser.add_argument(
        "--json", type=plain_file, metavar="FILE", help="all figures as JSON"
    )
    group = parser.add_argument_group("two files of predictions")
    group.add_argument(
        "--predictions",
        nargs=2,
        metavar="FILE",
        help="one token per line: token ... gold predicted",
    )
    group.add_argument(
        "--columns",
        type=predictions.parse_columns,
        default=predictions.LAST_TWO,
        metavar="INDEX:gold,INDEX:predicted",
        help="where the tags are, by index from 0 (default: the last two columns)",
    )
    group.add_argument(
        "--measure",
        choices=predictions.MEASURES,
        help="default: f1 of spans if all tags are such as B-NP or O, else accuracy",
    )
    group.add_argument(
        "--rounds",
        type=whole_number(1),
        default=randomisation.ROUNDS,
        metavar="N",
        help="how often to swap at random (default: %(default)s)",
    )
    group.add_argument(
        "--seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="of the swaps (default: 1)",
    )
    arguments = parser.parse_args(argv)
    if bool(arguments.tables) == bool(arguments.predictions):
        parser.error("name tables to compare, or two files with --predictions")
    if arguments.predictions and arguments.plot:
        parser.error("--plot draws tables, not predictions")
    return arguments


def plain_file(path):
    """Refuse what a new file must not take the place of, such as /dev/stdout."""
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isfile(path)):
        raise argparse.ArgumentTypeError(f"{path} is not a plain file")
    return path
