"""Compares both engines: what they say of whole test sets, and one sentence's time.

    TAGGER_DATA=FOLDER python benchmarks/engines.py MODEL.h5 [MODEL.h5 ...]

Labels must be equal, and probabilities apart by at most 1e-5, on the test sets of
CoNLL-2000, UD English EWT and WNUT17 and on a page of mixed scripts; it ends with an
error where they are not. Then both tag CoNLL-2000 in turn, and sentences of its first
15 words one at a time, in a process that has tagged before.
"""

import argparse
import glob
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from util.cores import tell_numpy  # noqa: E402

tell_numpy()  # as a command does

import numpy as np  # noqa: E402

from tagger.engines import load  # noqa: E402
from util.CoNLL import readCoNLL  # noqa: E402
from util.flags import ENGINES  # noqa: E402

DATA = {
    "CoNLL-2000": ("conll2000_chunking/test.txt", {0: "tokens", 1: "POS"}),
    "UD English EWT": ("UD_English-EWT/*test.*", {1: "tokens", 3: "POS"}),
    "WNUT17": ("wnut17/*test*", {0: "tokens"}),
}
PAGE = "mixed scripts"
WORDS, SENTENCES, FIRST = 15, 400, 50  # the first ones are not counted
EXACT = 1e-5


def main():
    """Compare each model's engines; print a line per model and data, then times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="MODEL.h5")
    arguments = parser.parse_args()
    data = sentences()
    failed = False
    for path in arguments.models:
        model = os.path.basename(path)
        ours, theirs = (load(path, engine=engine) for engine in ENGINES)
        compared = False
        for name, given in data.items():
            columns = set(given[0]) | {"casing", "characters", "direct_features"}
            lacking = set(ours.params["featureNames"]) - columns
            if lacking:
                print(f"{model}, {name}: has no column {', '.join(sorted(lacking))}")
                continue
            try:
                wrong, apart = differences(ours, theirs, ours.rows(given))
            except ValueError as error:  # it needs what no file has
                print(f"{model}, {name}: {error}")
                continue
            compared = True
            failed |= bool(wrong) or apart > EXACT
            print(
                f"{model}, {name}: {len(given):,} sentences, {wrong} labels differ, "
                f"probabilities by at most {apart:.1g}",
                flush=True,
            )
        if compared:
            measure(model, dict(zip(ENGINES, (ours, theirs))), data["CoNLL-2000"])
    if failed:
        sys.exit("Error: the engines differ.")


def measure(model: str, taggers: dict, given: list[dict]) -> None:
    """Print how fast each engine tags, in turn, and how long a sentence alone takes."""
    for engine, tagger in 3 * list(taggers.items()):
        speed = rate(tagger, given)
        print(f"{model}, {engine}: {speed:,.0f} tokens/s", flush=True)
    for engine, tagger in taggers.items():
        for what, seconds in times(tagger, given).items():
            p50, p99 = np.percentile(seconds, [50, 99]) * 1000
            print(f"{model}, {engine}, {what}: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def sentences() -> dict[str, list[dict]]:
    """Return the sentences of every data set, and of the page of mixed scripts."""
    base = os.environ.get("TAGGER_DATA") or sys.exit("Error: set TAGGER_DATA.")
    found = {}
    for name, (pattern, columns) in DATA.items():
        (path,) = glob.glob(os.path.join(base, "data", pattern))
        found[name] = readCoNLL(path, columns, commentSymbol="# ")
    page = (ROOT / "benchmarks" / "mixed_scripts.txt").read_text("utf-8")
    found[PAGE] = [{"tokens": line.split()} for line in page.splitlines()]
    return found


def differences(ours, theirs, rows) -> tuple[int, float]:
    """Return how many labels differ, and how far apart the probabilities are."""
    wrong, apart = 0, 0.0
    found, wanted = ours.tagSentences(rows), theirs.tagSentences(rows)
    for task, labels in wanted.items():
        wrong += sum(
            one != other
            for pair in zip(found[task], labels)
            for one, other in zip(*pair)
        )
    found, wanted = ours.labelProbabilities(rows), theirs.labelProbabilities(rows)
    for task, marginals in wanted.items():
        for one, other in zip(found[task], marginals):
            apart = max(apart, float(np.abs(one - other).max(initial=0)))
    return wrong, apart


def rate(tagger, given) -> float:
    """Return how many tokens a second are tagged, from words to labels."""
    start = time.perf_counter()
    tagger.tagSentences(tagger.rows(given))
    tokens = sum(len(sentence["tokens"]) for sentence in given)
    return tokens / (time.perf_counter() - start)


def times(tagger, given) -> dict[str, list[float]]:
    """Return the seconds that each of many sentences takes, by what is asked for."""
    some = [
        {column: values[:WORDS] for column, values in sentence.items()}
        for sentence in given
        if len(sentence["tokens"]) >= WORDS
    ][: SENTENCES + FIRST]
    taken = {}
    for what, ask in (
        ("labels", tagger.tagSentences),
        ("with confidence", tagger.tagWithConfidence),
    ):
        seconds = []
        for sentence in some:
            start = time.perf_counter()
            ask(tagger.rows([sentence]))
            seconds.append(time.perf_counter() - start)
        taken[what] = seconds[FIRST:]
    return taken


if __name__ == "__main__":
    main()
