"""Speed and memory of ELMo's language model at its published size, random weights.

    python benchmarks/elmo_full_size.py [--tokens 10000]

The weights are made in a temporary folder (380 MB) and removed at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from neuralnets import threads  # noqa: E402
from neuralnets.elmo import BidirectionalLanguageModel  # noqa: E402
from util.progress import Progress  # noqa: E402

OPTIONS = {
    "lstm": {
        "use_skip_connections": True,
        "projection_dim": 512,
        "cell_clip": 3,
        "proj_clip": 3,
        "dim": 4096,
        "n_layers": 2,
    },
    "char_cnn": {
        "activation": "relu",
        "filters": [
            [1, 32],
            [2, 32],
            [3, 64],
            [4, 128],
            [5, 256],
            [6, 512],
            [7, 1024],
        ],
        "n_highway": 2,
        "embedding": {"dim": 16},
        "n_characters": 262,
        "max_characters_per_token": 50,
    },
}


def write_model(folder: str, random: np.random.Generator) -> tuple[str, str]:
    """Write options and random weights; return their paths."""
    options_path = os.path.join(folder, "options.json")
    weights_path = os.path.join(folder, "weights.hdf5")
    with open(options_path, "w", encoding="utf-8") as file:
        json.dump(OPTIONS, file)
    lstm, cnn = OPTIONS["lstm"], OPTIONS["char_cnn"]
    units, outputs = lstm["dim"], lstm["projection_dim"]
    embedding = cnn["embedding"]["dim"]
    filters = sum(number for _, number in cnn["filters"])
    shapes = {"char_embed": (261, embedding)}
    for number, (width, count) in enumerate(cnn["filters"]):
        shapes[f"CNN/W_cnn_{number}"] = (1, width, embedding, count)
        shapes[f"CNN/b_cnn_{number}"] = (count,)
    for number in range(cnn["n_highway"]):
        for name in ("transform", "carry"):
            shapes[f"CNN_high_{number}/W_{name}"] = (filters, filters)
            shapes[f"CNN_high_{number}/b_{name}"] = (filters,)
    shapes["CNN_proj/W_proj"], shapes["CNN_proj/b_proj"] = (
        (filters, outputs),
        (outputs,),
    )
    for direction in range(2):
        for layer in range(lstm["n_layers"]):
            cell = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
            shapes[f"{cell}/W_0"] = (2 * outputs, 4 * units)
            shapes[f"{cell}/B"] = (4 * units,)
            shapes[f"{cell}/W_P_0"] = (units, outputs)
    with h5py.File(weights_path, "w") as file:
        for name, shape in shapes.items():
            values = random.standard_normal(shape, np.float32)
            file[name] = values / np.sqrt(np.prod(shape[:-1]) or 1)
    return options_path, weights_path


def make_sentences(tokens: int, random: np.random.Generator) -> list[list[str]]:
    """Return sentences of about 25 words, their frequencies as in Zipf's law."""
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    words = [
        "".join(random.choice(letters, random.integers(2, 12))) for _ in range(20_000)
    ]
    weights = 1 / np.arange(1, len(words) + 1)
    text = list(random.choice(words, tokens, p=weights / weights.sum()))
    sentences = []
    while text:
        length = int(np.clip(random.normal(25, 11), 2, 70))
        sentences.append(text[:length])
        text = text[length:]
    return sentences


def peak() -> float:
    """Return this process's peak memory in GB; the system counts in KB on Linux."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=10_000)
    tokens = parser.parse_args().tokens
    threads.configure()
    random = np.random.default_rng(1)
    sentences = make_sentences(tokens, random)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_model(folder, random)
        started = time.monotonic()
        model = BidirectionalLanguageModel(*paths)
        print(f"loaded in {time.monotonic() - started:.1f} s, peak {peak():.2f} GB")
    model.layers([["warm", "up"]])
    started = time.monotonic()
    with Progress("ELMo", "tokens", last=True) as progress:
        vectors = model.layers(sentences, progress)
    seconds = time.monotonic() - started
    distinct = len({word for sentence in sentences for word in sentence})
    print(
        f"{tokens:,} tokens in {len(sentences)} sentences, {distinct:,} distinct words:"
        f" {seconds:.1f} s, {tokens / seconds:,.0f} tokens/s, peak {peak():.2f} GB; "
        f"vectors {vectors[0].shape[0]} x {vectors[0].shape[2]}"
    )


if __name__ == "__main__":
    main()
