"""The flags of the verbs that train on parts of a labelled file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tagger.asking import define_or_ask
from tagger.experiments.corpus import Corpus
from tagger.machineflags import add_machine_flags
from util.commandline import verb_parser
from util.commentflag import add_comment_flag
from util.flags import (
    add_tag_style_flag,
    output_folder,
    parse_columns,
    split_flags,
    tag_style,
    whole_number,
)

# Each training gets these from the verb itself.
_OURS = (
    *("--seed", "--output", "--resume", "--epochs", "--label", "--columns"),
    *("--comment", "--tag-style"),
)


def data_parser(description: str | None, verb: str) -> argparse.ArgumentParser:
    """Return what reads the flags before the `--`, those of the data first."""
    usage = "%(prog)s DATA [flags] [-- flags of tagger train]"
    made = verb_parser(description, verb, usage=usage)
    _add_data_flags(made)
    return made


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the command line at the first `--`, and refuse flags that are ours."""
    ours, flags = split_flags(argv)
    if "--partial" in [*ours, *flags]:
        raise ValueError(
            "--partial: this needs labels that are all known. Give a file of the "
            "sentences that have all of theirs."
        )
    for flag in flags:
        name = flag.partition("=")[0]
        if len(name) > 2 and any(own.startswith(name) for own in _OURS):
            raise ValueError(f"{flag}: give this flag before the `--`.")
    return ours, flags


def corpus_of(arguments: argparse.Namespace) -> tuple[str, Corpus]:
    """Return the name of the data set that flags name, and its labelled sentences."""
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
    return name, Corpus(name, dataset)


def _add_data_flags(made: argparse.ArgumentParser) -> None:
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


def add_run_flags(
    made: argparse.ArgumentParser, output: str, one_seed: bool = True
) -> None:
    """Add what says how models are trained, and where they go.

    Args:
        made: Gets the flags.
        output: The usual folder, for the help.
        one_seed: Whether there is one seed, and not many.
    """
    made.add_argument(
        "--epochs",
        type=whole_number(1),
        default=10,
        metavar="N",
        help="most epochs of each training (default: %(default)s)",
    )
    if one_seed:
        made.add_argument(
            "--seed",
            type=whole_number(0),
            default=1,
            metavar="N",
            help="another one draws and trains otherwise (default: %(default)s)",
        )
    else:
        made.add_argument(
            "--seeds",
            type=whole_number(1),
            default=3,
            metavar="N",
            help="how many seeds, from 1 on (default: %(default)s)",
        )
    add_machine_flags(made)
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


def share(text: str) -> float:
    """Read a share; raise unless it is more than 0 and at most 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most 1: {text}")
    return value
