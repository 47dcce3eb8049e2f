"""What would twice as much data bring? Train on growing shares and look ahead.

    tagger forecast data/mine --label NER_BIO --jobs 2
    tagger forecast data/mine --label NER_BIO --shares 0.25 0.5 1 --epochs 20

Prints for each label its score now, and what is to be expected of twice as much data,
with an interval. The score is that on the test split (without one: dev). Flags of
`tagger train` come after `--`. See docs/How_Much_Labelling.md.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence

from tagger.experiments.labelling import outlook
from tagger.experiments.labelling.growing import Growing
from tagger.labelflags import add_run_flags, corpus_of, data_parser, share, split
from tagger.machineflags import machines_of
from util.files import atomic_path

logger = logging.getLogger(__name__)

VERBOSE = True
_SHARES = [0.125, 0.25, 0.5, 0.75, 1.0]
RESULT = "forecast.json"


def main(argv: Sequence[str]) -> None:
    """Train on shares of the data, and look ahead."""
    ours, flags = split(argv)
    flags_parser = parser()
    arguments = flags_parser.parse_args(ours)
    shares = sorted(set(arguments.shares))
    if len(shares) < 2:
        flags_parser.error("--shares: two at least")
    name, corpus = corpus_of(arguments)
    folder = arguments.output or os.path.join("results", f"{name}_forecast")
    growing = Growing(
        *(corpus, folder, range(1, arguments.seeds + 1), shares),
        *(["--epochs", str(arguments.epochs), *flags], machines_of(arguments)),
    )
    reached = growing.run(
        ["python", "-m", "tagger", "forecast", *argv], arguments.resume
    )
    for line in outlook.report(reached):
        print(line)
    with atomic_path(os.path.join(folder, RESULT)) as path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(outlook.as_json(reached), file, indent=2, allow_nan=False)
    logger.info("All numbers: %s", os.path.join(folder, RESULT))


def parser() -> argparse.ArgumentParser:
    """Return what reads the flags before the `--`."""
    made = data_parser(__doc__, "forecast")
    made.add_argument(
        "--shares",
        nargs="+",
        type=share,
        default=_SHARES,
        metavar="X",
        help="the shares of the tokens to train on (default: 0.125 to 1)",
    )
    add_run_flags(made, "results/<name>_forecast", one_seed=False)
    return made
