"""Tag a file that is already split into tokens, one per line.

    python RunModel_CoNLL_Format.py models/NAME.h5 input.conll
    python RunModel_CoNLL_Format.py models/NAME.h5 input.conll --columns 1:tokens,4:POS

Prints every line of the input as it is, with the tags behind each token; or lines of
JSON, or a web page (--format).
"""

import argparse

from util.commandline import (
    add_elmo_flags,
    add_tag_style_flag,
    elmo_params,
    parse_columns,
    run,
    tag_style,
)
from util.output.options import add_output_flags, needs_places, open_writer, request_of


def main():
    """Tag a column file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("input", help="a column file in UTF-8, or - for standard input")
    parser.add_argument(
        "--columns",
        type=parse_columns,
        default={0: "tokens"},
        metavar="INDEX:NAME,...",
        help="columns that the model needs, by index from 0 (default: 0:tokens)",
    )
    parser.add_argument(
        "--comment", metavar="SYMBOL", help="lines that start with it are comments"
    )
    add_tag_style_flag(parser)
    add_output_flags(parser)
    add_elmo_flags(parser)
    arguments = parser.parse_args()

    from neuralnets.BiLSTM import BiLSTM
    from util.features import addCasingInformation, addCharInformation
    from util.output.offsets import ColumnPlaces
    from util.output.streams import read_blocks
    from util.output.window import Window, ask
    from util.preprocessing import createMatrices

    places = None
    if needs_places(arguments):
        places = ColumnPlaces(arguments.input, arguments.columns)
    blocks = read_blocks(
        arguments.input,
        arguments.columns,
        arguments.comment,
        numbered=places and places.lines,
        tagStyle=tag_style(arguments.tag_style),
    )
    model = BiLSTM.loadModel(arguments.model, elmo_params(arguments))
    missing = set(model.requiredColumns) - set(arguments.columns.values())
    if missing:
        raise ValueError(
            f"{arguments.model} also needs {', '.join(sorted(missing))}: say in which "
            "column it stands, as in --columns 0:tokens,1:POS"
        )
    with open_writer(arguments, model) as writer:
        for lines, sentences in blocks:
            addCharInformation(sentences)
            addCasingInformation(sentences)
            rows = createMatrices(sentences, model.mappings, True)
            tags = ask(model, rows, request_of(arguments))
            tokens = [sentence["tokens"] for sentence in sentences]
            placed = places and places.place(lines, tokens)
            writer.write(Window(tokens, *tags, placed, lines))


if __name__ == "__main__":
    run(main, verbose=False)
