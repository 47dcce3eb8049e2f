"""Check a data set before anything is trained on it.

    tagger check data/sample
    tagger check data/my_data --columns 0:tokens,2:NER_BIO
    tagger check mine.txt --label NER
    tagger check data/my_data --columns 0:tokens,2:NER_BIO \\
        --convert BILOU --output data/converted

It counts what is there, and lists what is wrong as file:line. The exit code is 0 if
training could start, warnings or not, and 1 if it could not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from util.commandline import verb_parser
from util.commentflag import add_comment_flag
from util.corpus.checking.check import check, default_label
from util.corpus.checking.text import first_rows, write_report
from util.corpus.convert import convert_files
from util.corpus.datasets import KNOWN_COLUMNS, MissingData
from util.corpus.definition import check_definition
from util.corpus.owndata import define, full_label
from util.flags import (
    add_partial_flag,
    add_tag_style_flag,
    parse_columns,
    tag_style,
)

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Check, and write the report; exit with 1 if training could not start."""
    parser = verb_parser(__doc__, "check")
    parser.add_argument(
        "folder", metavar="DATA", help="a folder such as data/sample, or a file"
    )
    parser.add_argument(
        "--columns",
        type=parse_columns,
        metavar="INDEX:NAME,...",
        help="such as 0:tokens,2:NER_BIO (default: known for the public data sets; of "
        "others looked for, with --label)",
    )
    parser.add_argument("--label", metavar="NAME", help="the column to predict")
    add_comment_flag(parser)
    add_tag_style_flag(parser)
    add_partial_flag(parser)
    parser.add_argument("--embeddings", metavar="FILE", help="text file of vectors")
    parser.add_argument(
        "--convert",
        action="append",
        metavar="[COLUMN:]STYLE",
        help="write the files anew, tags in this style turned into the scheme that the "
        "column's name ends in",
    )
    parser.add_argument(
        "--output", metavar="FOLDER", help="where --convert writes; it overwrites none"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    arguments = parser.parse_args(argv)
    if bool(arguments.convert) != bool(arguments.output):
        parser.error("--convert and --output belong together")

    folder = arguments.folder
    name = os.path.basename(os.path.normpath(folder))
    columns = arguments.columns or KNOWN_COLUMNS.get(name)
    place: dict[str, Any] = {"path": folder}
    if os.path.isfile(folder) or (columns is None and arguments.label):
        given = arguments.comment, bool(arguments.tag_style), arguments.partial
        name, place = define(folder, arguments.label, columns, *given)
        columns, arguments.label = place["columns"], place["label"]
        place["evaluate"] = "files" not in place
    if columns is None:
        if not os.path.isdir(folder):
            raise MissingData(folder)
        sys.stderr.write(
            f"Error: {folder}: say what its columns are, such as --columns "
            f"0:tokens,1:NER_BIO\n{first_rows(folder, arguments.comment)}"
        )
        sys.exit(1)
    label = arguments.label or default_label(columns)
    if label is None:
        raise ValueError(f"{folder}: --columns names no column but the tokens.")
    label = full_label(label, columns)
    dataset = {
        **place,
        "columns": columns,
        "label": label,
        "commentSymbol": arguments.comment,
        "partial": arguments.partial,
        "tagStyle": tag_style(arguments.convert or arguments.tag_style)
        or place.get("tagStyle"),
    }
    if arguments.convert:
        check_definition(name, dataset)
        for path in convert_files(name, dataset, arguments.output):
            sys.stdout.write(f"Written: {path}\n")
        return
    report = check({name: dataset}, arguments.embeddings)
    # A terminal that lacks a character gets its number, rather than an error.
    sys.stdout.reconfigure(errors="backslashreplace")
    if arguments.json:
        json.dump(report.to_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        write_report(report, sys.stdout)
    sys.exit(0 if report.can_start else 1)
