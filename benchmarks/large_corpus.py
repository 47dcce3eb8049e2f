"""Measures seconds and peak memory of preparing and training on large corpora.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/large_corpus.py [--sizes 0.2 2 20]

Repeats CoNLL-2000's training text to so many million tokens, in a temporary folder.
Some words of each copy get a number, so that the vocabulary grows as that of new text
does. Every figure comes from a process of its own.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = "data/conll2000_chunking"
VARIED = 0.1  # this share of the words that may be varied
# Of a word there are so many variants at most, and another one every so many copies.
MOST_VARIANTS, COPIES = 50, 4

# What each child runs; what it imports is measured, too.
_FRAME = """
import json, logging, resource, sys, time
start = time.perf_counter()
sys.path.insert(0, {root!r})
from util.preprocessing import perpareDataset, loadDatasetPickle
datasets = {{"large": {{"columns": {{0: "tokens", 1: "POS", 2: "chunk_BIO"}},
    "label": "chunk_BIO", "path": "corpus"}}}}
{work}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps([time.perf_counter() - start, peak]))
"""
_PREPARE = "perpareDataset(None, datasets)"
_TRAIN = """
from neuralnets.BiLSTM import BiLSTM
_, mappings, data = loadDatasetPickle(perpareDataset(None, datasets))
model = BiLSTM({"classifier": "CRF", "charEmbeddings": "CNN", "LSTM-Size": [100],
    "seed": 1})
model.setMappings(mappings, None)
model.setDataset(datasets, data)
model.modelSavePath = "models/[ModelName].h5"
model.fit(1)
"""


def make_corpus(source: str, target: str, tokens: int) -> None:
    """Write so many training tokens; dev and test are those of CoNLL-2000."""
    os.makedirs(target)
    for split in ("dev", "test"):
        name = f"{split}.txt"
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    text = Path(source, "train.txt").read_text(encoding="utf-8")
    sentences = [s.split("\n") for s in re.split(r"\n\s*\n", text) if s.strip()]
    draw, copy, written = random.Random(1), 0, 0
    with open(os.path.join(target, "train.txt"), "w", encoding="utf-8") as file:
        while written < tokens:
            variants = min(copy // COPIES, MOST_VARIANTS)
            for sentence in sentences:
                for line in sentence:
                    word, rest = line.split(maxsplit=1)
                    if variants and word.isalpha() and draw.random() < VARIED:
                        word = f"{word}~{draw.randint(1, variants)}"
                    file.write(f"{word} {rest}\n")
                file.write("\n")
                written += len(sentence)
                if written >= tokens:
                    break
            copy += 1


def child(work: str, folder: str) -> list[float]:
    """Run one measurement in a process of its own; return seconds and gigabytes."""
    code = _FRAME.format(root=str(ROOT), work=work)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, check=False
    )
    if result.returncode:
        sys.exit(result.returncode)
    return json.loads(result.stdout.splitlines()[-1])


def main() -> None:
    """Measure every size and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=float, nargs="+", default=[0.2, 2, 20], help="million tokens"
    )
    arguments = parser.parse_args()
    if "TAGGER_DATA" not in os.environ:
        sys.exit("Set TAGGER_DATA to the folder that holds data/conll2000_chunking.")
    source = os.path.join(os.path.abspath(os.environ["TAGGER_DATA"]), DATA)
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            corpus = os.path.join(folder, "corpus")
            make_corpus(source, corpus, round(size * 1e6))
            for name, work in (("prepare", _PREPARE), ("train", _TRAIN)):
                took, peak = child(work, folder)
                print(
                    f"{size} million tokens, {name}: {took:.1f} s, {peak:.2f} GB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
