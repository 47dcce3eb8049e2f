"""Tag raw text: split it into sentences and tokens, and print CoNLL columns.

    python RunModel.py models/NAME.h5 input.txt
    python RunModel.py models/NAME.h5 input.txt --format html --output tags.html

Prints one token per line with its tags, and an empty line after each sentence; or
lines of JSON, or a web page.
"""

import argparse

from util.commandline import add_elmo_flags, elmo_params, run
from util.output.options import add_output_flags, needs_places, open_writer, request_of
from util.output.segmentation import BackgroundSplitter


def main():
    """Tag a text file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("input", help="a text file in UTF-8, or - for standard input")
    add_output_flags(parser)
    add_elmo_flags(parser)
    arguments = parser.parse_args()

    # It starts to split while TensorFlow loads.
    with BackgroundSplitter(arguments.input, needs_places(arguments)) as windows:
        from neuralnets.BiLSTM import BiLSTM
        from util.features import addCasingInformation, addCharInformation
        from util.output.window import Window, ask
        from util.preprocessing import createMatrices

        model = BiLSTM.loadModel(arguments.model, elmo_params(arguments))
        if model.requiredColumns:
            raise ValueError(
                f"{arguments.model} needs the columns "
                f"{', '.join(model.requiredColumns)}, which raw text lacks. Tag a "
                "column file with RunModel_CoNLL_Format.py and its --columns."
            )
        with open_writer(arguments, model) as writer:
            for window, places in windows:
                sentences = [{"tokens": tokens} for tokens in window]
                addCharInformation(sentences)
                addCasingInformation(sentences)
                rows = createMatrices(sentences, model.mappings, True)
                tags = ask(model, rows, request_of(arguments))
                writer.write(Window(window, *tags, places))


if __name__ == "__main__":
    run(main, verbose=False)
