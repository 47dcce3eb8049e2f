"""Train one configuration with many seeds, for an honest comparison.

    tagger seeds Train_Chunking.py --seeds 10
    tagger seeds Train_Chunking.py --seeds 10 --jobs 2 --output runs/small \\
        -- --data data/sample --param miniBatchSize=32

Flags of the training script come after `--`. The scores of every seed go to
results.csv in the output folder; `tagger compare` compares such files. The same
command goes on after an interruption.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from tagger.experiments.seedruns.runner import SeedRuns
from tagger.machineflags import add_machine_flags, machines_of
from util.commandline import verb_parser
from util.flags import output_folder, parse_own, split_flags, whole_number

logger = logging.getLogger(__name__)

VERBOSE = True


def main(argv: Sequence[str]) -> None:
    """Read the flags, train all seeds, and say how it went."""
    ours, script_flags = split_flags(argv)
    arguments = parse(ours)
    name = os.path.splitext(os.path.basename(arguments.script))[0]
    folder = arguments.output or os.path.join("results", f"{name}_seeds")
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    runs = SeedRuns(
        arguments.script,
        script_flags,
        folder,
        machines_of(arguments),
        arguments.keep_all,
    )
    try:
        failed = runs.run(seeds, ["python", "-m", "tagger", "seeds", *argv])
    except KeyboardInterrupt:
        logger.warning(
            "%d of %d seeds are finished. All finished epochs are kept; go on with the "
            "same command.",
            *(runs.count_finished(seeds), len(seeds)),
        )
        raise
    if failed:
        which = ", ".join(map(str, sorted(failed)))
        raise ValueError(
            f"{len(failed)} of {len(seeds)} seeds failed ({which}): see their logs. "
            "What the others reached is kept. The same command tries again."
        )
    logger.info("All %d seeds are finished: %s", len(seeds), runs.results)


def parse(argv):
    """Read the flags before the `--`."""
    parser = verb_parser(
        __doc__,
        "seeds",
        usage="%(prog)s SCRIPT [flags] [-- flags of the training script]",
    )
    parser.add_argument("script", metavar="SCRIPT", help="such as Train_Chunking.py")
    parser.add_argument(
        "--seeds",
        type=whole_number(1),
        default=10,
        metavar="N",
        help="how many seeds (default: %(default)s)",
    )
    parser.add_argument(
        "--first-seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="the others follow it (default: %(default)s)",
    )
    add_machine_flags(parser)
    parser.add_argument(
        "--output",
        type=output_folder,
        metavar="FOLDER",
        help="where everything goes (default: results/<script>_seeds)",
    )
    parser.add_argument(
        "--keep-all",
        action="store_true",
        help="keep each seed's checkpoints and every model, not only the best",
    )
    return parse_own(parser, argv)
