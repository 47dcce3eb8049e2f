"""Make a training file of what people annotated.

    tagger collect annotations.jsonl --output data/mine/train.txt
    tagger collect export.json --output data/mine/train.txt --language de

It reads what `tagger serve --annotations` has stored, exports of Label Studio (JSON)
and of doccano (JSONL), and writes one token per line with its tag (docs/Serving.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tagger.serving.annotated import read_annotated
from tagger.serving.collecting import sentences_of
from util.commandline import add_language_flag, output_file, verb_parser
from util.CoNLL import write_sentence
from util.files import atomic_path
from util.languages import language_code

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
    texts = [text for path in arguments.files for text in read_annotated(path)]
    if not texts:
        raise ValueError(f"{', '.join(arguments.files)}: no annotation is in there.")
    count = 0
    with atomic_path(arguments.output) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            for columns in sentences_of(texts, language_code(arguments.language)):
                write_sentence(file, columns)
                count += 1
    sys.stderr.write(
        f"{len(texts)} texts, {count} sentences: {arguments.output} (columns "
        "0:tokens,1:NAME_BIO)\n"
    )
