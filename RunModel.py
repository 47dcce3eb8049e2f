"""Tag raw text: split it into sentences and tokens, and print CoNLL columns.

    python RunModel.py models/NAME.h5 input.txt
    python RunModel.py models/NAME.h5 input.txt --format html --output tags.html

Prints one token per line with its tags, and an empty line after each sentence; or
lines of JSON, or a web page. `python -m tagger tag` does the same for many files.
"""

import argparse

from tagger.tagging.flags import add_tagging_flags, add_text_flags
from tagger.tagging.run import tag_files
from util.commandline import run


def main():
    """Tag a text file with a stored model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a stored model, .h5")
    parser.add_argument(
        "inputs",
        nargs=1,
        metavar="input",
        help="a text file in UTF-8, or - for standard input",
    )
    add_text_flags(parser)
    add_tagging_flags(parser)
    parser.set_defaults(columns=None, comment=None, tag_style=None, pinned=[])
    tag_files(parser.parse_args())


if __name__ == "__main__":
    run(main, verbose=False)
