"""Find labels that are probably wrong: rank them by what models think of them.

    tagger errors data/mine --label NER_BIO
    tagger errors mine.txt --label NER_BIO --columns 0:tokens,2:NER_BIO --jobs 2
    tagger errors data/sample --label chunk_BIO --epochs 5 -- --preset small

The training file is split into parts. For each part a model is trained on the others
and asked how probable the labels of this part are. The least probable ones come first,
in a table, as JSON lines and on a page. Flags of `tagger train` come after `--`.
See docs/Label_Errors.md.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence

from tagger.experiments.labelerrors import files
from tagger.experiments.labelerrors.run import Folds
from tagger.labelflags import add_run_flags, corpus_of, data_parser, share, split
from tagger.machineflags import machines_of
from util.flags import whole_number

logger = logging.getLogger(__name__)

VERBOSE = True


def main(argv: Sequence[str]) -> None:
    """Train on parts, ask about the others, and write what is suspect."""
    ours, flags = split(argv)
    arguments = parser().parse_args(ours)
    name, corpus = corpus_of(arguments)
    folder = arguments.output or os.path.join("results", f"{name}_errors")
    flags = ["--epochs", str(arguments.epochs), *flags]
    run = Folds(
        *(
            corpus,
            folder,
            arguments.folds,
            arguments.seed,
            flags,
            machines_of(arguments),
        ),
        everybody=arguments.ask == "all",
    )
    found = run.run(["python", "-m", "tagger", "errors", *argv], arguments.resume)
    listed = [suspect for suspect in found if suspect.probability < arguments.below]
    for file, write in (
        (files.TABLE, files.write_table),
        (files.LINES, files.write_lines),
        (files.PAGE, files.write_page),
    ):
        write(os.path.join(folder, file), corpus, listed)
    logger.info(
        "%d of %d labels are less probable than %g: %s",
        *(len(listed), len(found), arguments.below),
        os.path.join(folder, files.PAGE),
    )


def parser() -> argparse.ArgumentParser:
    """Return what reads the flags before the `--`."""
    made = data_parser(__doc__, "errors")
    made.add_argument(
        "--folds",
        type=whole_number(2),
        default=5,
        metavar="N",
        help="into how many parts to split (default: %(default)s)",
    )
    add_run_flags(made, "results/<name>_errors")
    made.add_argument(
        "--ask",
        choices=("unseen", "all"),
        default="unseen",
        help="whom: the model that has not seen the sentence, or all, the others "
        "counting half (default: %(default)s)",
    )
    made.add_argument(
        "--below",
        type=share,
        default=0.5,
        metavar="X",
        help="list what is less probable than this (default: %(default)s)",
    )
    return made
