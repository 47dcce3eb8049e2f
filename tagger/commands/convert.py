"""Convert annotated text from one format to another.

    tagger convert export.jsonl train.txt           what doccano exported, to train on
    tagger convert train.txt tasks.json             to look at in Label Studio
    tagger convert train.txt corpus/ --to brat      a folder for brat
    tagger convert predictions.jsonl train.txt --sure 0.9 --doubtful 0.5

Formats: columns, CoNLL-U, doccano, Label Studio, brat, spaCy's DocBin, our JSON lines,
plain JSON lines of spans. What has no place in the new format is listed with file and
line, and counted (docs/Formats.md).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from util.commandline import verb_parser
from util.commentflag import add_comment_flag
from util.files import must_spare
from util.flags import (
    add_language_flag,
    add_partial_flag,
    parse_columns,
    whole_number,
)
from util.formats import registry
from util.formats.converting import Source, write
from util.formats.options import Options
from util.formats.pipes import STREAM, readable_twice
from util.formats.problems import SHOWN, Problems
from util.languages import language_code
from util.output.segmentation import Style
from util.tagschemes import SCHEMES

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Convert a file."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    _check(parser, arguments)
    with readable_twice(arguments.input) as (path, names):
        _convert(arguments, path, names)


def _parser() -> argparse.ArgumentParser:
    parser = verb_parser(__doc__, "convert")
    add = parser.add_argument
    add("input", metavar="IN", help="a file or a folder; - is standard input")
    add(
        "output",
        metavar="OUT",
        help="a file, or a folder/ for brat; - is standard output",
    )
    add(
        "--from",
        dest="source",
        choices=registry.READ,
        help="the format of IN, if its name and content do not say it",
    )
    add(
        "--to",
        dest="target",
        choices=registry.FORMATS,
        help="the format of OUT, if its name does not say it",
    )
    add(
        "--columns",
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="what the columns of IN are, such as 0:tokens,2:NER_BIO (default: look)",
    )
    add_partial_flag(parser)
    add_comment_flag(parser)
    add(
        "--task",
        action="append",
        default=[],
        metavar="NAME",
        help="which spans to "
        "take, or what to call them where IN does not say it (then: NER); repeatable",
    )
    add(
        "--column",
        action="append",
        default=[],
        metavar="NAME",
        help="which labels of "
        "single tokens to take, such as UPOS (default: all); repeatable",
    )
    add("--scheme", choices=SCHEMES, default="BIO", help="of the tags that are written")
    add(
        "--group",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="of a format of "
        "sentences, make a text of each N (default: 1; 0: one of all)",
    )
    add_language_flag(parser, "English")
    add(
        "--pretokenized",
        action="store_true",
        help="each line of a text is a sentence, its tokens between blanks",
    )
    add(
        "--sure",
        type=_share,
        metavar="SCORE",
        help="spans of another system: those "
        "with this score or a better one become labels",
    )
    add(
        "--doubtful",
        type=_share,
        metavar="SCORE",
        help="those with this score or a "
        "better one become ?, all others O (default: 0)",
    )
    add("--strict", action="store_true", help="write nothing if anything is lost")
    add(
        "--list-all",
        action="store_true",
        help=f"list all that is lost, not {SHOWN} places of a kind",
    )
    return parser


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1: {text}")
    return value


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    sure, doubtful = arguments.sure, arguments.doubtful
    if doubtful is not None and sure is None:
        parser.error("--doubtful goes with --sure")
    if doubtful is not None and doubtful > sure:
        parser.error("--doubtful must not be above --sure")
    if len(set(arguments.task)) < len(arguments.task):
        parser.error("--task names one twice")


def _convert(arguments: argparse.Namespace, path: str, names: dict[str, str]) -> None:
    shown = names.get(path, path)
    if arguments.output == STREAM and arguments.target is None:
        raise ValueError(
            "Say with --to what to write to standard output: "
            f"{', '.join(registry.FORMATS)}."
        )
    source = arguments.source or registry.format_of_input(path, shown)
    target = arguments.target or registry.format_of_output(arguments.output)
    _check_formats(arguments, source, target)
    must_spare(arguments.output, [path])
    options = Options(
        tasks=arguments.task,
        columns=arguments.column,
        layout=arguments.columns,
        partial=arguments.partial,
        comment=arguments.comment,
        scheme=arguments.scheme,
        style=Style(
            language_code(arguments.language), pretokenized=arguments.pretokenized
        ),
        group=arguments.group,
        sure=arguments.sure,
        doubtful=arguments.doubtful or 0.0,
    )
    problems = Problems(None if arguments.list_all else SHOWN, names)
    sources = [Source(path, source)]
    strict = arguments.strict
    shape, writer = write(sources, arguments.output, target, options, problems, strict)
    lines = [
        f"{shown} ({registry.READ[source].title}) -> {arguments.output} "
        f"({registry.FORMATS[target].title}): {shape.documents:,} texts, "
        f"{shape.spans:,} spans.",
        *problems.summary(),
    ]
    if target == "conll":
        lines.append(f"--columns {writer.columns()}")
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _check_formats(arguments: argparse.Namespace, source: str, target: str) -> None:
    """Refuse flags that the formats have no use for."""
    if arguments.columns is not None and source != "conll":
        raise ValueError(
            f"--columns is for columns (--from conll), and {arguments.input} is "
            f"{registry.READ[source].title}."
        )
    if arguments.partial and arguments.columns is None:
        raise ValueError("--partial needs --columns, such as 0:tokens,1:NER_BIO.")
    if arguments.sure is not None and target != "conll":
        raise ValueError(
            "--sure leaves labels open, which only columns can hold: --to conll."
        )
    if target == "brat" and arguments.output == STREAM:
        raise ValueError("brat's format is a folder, and cannot be written to -.")
