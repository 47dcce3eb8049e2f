"""Search for the settings of a training script that score best on dev.

    tagger search Train_Chunking.py --space data/spaces/reimers2017.txt --trials 50
    tagger search Train_Chunking.py --space mine.txt --trials 30 --jobs 2 --halving \\
        --output runs/search -- --data data/sample --epochs 10

A line of the space is a setting: `optimizer: nadam | adam` or `units: 25 .. 100`.
Flags of the training script come after `--`. Every trial is a line of runs.csv in the
output folder, which `tagger analyse` reads. The same command goes on after an
interruption, and one with more trials adds to them. It needs Optuna. See
docs/Searching.md.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import shlex
from collections.abc import Sequence

from tagger.experiments.search.space import Range, Space, read_space
from tagger.machineflags import add_machine_flags, machines_of
from util.commandline import verb_parser
from util.flags import output_folder, parse_own, split_flags, whole_number

logger = logging.getLogger(__name__)

VERBOSE = True


def main(argv: Sequence[str]) -> None:
    """Read the flags, search, and say what was best."""
    ours, script_flags = split_flags(argv)
    arguments = parse(ours)
    space = read_space(arguments.space)
    _check_each(space, arguments.each)
    Search = _search()
    name = os.path.splitext(os.path.basename(arguments.script))[0]
    search = Search(
        arguments.script,
        script_flags,
        arguments.output or os.path.join("results", f"{name}_search"),
        space,
        trials=arguments.trials,
        machines=machines_of(arguments),
        sampler=arguments.sampler,
        halving=arguments.halving,
        each=arguments.each,
        seed=arguments.seed,
        storage=arguments.storage,
    )
    try:
        failed = search.run(["python", "-m", "tagger", "search", *argv])
    except KeyboardInterrupt:
        logger.warning(
            "%d of %d trials are finished. All finished epochs are kept; go on with "
            "the same command.",
            *(search.count_finished(), arguments.trials),
        )
        raise
    if failed:
        which = ", ".join(map(str, sorted(failed)))
        raise ValueError(
            f"{len(failed)} of {arguments.trials} trials failed ({which}): see their "
            "logs. What the others reached is kept. The same command tries again."
        )
    best = search.best()
    script, *flags = search.program(best)
    test = "" if math.isnan(best.test) else f", test {100 * best.test:.2f}"
    logger.info("All %d trials are finished: %s", arguments.trials, search.table)
    logger.info(
        "Best by its dev score is trial %d: dev %.2f%s (%s). With many seeds: "
        "python -m tagger seeds %s",
        *(best.trial, 100 * best.dev, test, best.model),
        shlex.join([script, "--", *flags]),
    )


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the flags before the `--`."""
    parser = verb_parser(
        __doc__,
        "search",
        usage="%(prog)s SCRIPT --space FILE --trials N [flags] [-- flags of the "
        "training script]",
    )
    parser.add_argument("script", metavar="SCRIPT", help="such as Train_Chunking.py")
    parser.add_argument(
        "--space", required=True, metavar="FILE", help="what to choose from"
    )
    parser.add_argument(
        "--trials",
        required=True,
        type=whole_number(1),
        metavar="N",
        help="how many trainings, earlier ones of this search included",
    )
    add_machine_flags(parser)
    parser.add_argument(
        "--sampler",
        choices=("random", "tpe"),
        default="tpe",
        help="how settings are drawn: at random, or near those that scored well "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--each",
        metavar="SETTING",
        help="train each configuration that is drawn with all options of this setting",
    )
    parser.add_argument(
        "--halving",
        action="store_true",
        help="of the trials that reach epoch 1, 3, 9 ... only the best third goes on",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="another one draws other settings (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=output_folder,
        metavar="FOLDER",
        help="where everything goes (default: results/<script>_search)",
    )
    parser.add_argument(
        "--storage",
        metavar="URL",
        help="Optuna's storage (default: the file study.sqlite3 in the folder)",
    )
    return parse_own(parser, argv)


def _check_each(space: Space, each: str | None) -> None:
    if each is not None and not isinstance(space.settings.get(each), list):
        known = [n for n, o in space.settings.items() if not isinstance(o, Range)]
        raise ValueError(
            f"--each {each}: no setting with options. There are: {', '.join(known)}"
        )


def _search():
    try:
        from tagger.experiments.search.runner import Search
    except ModuleNotFoundError as error:
        if error.name != "optuna":
            raise
        raise ModuleNotFoundError(
            "searching needs Optuna: python -m pip install -r requirements-search.txt",
            name=error.name,
        ) from None
    return Search
