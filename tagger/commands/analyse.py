"""Say what each setting is worth, from a table of many runs.

    tagger analyse runs.csv
    tagger analyse runs.csv --option optimizer --baseline optimizer=nadam --plots plots
    tagger analyse runs.tsv.gz --where Dataset=conll2000_chunking.pkl --score Test_F1

A run is a line with its settings and its score. Of runs that differ in one setting
alone it counts which option wins how often, and by how much; of all runs, how much of
their order each setting explains (docs/Comparing.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from util.commandline import verb_parser
from util.files import atomic_path, must_spare
from util.flags import output_file, plain_folder

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Read a table, and say what it tells."""
    parser = verb_parser(__doc__, "analyse")
    parser.add_argument("table", help="CSV, or with tabs; as it is or in .gz")
    parser.add_argument("--score", metavar="COLUMN", help="default: that of the test")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a setting to look at; repeatable (default: all with up to 15 options)",
    )
    for flag, what in {
        "--where": "take the runs with this value alone",
        "--baseline": "compare the options with this one, not with the best",
    }.items():
        parser.add_argument(
            flag,
            action="append",
            default=[],
            type=_pair,
            metavar="COLUMN=VALUE",
            help=f"{what}; repeatable",
        )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that is no setting; repeatable (scores, epochs, seconds, seeds "
        "and ids are none)",
    )
    parser.add_argument(
        "--plots",
        type=plain_folder,
        metavar="FOLDER",
        help="draw each setting's differences and weight there",
    )
    parser.add_argument(
        "--json", type=output_file, metavar="FILE", help="all figures as JSON"
    )
    arguments = parser.parse_args(argv)

    from tagger.experiments.analysis import effects, report
    from tagger.experiments.analysis.importance import importances
    from tagger.experiments.analysis.runs import read_runs

    sys.stdout.reconfigure(errors="backslashreplace")
    table = arguments.table
    must_spare(arguments.json, [table])
    where = dict(arguments.where)
    runs = read_runs(table, arguments.score, where, arguments.ignore)
    try:
        found = effects.analyse(runs, arguments.option, dict(arguments.baseline))
    except ValueError as error:
        raise ValueError(f"{table}: {error}") from None
    shares = importances(runs, arguments.option)
    if not found and not shares:
        raise ValueError(
            f"{table}: no two runs differ in one setting alone. Name columns that are "
            f"no settings with --ignore; settings: {', '.join(runs.settings) or 'none'}"
        )
    for line in report.lines(runs, found, shares):
        print(line)
    if arguments.json:
        with atomic_path(arguments.json) as path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(
                    report.to_dict(runs, found, shares), file, indent=2, allow_nan=False
                )
    if arguments.plots:
        for path in report.draw(arguments.plots, found, shares):
            sys.stderr.write(f"Drawn: {path}\n")


def _pair(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not column or not sign:
        raise argparse.ArgumentTypeError(f"{text}: write COLUMN=VALUE")
    return column, value
