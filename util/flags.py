"""Flags that several commands share: texts, values, and the checks of these."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from typing import Callable

from util.languages import language_code
from util.modelpaths import has_placeholder

# Where `python -m tagger download elmo` puts the published ELMo.
ELMO_OPTIONS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_options.json"
ELMO_WEIGHTS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_weights.hdf5"

# What may run a stored model.
ENGINES = ("numpy", "tensorflow")


def add_elmo_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where ELMo's files are."""
    for what, file in (("options", "options.json"), ("weights", "weights.hdf5")):
        parser.add_argument(
            f"--elmo-{what}", metavar="FILE", help=f"ELMo's {file}, if it is elsewhere"
        )


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what runs a stored model, and where its files are."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        help="what runs the model (default: numpy, which starts at once, for all that "
        "do not read ELMo; the tags are the same)",
    )
    add_elmo_flags(parser)
    parser.add_argument(
        "--word-vectors",
        metavar="FILE",
        help="the word vectors of a model of the ELMo sister tool, if they are "
        "elsewhere",
    )


def add_language_flag(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the flag that says in which language a text is.

    Args:
        parser: Gets the flag.
        default: What the help says of it.
    """
    parser.add_argument(
        "--language",
        type=_language,
        metavar="CODE",
        help=f"the language of raw text, such as de (docs/Raw_Text.md; default: "
        f"{default})",
    )


def _language(text: str) -> str:
    try:
        return language_code(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def elmo_params(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the tagger's parameters that ELMo's flags give."""
    keys = {
        "elmo_options": "elmoOptions",
        "elmo_weights": "elmoWeights",
        "elmo_cache": "elmoCache",
        "word_vectors": "wordVectors",
    }
    given = {key: getattr(arguments, flag, None) for flag, key in keys.items()}
    return {key: path for key, path in given.items() if path is not None}


def output_file(text: str) -> str:
    """Return the path of a file to write; that of a folder is refused at once."""
    if os.path.isdir(text) or not os.path.basename(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a folder, not a file")
    return text


def plain_folder(text: str) -> str:
    """Return the path of a folder to write to; that of a file is refused at once."""
    if os.path.exists(text) and not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a file, not a folder")
    return text


def whole_number(least: int) -> Callable[[str], int]:
    """Return what reads a flag whose value is a whole number from `least` on.

    >>> whole_number(1)("12")
    12
    """

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
            raise argparse.ArgumentTypeError(f"must be a whole number: {text}")
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more: {text}")
        return int(text)

    return read


def output_folder(text: str) -> str:
    """Return the path of a folder for models, whose names may hold placeholders.

    They are filled in wherever they stand in a model's path, so this one has none. The
    path of a file is refused at once.
    """
    plain_folder(text)
    if has_placeholder(text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: what stands in brackets is filled in for each model; no folder "
            "for all of them may be called so"
        )
    return text


def parse_columns(text: str) -> dict[int, str]:
    """Read a flag such as `0:tokens,1:POS`.

    >>> parse_columns("1:tokens,4:POS")
    {1: 'tokens', 4: 'POS'}
    """
    columns = {}
    for part in re.split(r",(?=\s*\d+\s*:)", text):  # names may hold commas
        index, _, name = part.partition(":")
        if (
            not index.strip().isdigit()
            or not name.strip()
            or int(index) in columns
            or name.strip() in columns.values()
        ):
            raise argparse.ArgumentTypeError(
                "expected INDEX:NAME,... such as 0:tokens,1:POS, each index and name "
                f"once, found {text!r}"
            )
        columns[int(index)] = name.strip()
    if "tokens" not in columns.values():
        raise argparse.ArgumentTypeError(f"no column is called tokens: {text!r}")
    return columns


def split_flags(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a command line at the first `--`, behind which are another program's flags.

    >>> split_flags(["data", "--", "--preset", "small"])
    (['data'], ['--preset', 'small'])
    """
    own = list(arguments)
    at = own.index("--") if "--" in own else len(own)
    return own[:at], own[at + 1 :]


def parse_own(
    parser: argparse.ArgumentParser, own: Sequence[str]
) -> argparse.Namespace:
    """Read the flags before the `--`; say where those of a training script belong."""
    arguments, unknown = parser.parse_known_args(own)
    if unknown:
        parser.error(
            f"unknown: {' '.join(unknown)}. Flags of the training script come after --"
        )
    return arguments


def add_jobs_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says how many trainings there are at once."""
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="how many to train at once; as many as there are cores is fastest "
        "(default: %(default)s)",
    )


def add_partial_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says that labels are known in part."""
    parser.add_argument(
        "--partial",
        action="store_true",
        help="? in the column of the label means that it is not known, and A|B that it "
        "is one of these",
    )


def add_tag_style_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says how tags are written, which `tag_style` reads."""
    parser.add_argument(
        "--tag-style",
        action="append",
        metavar="[COLUMN:]STYLE",
        help="how columns named _BIO, _IOB or _IOBES write their tags, such as BILOU, "
        "BMES, suffix, types, bracket or O=_ (docs/Training.md); repeatable",
    )


def tag_style(texts: Sequence[str] | None) -> str | dict[str, str] | None:
    """Return what `'tagStyle'` is for the flags given.

    >>> tag_style(["BILOU"]), tag_style(["NER_BIO:types,O=_"])
    ('BILOU', {'NER_BIO': 'types,O=_'})
    """
    styles = {}
    for text in texts or ():
        column, colon, style = text.partition(":")
        if not colon or "=" in column:
            column, style = "", text
        styles[column] = style
    if "" in styles and len(styles) > 1:
        raise ValueError("--tag-style is given both for a column and for all of them.")
    return styles.get("", styles or None)
