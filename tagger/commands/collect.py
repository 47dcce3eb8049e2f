"""Make a training file of what people annotated.

    tagger collect annotations.jsonl --output data/mine/train.txt
    tagger collect export.json --output data/mine/train.txt --language de

It reads what `tagger serve --annotations` has stored, exports of Label Studio (JSON)
and of doccano (JSONL), and writes one token per line with its tag (docs/Serving.md).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from util.commandline import verb_parser
from util.files import must_spare
from util.flags import (
    add_language_flag,
    output_file,
)
from util.formats import registry
from util.formats.converting import Source, write
from util.formats.options import Options
from util.formats.pipes import readable_twice
from util.formats.problems import Problems
from util.languages import language_code
from util.output.segmentation import Style

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Write a training file."""
    parser = verb_parser(__doc__, "collect")
    parser.add_argument("files", metavar="FILE", nargs="+", help="annotations")
    parser.add_argument(
        "--output",
        metavar="FILE",
        required=True,
        type=output_file,
        help="the file to write: tokens and tags, in two columns",
    )
    add_language_flag(parser, "English")
    arguments = parser.parse_args(argv)
    must_spare(arguments.output, arguments.files)
    options = Options(style=Style(language_code(arguments.language)))
    with contextlib.ExitStack() as stack:
        sources, names = [], {}
        for file in arguments.files:
            path, copied = stack.enter_context(readable_twice(file))
            sources.append(_source(path))
            names.update(copied)
        problems = Problems(name=names)
        shape, writer = write(sources, arguments.output, "conll", options, problems)
    counts = f"{shape.documents} texts, {writer.sentences} sentences"
    lines = [f"{counts}: {arguments.output} (columns {writer.columns()})"]
    for layer in shape.layers:
        without = shape.documents - shape.marked[layer]
        if without and len(shape.layers) > 1:
            lines.append(
                f"{without:,} x a text without {layer}, all O in its column: was it "
                "annotated for that?"
            )
    sys.stderr.write("".join(f"{line}\n" for line in lines + problems.summary()))


def _source(path: str) -> Source:
    """Return a file with its format, one of those that hold annotations."""
    form = registry.format_of_input(path, path)
    if form not in (registry.JOURNAL, "doccano", "labelstudio"):
        raise ValueError(
            f"{path}: neither an annotation of this service nor an export of doccano "
            "(JSONL) or Label Studio (JSON). tagger convert reads other formats."
        )
    # A journal may hold lines of doccano's, also before its own.
    return Source(path, registry.JOURNAL if form == "doccano" else form)
