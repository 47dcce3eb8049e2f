"""How many labels are enough: replay a labelled corpus as if it were being labelled.

    tagger simulate data/mine --label NER_BIO --jobs 2
    tagger simulate data/mine --label NER_BIO --strategies random mnlp \\
        --shares 0.05 0.1 0.2 0.4 --seeds 3 -- --preset small

Begins with a few sentences, trains, chooses the next ones by what the model is least
sure of (or by chance), and trains again. Prints and draws the score on the test split
(without one: dev) against the share of tokens that had labels. Flags of `tagger train`
come after `--`. See docs/How_Much_Labelling.md.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence

from tagger.experiments.labelling import points
from tagger.experiments.labelling.replay import Replay
from tagger.experiments.labelling.strategies import STRATEGIES
from tagger.labelflags import add_run_flags, corpus_of, data_parser, share, split
from tagger.machineflags import machines_of
from util.corpus import partial
from util.corpus.definition import check_definition

logger = logging.getLogger(__name__)

VERBOSE = True
_SHARES = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35]
TABLE, CURVE = "points.csv", "curve.svg"


def main(argv: Sequence[str]) -> None:
    """Replay, and say what was reached."""
    ours, flags = split(argv)
    flags_parser = parser()
    arguments = flags_parser.parse_args(ours)
    if sorted(set(arguments.shares)) != arguments.shares:
        flags_parser.error("--shares must rise")
    name, corpus = corpus_of(arguments)
    if arguments.unlabelled:  # else every training would say what does not go with it
        check_definition(name, {**corpus.dataset, partial.KEY: True})
    folder = arguments.output or os.path.join("results", f"{name}_simulated")
    replay = Replay(
        *(corpus, folder, arguments.strategies, range(1, arguments.seeds + 1)),
        *(arguments.shares, ["--epochs", str(arguments.epochs), *flags]),
        *(machines_of(arguments), arguments.unlabelled),
    )
    found = replay.run(["python", "-m", "tagger", "simulate", *argv], arguments.resume)
    points.write_table(os.path.join(folder, TABLE), found)
    points.draw(os.path.join(folder, CURVE), found)
    for line in points.summary(found):
        print(line)
    logger.info("The curve: %s", os.path.join(folder, CURVE))


def parser() -> argparse.ArgumentParser:
    """Return what reads the flags before the `--`."""
    made = data_parser(__doc__, "simulate")
    made.add_argument(
        "--strategies",
        nargs="+",
        choices=STRATEGIES,
        default=list(STRATEGIES),
        help="how the next sentences are chosen (default: all ways)",
    )
    made.add_argument(
        "--shares",
        nargs="+",
        type=share,
        default=_SHARES,
        metavar="X",
        help="at which shares of the tokens a model is trained; the first is drawn by "
        "chance (default: 0.02 to 0.35)",
    )
    made.add_argument(
        "--unlabelled",
        action="store_true",
        help="train on the sentences without labels, too, for their words (with "
        "`--param lmCost=0.1`)",
    )
    add_run_flags(made, "results/<name>_simulated", one_seed=False)
    return made
