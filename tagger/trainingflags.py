"""The flags that every training has, whatever says what it trains on."""

from __future__ import annotations

import argparse
import ast
from typing import Any

from util.flags import (
    add_language_flag,
    add_partial_flag,
    add_tag_style_flag,
    output_file,
    output_folder,
    plain_folder,
    whole_number,
)

BESIDE = object()  # --report without a file: beside the results


def add_training_flags(parser: argparse.ArgumentParser, epochs: int) -> None:
    """Add the flags to a parser.

    Args:
        parser: Gets the flags.
        epochs: The default of `--epochs`.
    """
    add_tag_style_flag(parser)
    add_partial_flag(parser)
    parser.add_argument(
        "--weights",
        metavar="COLUMN",
        help="the column, named in --columns, that repeats each sentence's weight",
    )
    add_language_flag(parser, "English; the model remembers it")
    parser.add_argument(
        "--embeddings",
        metavar="FILE",
        help="file of word vectors: text, or word2vec's or fastText's .bin; also in "
        ".gz, .xz or .zip (default: train them)",
    )
    parser.add_argument(
        "--epochs",
        type=whole_number(1),
        default=epochs,
        metavar="N",
        help="most epochs to train (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=whole_number(0), metavar="N", help="repeat a run exactly"
    )
    parser.add_argument(
        "--output",
        type=output_folder,
        metavar="FOLDER",
        help="where models and results go (default: models/ and results/)",
    )
    parser.add_argument(
        "--keep-all",
        action="store_true",
        help="keep every model that was the best so far, not the last of them only",
    )
    parser.add_argument(
        "--no-calibration",
        action="store_true",
        help="leave the probabilities of the best model as training made them; by "
        "default they are put right on dev (docs/Confidence.md)",
    )
    parser.add_argument(
        "--no-test",
        action="store_true",
        help="neither read nor score the test split, as long as settings are chosen",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on after the last finished epoch of an interrupted run",
    )
    parser.add_argument(
        "--workers",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="train the one model with N processes of this machine, or on the machines "
        "that TF_CONFIG lists; pays for large networks only (docs/Scaling.md)",
    )
    parser.add_argument(
        "--param",
        type=key_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a parameter of the network, such as LSTM-Size=[100,100]; repeatable",
    )
    parser.add_argument(
        "--report",
        type=output_file,
        nargs="?",
        const=BESIDE,
        metavar="FILE",
        help="write a page (.html) on the best model's scores and errors at the end "
        "(without FILE: beside the results)",
    )
    parser.add_argument(
        "--tensorboard",
        type=plain_folder,
        metavar="FOLDER",
        help="write loss, scores and speed of each epoch for TensorBoard",
    )


def key_value(text: str) -> tuple[str, Any]:
    """Return name and value of `KEY=VALUE`; the value is a Python literal or text."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, found {text!r}")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value
