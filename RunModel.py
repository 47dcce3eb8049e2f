"""Tag raw text: split it into sentences and tokens, and print CoNLL columns.

    python RunModel.py models/NAME.h5 input.txt

Prints one token per line with its tags, and an empty line after each sentence.
"""

import argparse
import sys

from util.commandline import run


def main():
    """Tag a text file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument("input", help="a text file in UTF-8, or - for standard input")
    arguments = parser.parse_args()

    from neuralnets.BiLSTM import BiLSTM
    from util.CoNLL import write_sentence
    from util.features import addCasingInformation, addCharInformation
    from util.preprocessing import createMatrices
    from util.segmentation import read_text
    from util.streams import open_text

    sys.stdout.reconfigure(encoding="utf-8")
    with open_text(arguments.input) as file:
        model = BiLSTM.loadModel(arguments.model)
        if model.requiredColumns:
            raise ValueError(
                f"{arguments.model} needs the columns "
                f"{', '.join(model.requiredColumns)}, which raw text lacks. Tag a "
                "column file with RunModel_CoNLL_Format.py and its --columns."
            )
        for window in read_text(file):
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
