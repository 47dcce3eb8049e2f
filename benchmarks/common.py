"""What all systems share: the sizes of the reference job, the data, and the clock.

A system is an object with these methods:

    build()                make the network, and whatever else is lazily made
    train_first()          train on a few sentences: pays for compilation or tracing
    warm_up()              train until the speed is steady
    train() -> int         train on; return the number of tokens trained on
    tag(sentences)         strings in, label strings out, in the same order

Its constructor loads and converts the data, which is not timed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

# The scripts of this folder run in a clone, installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from util.cores import tell_numpy  # noqa: E402

tell_numpy()  # as a command does

import numpy as np  # noqa: E402

WORD_SIZE = 100
CHAR_SIZE, CHAR_FILTERS, CHAR_WIDTH, CHAR_MOST = 30, 30, 3, 25
LSTM_SIZES = (100, 100)  # per direction
DROPOUT = 0.25
BATCH = 32  # sentences
SEED = 1

CORPUS = os.path.join("data", "conll2000_chunking")
TAG_PASSES = 2  # how often dev and test are tagged while the clock runs
ONE_WORDS, ONE_SENTENCES, ONE_FIRST = 15, 200, 50  # one at a time; the first: warm-up


class Sentence(NamedTuple):
    """A sentence of the corpus."""

    tokens: list[str]
    labels: list[str]


class Options(NamedTuple):
    """What `run.py` tells a system; see `parse` for the meaning."""

    folder: str
    threads: int
    train_tokens: int
    tag_tokens: int
    train_batch: int
    tag_batch: int


def corpus_folder() -> str:
    """Return the folder of the corpus, or end with a message."""
    base = os.environ.get("TAGGER_DATA")
    if not base:
        sys.exit(
            "Set TAGGER_DATA to the folder that holds "
            f"{CORPUS}/{{train,dev,test}}.txt, the CoNLL-2000 corpus."
        )
    folder = os.path.join(base, CORPUS)
    for split in ("train", "dev", "test"):
        if not os.path.isfile(os.path.join(folder, f"{split}.txt")):
            sys.exit(f"TAGGER_DATA is wrong: there is no {folder}/{split}.txt")
    return os.path.abspath(folder)


def parse(description: str) -> Options:
    """Read the command line of a system."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--threads", type=int, default=0, help="0: system's choice")
    parser.add_argument("--train-tokens", type=int, default=0, help="0: one epoch")
    parser.add_argument("--tag-tokens", type=int, default=0, help="0: dev and test")
    parser.add_argument("--train-batch", type=int, default=0, help="for DeLFT only")
    parser.add_argument("--tag-batch", type=int, default=0, help="0: system's choice")
    arguments = parser.parse_args()
    return Options(corpus_folder(), **vars(arguments))


def read(folder: str, *splits: str, tokens: int = 0) -> list[Sentence]:
    """Read splits of the corpus, at most about `tokens` of them (0: all)."""
    sentences, words, labels, count = [], [], [], 0
    for split in splits:
        with open(os.path.join(folder, f"{split}.txt"), encoding="utf-8") as file:
            for line in [*file, "\n"]:
                if line.strip():
                    word, *_, label = line.split(" ")
                    words.append(word)
                    labels.append(label.strip())
                elif words:
                    sentences.append(Sentence(words, labels))
                    count += len(words)
                    words, labels = [], []
                    if 0 < tokens <= count:
                        return sentences
    return sentences


def word_vectors(sentences: list[Sentence]) -> tuple[list[str], np.ndarray]:
    """Return the lower-cased words of sentences and a random vector for each.

    The speed does not depend on the vectors' values. They stay fixed in training, in
    every system that has vectors: to train them costs the peers, whose optimisers
    touch all rows in each step, more than it costs us.
    """
    words = sorted({token.lower() for s in sentences for token in s.tokens})
    vectors = np.random.default_rng(SEED).uniform(-0.1, 0.1, (len(words), WORD_SIZE))
    return words, vectors.astype(np.float32)


def of_middle_length(sentences: list, length=len) -> list:
    """Return one batch of sentences of ordinary length."""
    ordered = sorted(sentences, key=length)
    start = max(len(ordered) - BATCH, 0) // 2
    return ordered[start : start + BATCH]


def measure(name: str, system, options: Options) -> None:
    """Run a system through the job and print one line of JSON."""
    tagged = read(options.folder, "dev", "test", tokens=options.tag_tokens)
    sentences = [sentence.tokens for sentence in tagged]

    # The collector need not walk through the loaded data again and again; Stanza, whose
    # data are millions of small lists, gains most.
    gc.collect()
    gc.freeze()
    started = time.perf_counter()
    system.build()
    system.train_first()
    system.tag(of_middle_length(sentences))
    trace_seconds = time.perf_counter() - started

    system.warm_up()
    started, used = time.perf_counter(), _processor_seconds()
    train_tokens = system.train()
    train_processor = _processor_seconds() - used
    train_seconds = time.perf_counter() - started

    system.tag(sentences[: 8 * BATCH])
    started, used = time.perf_counter(), _processor_seconds()
    for _ in range(TAG_PASSES):
        found = system.tag(sentences)
    tag_processor = _processor_seconds() - used
    tag_seconds = time.perf_counter() - started

    gold = [label for sentence in tagged for label in sentence.labels]
    labels = [_as_bio(label) for sentence in found for label in sentence]
    if [len(row) for row in found] != [len(row) for row in sentences]:
        raise ValueError(f"{name} did not give one label for each token.")
    result = {
        "system": name,
        "train_tokens": train_tokens,
        "train_seconds": round(train_seconds, 3),
        "train_tokens_per_second": round(train_tokens / train_seconds, 1),
        "train_tokens_per_processor_second": round(train_tokens / train_processor, 1),
        "tag_tokens": TAG_PASSES * len(gold),
        "tag_seconds": round(tag_seconds, 3),
        "tag_tokens_per_second": round(TAG_PASSES * len(gold) / tag_seconds, 1),
        "tag_tokens_per_processor_second": round(
            TAG_PASSES * len(gold) / tag_processor, 1
        ),
        "sentence_milliseconds": round(_one_at_a_time(system, sentences), 2),
        "trace_seconds": round(trace_seconds, 3),
        "peak_memory_mb": round(_peak_memory()),
        "versions": _versions(),
        "token_accuracy": round(float(np.mean(np.array(gold) == np.array(labels))), 4),
    }
    print(json.dumps(result), flush=True)


def _one_at_a_time(system, sentences: list[list[str]]) -> float:
    """Return the median milliseconds for a sentence that comes alone."""
    enough = [words[:ONE_WORDS] for words in sentences if len(words) >= ONE_WORDS]
    taken = []
    for words in enough[: ONE_FIRST + ONE_SENTENCES]:
        started = time.perf_counter()
        system.tag([words])
        taken.append(1000 * (time.perf_counter() - started))
    return float(np.median(taken[ONE_FIRST:] or taken))


def _processor_seconds() -> float:
    """Return what this process and its finished children took of all cores."""
    return sum(used.ru_utime + used.ru_stime for used in _usage())


def _versions() -> str:
    """Name the Python that runs, and the library below if it has loaded one."""
    found = [f"Python {platform.python_version()}"]
    for module, name in (("tensorflow", "TensorFlow"), ("torch", "PyTorch")):
        if module in sys.modules:
            found.append(f"{name} {sys.modules[module].__version__}")
    return ", ".join(found)


def _as_bio(label: str) -> str:
    """Undo what Stanza does to labels at the very end: S- for B- and E- for I-."""
    return {"S-": "B-", "E-": "I-"}.get(label[:2], label[:2]) + label[2:]


def _peak_memory() -> float:
    """Return the peak resident memory of this process and its children in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts in bytes
    return sum(used.ru_maxrss for used in _usage()) * unit / 2**20


def _usage() -> list[resource.struct_rusage]:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return [resource.getrusage(w) for w in who]
