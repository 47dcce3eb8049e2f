"""Tag text, or a file of columns, with a stored model.

    tagger tag models/NAME.h5 input.txt more.txt
    tagger tag input.txt                            with the newest model in models/
    tagger tag models/NAME.h5 input.conll --columns 0:tokens
    tagger tag models/NAME.h5 input.txt --format html --output tags.html

Raw text is split into sentences and tokens (docs/Raw_Text.md). With --columns the files
have one token per line, and every line is printed as it is, with the tags behind its
token.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from util.commandline import (
    add_comment_flag,
    add_language_flag,
    add_model_flags,
    add_tag_style_flag,
    elmo_params,
    parse_columns,
    tag_style,
    verb_parser,
)
from util.languages import ENGLISH, language_code
from util.output.encodings import known_encoding
from util.output.options import add_output_flags, needs_places, open_writer, request_of
from util.output.segmentation import BackgroundSplitter, Style
from util.task import comment_of

VERBOSE = False
_HDF5 = b"\x89HDF\r\n\x1a\n"


def main(argv: Sequence[str]) -> None:
    """Tag files with a stored model."""
    parser = verb_parser(
        __doc__, "tag", usage="%(prog)s [MODEL.h5] FILE [FILE ...] [flags]"
    )
    parser.add_argument(
        "inputs",
        metavar="FILE",
        nargs="+",
        help="a stored model, .h5 (default: the newest one in models/), and files in "
        "UTF-8; - is standard input",
    )
    add_text_flags(parser)
    add_column_flags(parser)
    add_output_flags(parser)
    add_model_flags(parser)
    arguments = parser.parse_args(argv)
    arguments.model = None
    if _is_model(arguments.inputs[0]):
        arguments.model, *arguments.inputs = arguments.inputs
    if not arguments.inputs:
        parser.error("the following arguments are required: FILE")
    if arguments.columns is None and arguments.comment is not None:
        parser.error("--comment goes with --columns: raw text has no comments")
    for flag in ("language", "pretokenized", "line_by_line", "encoding"):
        if arguments.columns is not None and getattr(arguments, flag):
            name = {"line_by_line": "one-sentence-per-line"}.get(flag, flag)
            parser.error(f"--{name} is for raw text, not for files with --columns")
    if arguments.model is None:
        arguments.model = newest_model()
        sys.stderr.write(f"With the newest model: {arguments.model}\n")
    (tag_text if arguments.columns is None else tag_columns)(arguments)


def newest_model(folder: str = "models") -> str:
    """Return the model file in a folder that was written last.

    Raises:
        ValueError: There is none.
    """
    found = [path for path in Path(folder).glob("**/*.h5") if path.is_file()]
    if not found:
        raise ValueError(
            f"There is no model in {folder}/. Name one before the text (MODEL.h5), or "
            "train one: tagger train --help"
        )
    return str(max(found, key=lambda path: (path.stat().st_mtime_ns, str(path))))


def _is_model(path: str) -> bool:
    """Tell models by their names; by their beginning if they have another one."""
    if path.endswith(".h5") or not os.path.isfile(path):
        return path.endswith(".h5")
    with open(path, "rb") as file:
        return file.read(len(_HDF5)) == _HDF5


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


def tag_text(arguments: argparse.Namespace) -> None:
    """Tag raw text.

    Args:
        arguments: With `model`, `inputs` and the flags of ELMo and of the output.

    Raises:
        ValueError: The model needs what raw text lacks.
    """
    first, *others = arguments.inputs
    language = arguments.language or _stored_language(arguments.model)
    style = Style(
        language,
        arguments.line_by_line,
        arguments.pretokenized,
        arguments.encoding or "utf-8",
    )
    # It starts to split while TensorFlow loads.
    with BackgroundSplitter(first, needs_places(arguments), style) as windows:
        from neuralnets.BiLSTM import BiLSTM
        from util.output.window import Window, ask

        model = BiLSTM.loadModel(arguments.model, elmo_params(arguments))
        if model.requiredColumns:
            raise ValueError(
                f"{arguments.model} needs the columns "
                f"{', '.join(model.requiredColumns)}, which raw text lacks. Tag a "
                "column file with --columns (or RunModel_CoNLL_Format.py)."
            )
        with open_writer(arguments, model) as writer:

            def tag(windows: BackgroundSplitter) -> None:
                for window, places in windows:
                    rows = model.rows([{"tokens": tokens} for tokens in window])
                    tags = ask(model, rows, request_of(arguments))
                    writer.write(Window(window, *tags, places))

            tag(windows)
            for path in others:
                with BackgroundSplitter(path, needs_places(arguments), style) as more:
                    tag(more)


def _stored_language(path: str) -> str:
    """Return the language of a model's texts; `loadModel` says what is wrong with it.

    The text is being split before TensorFlow is loaded, and so before the model is.
    """
    from neuralnets.storage.h5file import sealed_attribute

    try:
        return language_code(json.loads(sealed_attribute(path, "params"))["language"])
    except (LookupError, TypeError, ValueError):
        return ENGLISH


def tag_columns(arguments: argparse.Namespace) -> None:
    """Tag files with one token per line.

    Args:
        arguments: As for `tag_text`, with `columns` and `comment`.

    Raises:
        ValueError: The model needs a column that `columns` does not name.
    """
    from neuralnets.BiLSTM import BiLSTM
    from util.output.offsets import ColumnPlaces
    from util.output.streams import read_blocks
    from util.output.window import Window, ask

    model = BiLSTM.loadModel(arguments.model, elmo_params(arguments))
    missing = set(model.requiredColumns) - set(arguments.columns.values())
    if missing:
        raise ValueError(
            f"{arguments.model} also needs {', '.join(sorted(missing))}: say in which "
            "column it stands, as in --columns 0:tokens,1:POS"
        )
    comment = arguments.comment
    if comment is None:
        comment = comment_of(model.tasks.values())
    files = []
    for path in arguments.inputs:
        places = None
        if needs_places(arguments):
            places = ColumnPlaces(path, arguments.columns)
        blocks = read_blocks(
            path,
            arguments.columns,
            comment,
            numbered=places and places.lines,
            tagStyle=tag_style(arguments.tag_style),
        )
        files.append((places, blocks))
    with open_writer(arguments, model) as writer:
        for places, blocks in files:
            for lines, sentences in blocks:
                tags = ask(model, model.rows(sentences), request_of(arguments))
                tokens = [sentence["tokens"] for sentence in sentences]
                placed = places and places.place(lines, tokens)
                writer.write(Window(tokens, *tags, placed, lines))
