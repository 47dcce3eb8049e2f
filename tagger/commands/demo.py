"""Train a chunker on data/sample, tag input.txt, and compare with a simple rule.

tagger demo
"""

from __future__ import annotations

import glob
import os
import shlex
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence

from util.BIOF1Validation import count_spans
from util.commandline import verb_parser
from util.CoNLL import readCoNLL

DATA = "data/sample"
COLUMNS = {0: "tokens", 2: "chunk_BIO"}
VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Run the two commands that a user would run, and put the scores in context."""
    verb_parser(__doc__, "demo").parse_args(argv)
    if not os.path.isdir(DATA):
        raise ValueError(
            f"{DATA} is not here: the demo runs in the top folder of a clone."
        )
    before = set(glob.glob("models/*.h5"))
    python("Train_Chunking.py", "--data", DATA, "--seed", "1")
    new = set(glob.glob("models/*.h5")) - before or before
    model = max(new, key=os.path.getmtime)
    python("RunModel.py", model, "input.txt")

    with open("results/sample-chunk_BIO.tsv", encoding="utf-8") as file:
        *_, dev, test = map(float, file.readlines()[-1].split("\t")[2:])
    rows = {
        "this model": (dev, test),
        "every word's most frequent training label": tuple(
            most_frequent_label_f1(split) for split in ("dev", "test")
        ),
    }
    print(f"{'Chunk F1 on data/sample':<44}{'dev':>8}{'test':>8}")
    for name, scores in rows.items():
        print(f"{name:<44}" + "".join(f"{100 * score:8.2f}" for score in scores))
    print(f"\nThe model: {model}")


def python(*arguments: str) -> None:
    """Show and run a command of this project; stop if it fails."""
    print("$ python", shlex.join(arguments), flush=True)
    result = subprocess.run([sys.executable, *arguments], check=False)
    if result.returncode:
        sys.exit(result.returncode)
    print(flush=True)


def most_frequent_label_f1(split: str) -> float:
    """Return the F1 of tagging each word with its most frequent training label."""
    seen: dict[str, Counter] = defaultdict(Counter)
    overall: Counter = Counter()
    for sentence in readCoNLL(f"{DATA}/train.txt", COLUMNS):
        for word, label in zip(sentence["tokens"], sentence["chunk_BIO"]):
            seen[word][label] += 1
            overall[label] += 1
    sentences = readCoNLL(f"{DATA}/{split}.txt", COLUMNS)
    predicted = [
        [seen.get(word, overall).most_common(1)[0][0] for word in sentence["tokens"]]
        for sentence in sentences
    ]
    gold = [sentence["chunk_BIO"] for sentence in sentences]
    return count_spans(predicted, gold).scores()[2]
