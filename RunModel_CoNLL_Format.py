"""Tag a file that is already split into tokens, one per line.

    python RunModel_CoNLL_Format.py models/NAME.h5 input.conll
    python RunModel_CoNLL_Format.py models/NAME.h5 input.conll --columns 1:tokens,4:POS

Prints every line of the input as it is, with the tags behind each token; or CoNLL-U,
lines of JSON, or a web page (--format). `python -m tagger tag --columns` does the same
for many files.
"""

import argparse

from tagger.tagging.flags import add_column_flags, add_tagging_flags
from tagger.tagging.run import tag_files
from util.commandline import run


def main():
    """Tag a column file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument(
        "inputs",
        nargs=1,
        metavar="input",
        help="a column file in UTF-8, or - for standard input",
    )
    add_column_flags(parser)
    add_tagging_flags(parser)
    tag_files(parser.parse_args(), {0: "tokens"})


if __name__ == "__main__":
    run(main, verbose=False)
