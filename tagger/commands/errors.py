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

from tagger.asking import define_or_ask
from tagger.experiments.labelerrors import files
from tagger.experiments.labelerrors.run import Folds
from util.commandline import (
    add_comment_flag,
    add_tag_style_flag,
    output_folder,
    parse_columns,
    tag_style,
    verb_parser,
    whole_number,
)

logger = logging.getLogger(__name__)

VERBOSE = True


def main(argv: Sequence[str]) -> None:
    """Train on parts, ask about the others, and write what is suspect."""
    from tagger.experiments.corpus import Corpus

    ours, flags = split(list(argv))
    arguments = parser().parse_args(ours)
    name, dataset = define_or_ask(
        arguments.data,
        arguments.label,
        arguments.columns,
        arguments.comment,
        bool(arguments.tag_style),
    )
    style = tag_style(arguments.tag_style)
    if style is not None:
        dataset["tagStyle"] = style
    corpus = Corpus(name, dataset)
    folder = arguments.output or os.path.join("results", f"{name}_errors")
    flags = ["--epochs", str(arguments.epochs), *flags]
    run = Folds(
        *(corpus, folder, arguments.folds, arguments.seed, flags, arguments.jobs)
    )
    try:
        found = run.run(["python", "-m", "tagger", "errors", *argv], arguments.resume)
    except KeyboardInterrupt:
        logger.warning("All finished epochs are kept; go on with --resume.")
        raise
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


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split the command line at the first `--`, and refuse flags that are ours.

    >>> split(["data", "--", "--preset", "small"])
    (['data'], ['--preset', 'small'])
    """
    if "--" not in argv:
        return argv, []
    at = argv.index("--")
    flags = argv[at + 1 :]
    for flag in flags:
        name = flag.partition("=")[0]
        if len(name) > 2 and any(own.startswith(name) for own in _OURS):
            raise ValueError(f"{flag}: give this flag before the `--`.")
    return argv[:at], flags


_OURS = (
    *("--seed", "--output", "--resume", "--epochs", "--label", "--columns"),
    *("--comment", "--tag-style"),
)


def parser() -> argparse.ArgumentParser:
    """Return what reads the flags before the `--`."""
    made = verb_parser(
        __doc__, "errors", usage="%(prog)s DATA [flags] [-- flags of tagger train]"
    )
    add_data_flags(made)
    made.add_argument(
        "--folds",
        type=whole_number(2),
        default=5,
        metavar="N",
        help="into how many parts to split (default: %(default)s)",
    )
    add_training_run_flags(made, "results/<name>_errors")
    made.add_argument(
        "--below",
        type=_probability,
        default=0.5,
        metavar="X",
        help="list what is less probable than this (default: %(default)s)",
    )
    return made


def add_data_flags(made: argparse.ArgumentParser) -> None:
    """Add what says which labelled file is meant and how it is read."""
    made.add_argument(
        "data", metavar="DATA", help="a folder such as data/mine, or a file"
    )
    made.add_argument("--label", metavar="NAME", help="the column of the labels")
    made.add_argument(
        "--columns",
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="such as 0:tokens,2:NER_BIO (default: looked for)",
    )
    add_comment_flag(made)
    add_tag_style_flag(made)


def add_training_run_flags(made: argparse.ArgumentParser, output: str) -> None:
    """Add what says how models are trained, and where they go."""
    made.add_argument(
        "--epochs",
        type=whole_number(1),
        default=10,
        metavar="N",
        help="most epochs of each training (default: %(default)s)",
    )
    made.add_argument(
        "--seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="another one draws and trains otherwise (default: %(default)s)",
    )
    made.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="how many to train at once; as many as there are cores is fastest "
        "(default: %(default)s)",
    )
    made.add_argument(
        "--output",
        type=output_folder,
        metavar="FOLDER",
        help=f"where everything goes (default: {output})",
    )
    made.add_argument(
        "--resume",
        action="store_true",
        help="go on with an interrupted run in the same folder",
    )


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most 1: {text}")
    return value
