"""Tag text, or a file of columns, with a stored model.

    tagger tag models/NAME.h5 input.txt more.txt
    tagger tag input.txt                            with the newest model in models/
    tagger tag models/NAME.h5 input.conll --columns 0:tokens
    tagger tag models/NAME.h5 input.conllu --format conllu
    tagger tag models/NAME.h5 input.txt --format html --output tags.html
    tagger tag models/NAME.h5 texts/*.txt --output tags/
    tagger tag models/NAME.h5 texts/*.txt --output tags/ --jobs 4
    tagger tag models/NAME.h5 texts/*.txt --output tags/ --cluster 10.0.0.1:6379
    tagger tag models/chunker.h5 input.txt --with models/pos.h5

Raw text is split into sentences and tokens (docs/Raw_Text.md). With --columns the files
have one token per line, and every line is printed as it is, with the tags behind its
token; CoNLL-U is recognised without it (docs/Output_Formats.md). With a folder as
--output each file has an output of its own there; with --jobs several processes write
them, with --cluster those of many machines, and the same command goes on after an
interruption (docs/Scaling.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tagger.machineflags import add_cluster_flags, check_cluster
from tagger.tagging.bulk.run import tag_in_bulk
from tagger.tagging.flags import add_column_flags, add_tagging_flags, add_text_flags
from tagger.tagging.run import tag_files
from util.commandline import verb_parser
from util.flags import whole_number

VERBOSE = False
_HDF5 = b"\x89HDF\r\n\x1a\n"


def main(argv: Sequence[str]) -> None:
    """Tag files with a stored model."""
    parser = verb_parser(
        __doc__, "tag", usage="%(prog)s [MODEL.h5] FILE [FILE ...] [flags]"
    )
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        metavar="N",
        help="tag with N processes into the folder of --output; if it is interrupted, "
        "the same command goes on (default: 1; on a cluster, all that it has room for)",
    )
    add_cluster_flags(parser, "tag", "process")
    parser.add_argument(
        "inputs",
        metavar="FILE",
        nargs="+",
        help="a stored model, .h5 (default: the newest one in models/), and files in "
        "UTF-8; - is standard input",
    )
    add_text_flags(parser)
    add_column_flags(parser)
    add_tagging_flags(parser)
    arguments = parser.parse_args(argv)
    arguments.model = None
    if _is_model(arguments.inputs[0]):
        arguments.model, *arguments.inputs = arguments.inputs
    if not arguments.inputs:
        parser.error("the following arguments are required: FILE")
    for path in filter(_is_model, arguments.inputs):
        parser.error(
            f"{path} is a model, no text: name it before the files, or, to tag first "
            "what another model needs, as --with"
        )
    if arguments.columns is None and arguments.comment is not None:
        parser.error("--comment goes with --columns: raw text has no comments")
    for flag in ("language", "pretokenized", "line_by_line", "encoding"):
        if arguments.columns is not None and getattr(arguments, flag):
            name = {"line_by_line": "one-sentence-per-line"}.get(flag, flag)
            parser.error(f"--{name} is for raw text, not for files with --columns")
    if arguments.model is None:
        arguments.model = newest_model()
        sys.stderr.write(f"With the newest model: {arguments.model}\n")
    check_cluster(arguments)
    if arguments.cluster is None:
        arguments.jobs = arguments.jobs or 1
    if arguments.cluster is not None or arguments.jobs > 1:
        tag_in_bulk(arguments)
    else:
        tag_files(arguments)


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
