"""Tag raw text: split it into sentences and tokens, and print CoNLL columns.

    python RunModel.py models/NAME.h5 input.txt

Prints one token per line with its tags, and an empty line after each sentence.
"""

import argparse
import sys

from util.commandline import add_elmo_flags, elmo_params, run
from util.segmentation import BackgroundSplitter


def main():
    """Tag a text file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("input", help="a text file in UTF-8, or - for standard input")
    add_elmo_flags(parser)
    arguments = parser.parse_args()

    # It starts to split while TensorFlow loads.
    with BackgroundSplitter(arguments.input) as windows:
        from neuralnets.BiLSTM import BiLSTM
        from util.CoNLL import write_sentence
        from util.features import addCasingInformation, addCharInformation
        from util.preprocessing import createMatrices

        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        model = BiLSTM.loadModel(arguments.model, elmo_params(arguments))
        if model.requiredColumns:
            raise ValueError(
                f"{arguments.model} needs the columns "
                f"{', '.join(model.requiredColumns)}, which raw text lacks. Tag a "
                "column file with RunModel_CoNLL_Format.py and its --columns."
            )
        for window in windows:
            sentences = [{"tokens": tokens} for tokens in window]
            addCharInformation(sentences)
            addCasingInformation(sentences)
            rows = createMatrices(sentences, model.mappings, True)
            tags = model.tagSentences(rows)
            for number, tokens in enumerate(window):
                columns = [tokens, *(labels[number] for labels in tags.values())]
                write_sentence(sys.stdout, columns)


if __name__ == "__main__":
    run(main, verbose=False)
