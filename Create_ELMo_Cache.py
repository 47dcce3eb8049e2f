"""Compute ELMo's vectors of a data set once, for all training runs to come.

    python Create_ELMo_Cache.py conll2000_chunking 0       data/conll2000_chunking
    python Create_ELMo_Cache.py data/sample 0 --half       any folder, half the size

DATASET is a folder, or the name of one in data/, with train.txt, dev.txt and test.txt;
TOKEN_COLUMN is the index of the column that holds the words, from 0. An interrupted run
goes on where it stopped. Train with the cache like this:

    python Train_Chunking_ELMo.py --cache embeddings/elmo_cache_conll2000_chunking.h5
"""

import argparse
import os

from util.commandline import run
from util.commentflag import add_comment_flag
from util.flags import (
    ELMO_OPTIONS,
    ELMO_WEIGHTS,
    add_elmo_flags,
    whole_number,
)


def main():
    """Write the cache."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "dataset", metavar="DATASET", help="a folder, or a name in data/"
    )
    parser.add_argument(
        "column",
        type=whole_number(0),
        metavar="TOKEN_COLUMN",
        help="index of the words' column, from 0",
    )
    parser.add_argument(
        "device",
        type=whole_number(-1),
        nargs="?",
        default=-1,
        metavar="DEVICE",
        help="number of a graphics card (default: -1, the processor)",
    )
    add_elmo_flags(parser)
    parser.add_argument(
        "--cache",
        metavar="FILE",
        help="where to write (default: embeddings/elmo_cache_DATASET.h5)",
    )
    parser.add_argument(
        "--half", action="store_true", help="half precision: half the size"
    )
    add_comment_flag(parser)
    arguments = parser.parse_args()

    from neuralnets.elmo import ElmoVectors, fill_cache
    from util.corpus.datasets import split_files
    from util.output.streams import read_blocks
    from util.progress import Progress

    name = os.path.basename(os.path.normpath(arguments.dataset))
    is_folder = os.path.isdir(arguments.dataset)
    files = split_files(name, {"path": arguments.dataset} if is_folder else {})
    path = arguments.cache or os.path.join("embeddings", f"elmo_cache_{name}.h5")

    def read():
        for file in files.values():
            columns = {arguments.column: "tokens"}
            for _, sentences in read_blocks(file, columns, arguments.comment):
                yield [sentence["tokens"] for sentence in sentences]

    vectors = ElmoVectors(
        arguments.elmo_options or ELMO_OPTIONS,
        arguments.elmo_weights or ELMO_WEIGHTS,
        device=arguments.device,
    )
    with Progress("ELMo", "tokens", last=True) as progress:
        cache = fill_cache(path, vectors, read, arguments.half, progress)
    print(
        f"{path}: {len(cache):,} sentences, {cache.tokens:,} tokens, "
        f"{os.path.getsize(path):,} bytes"
    )


if __name__ == "__main__":
    run(main)
