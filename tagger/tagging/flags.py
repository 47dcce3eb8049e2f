"""The flags that say how the files to tag are to be read."""

from __future__ import annotations

import argparse

from util.commentflag import add_comment_flag
from util.flags import (
    add_language_flag,
    add_model_flags,
    add_tag_style_flag,
    parse_columns,
)
from util.output.encodings import known_encoding
from util.output.options import add_output_flags


def add_text_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how raw text is written."""
    add_language_flag(parser, "what the model says, else English")
    parser.add_argument(
        "--one-sentence-per-line",
        dest="line_by_line",
        action="store_true",
        help="each line of raw text is a sentence",
    )
    parser.add_argument(
        "--pretokenized",
        action="store_true",
        help="each line is a sentence, and its tokens stand between blanks",
    )
    parser.add_argument(
        "--encoding",
        type=_encoding,
        metavar="NAME",
        help="that of raw text, such as latin-1 or utf-16 (default: utf-8)",
    )


def _encoding(text: str) -> str:
    try:
        return known_encoding(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_column_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how to read a file of columns."""
    parser.add_argument(
        "--columns",
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="the files have columns: those that the model needs, by index from 0",
    )
    add_comment_flag(parser, default=" (default: as in training)")
    add_tag_style_flag(parser)
    parser.add_argument(
        "--pinned",
        action="append",
        default=[],
        metavar="COLUMN",
        help="labels that are given, in this column of --columns: the tagger finds the "
        "rest; ? is free, A|B one of these; repeatable, by the task's label",
    )


def add_tagging_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the output and of the models."""
    add_output_flags(parser)
    parser.add_argument(
        "--with",
        dest="feeders",
        action="append",
        default=[],
        metavar="MODEL.h5",
        help="tag first with this model a column that the other one needs; repeatable",
    )
    add_model_flags(parser)
