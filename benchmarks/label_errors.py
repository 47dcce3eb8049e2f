"""Puts errors into labels and counts how many of them `tagger errors` finds.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/label_errors.py \\
        [--share 0.03] [--seed 1] [--folds 5] [--epochs 10] [--jobs 2] \\
        [--sentences 0] [--output results/label_errors]

FOLDER/data/conll2000_chunking has the data. Of the training spans, a share gets another
type, another border, or is removed, a third each. What is ranked first is compared with
a random order and with the loss of a single model, which has seen all labels in
training. The dev split, by which the best epoch is chosen, keeps its labels. Goes on
where it was interrupted.
"""

import argparse
import json
import logging
import os
import random
from collections import Counter

from common import corpus_folder

from tagger.engines import load
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelerrors.run import Folds
from tagger.experiments.labelerrors.suspects import ranked, suspects
from tagger.experiments.seedruns.machines import Machines
from tagger.experiments.seedruns.seedfolder import SeedFolder
from tagger.experiments.seedruns.trainings import Run, Trainings
from util import tagschemes
from util.CoNLL import conllWrite, readCoNLL
from util.tagschemes import Span

NAMES = ["tokens", "chunk_BIO"]
KINDS = ("type", "border", "removed")
FLAGS = ["--param", "LSTM-Size=[100]", "--param", "miniBatchSize=32"]
FLAGS += ["--param", "dropout=(0.25,0.25)"]


def moved(span, taken, length, draw):
    """Return a span with one border moved by a token, None if none can be."""
    ways = []
    if span.end - span.start > 1:
        ways += [span._replace(start=span.start + 1), span._replace(end=span.end - 1)]
    if span.start and span.start - 1 not in taken:
        ways.append(span._replace(start=span.start - 1))
    if span.end < length and span.end not in taken:
        ways.append(span._replace(end=span.end + 1))
    return draw.choice(ways) if ways else None


def corrupt(sentences, share, seed):
    """Change labels in place; return by sentence the wrong places and their kinds.

    A place is a span that is wrong now, or one that was removed.
    """
    draw, truth = random.Random(seed), {}
    spans = [tagschemes.spans(s["chunk_BIO"]) for s in sentences]
    types = Counter(span.type for own in spans for span in own)
    places = [(n, span) for n, own in enumerate(spans) for span in own]
    draw.shuffle(places)
    wanted = round(share * len(places))
    for n, span in places:
        done = sum(map(len, truth.values()))
        if done == wanted:
            break
        length, kind = len(sentences[n]["tokens"]), KINDS[done % 3]
        taken = {t for s in spans[n] for t in range(s.start, s.end)}
        new = None
        if kind == "type":
            others = [t for t in sorted(types) if t != span.type]
            weights = [types[t] for t in others]
            new = span._replace(type=draw.choices(others, weights)[0])
        elif kind == "border":
            new = moved(span, taken, length, draw)
            if new is None:
                continue
        spans[n].remove(span)
        if new is not None:
            spans[n] = sorted([*spans[n], new], key=lambda s: s.start)
        truth.setdefault(n, {})[new or span] = kind
    for n, own in enumerate(spans):
        tags = tagschemes.write(own, len(sentences[n]["tokens"]), "BIO")
        sentences[n]["chunk_BIO"] = tags
    return truth


def pointed_at(suspect, truth):
    """Return the corrupted place that a suspect points at, None if it does not."""
    places = truth.get(suspect.sentence, {})
    if suspect.gold:
        span = Span(suspect.gold, suspect.start, suspect.end)
        return span if places.get(span, "removed") != "removed" else None
    for span, kind in places.items():
        if kind == "removed" and span.start < suspect.end and suspect.start < span.end:
            return span
    return None


def measure(name, found, truth):
    """Print precision among the first 1,000 and recall among the first 5,000."""
    total = Counter(kind for own in truth.values() for kind in own.values())
    first = sum(pointed_at(s, truth) is not None for s in found[:1000])
    hit = {
        (s.sentence, place)
        for s in found[:5000]
        for place in [pointed_at(s, truth)]
        if place is not None
    }
    kinds = Counter(truth[n][place] for n, place in hit)
    recall = {kind: round(100 * kinds[kind] / total[kind], 1) for kind in KINDS}
    row = {
        "order": name,
        "precision_at_1000": round(first / 10, 1),
        "recall_at_5000": round(100 * len(hit) / sum(total.values()), 1),
        "recall_by_kind": recall,
    }
    print(json.dumps(row), flush=True)


def main():
    """Corrupt, train, rank and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sentences", type=int, default=0, help="the first N only")
    parser.add_argument("--output", default="results/label_errors")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folder = corpus_folder()
    splits = {
        split: readCoNLL(
            os.path.join(folder, f"{split}.txt"), {0: NAMES[0], 2: NAMES[1]}
        )
        for split in ("train", "dev")
    }
    train = splits["train"][: given.sentences or None]
    truth = corrupt(train, given.share, given.seed)
    data = os.path.join(given.output, "corrupted")
    os.makedirs(data, exist_ok=True)
    conllWrite(os.path.join(data, "train.txt"), train, NAMES)
    conllWrite(os.path.join(data, "dev.txt"), splits["dev"], NAMES)
    dataset = {"path": data, "columns": dict(enumerate(NAMES)), "label": NAMES[1]}
    corpus = Corpus("corrupted", dataset)
    spans = sum(len(corpus.gold_spans(n)) for n in range(len(corpus.sentences)))
    wrong = Counter(kind for own in truth.values() for kind in own.values())
    print(f"{spans:,} spans, wrong: {dict(wrong)}", flush=True)
    flags = ["--epochs", str(given.epochs), *FLAGS]
    folds = Folds(corpus, given.output, given.folds, given.seed, flags, given.jobs)
    found = folds.run(["benchmarks/label_errors.py"], resume=True)
    measure(f"{given.folds} folds", found, truth)
    everybody = Folds(
        *(corpus, given.output, given.folds, given.seed, flags, given.jobs), True
    )
    every = everybody.run(["benchmarks/label_errors.py"], resume=True)
    measure(f"{given.folds} folds, --ask all", every, truth)
    shuffled = list(found)
    random.Random(given.seed).shuffle(shuffled)
    measure("random", shuffled, truth)
    single = SeedFolder(given.output, given.seed, "single")
    Trainings(Machines(given.jobs), None, "models").train(
        [Run(single, corpus.program(data, flags))]
    )
    (row,) = single.rows()
    every = range(len(corpus.sentences))
    measure(
        "loss of a single model",
        ranked(suspects(corpus, load(row.model), every)),
        truth,
    )


if __name__ == "__main__":
    main()
