"""Measures the training speed of one worker and of several that share mini-batches.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/workers.py [--cores 2]

Trains on the beginning of CoNLL-2000 (words, character CNN, two BiLSTM layers, CRF) for
each size of mini-batch and of layer: with one worker on one core, with one on all
cores, and with a worker for each core. Every run is `tagger train` in a process of its
own; its first epoch, which compiles, does not count. Prints the tokens per second of
the slowest and of the fastest other epoch.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = "data/conll2000_chunking"
SPEED = re.compile(r"Epoch (\d+): loss .* ([\d,]+) tokens/s")


def shorten(source: Path, target: Path, tokens: int) -> None:
    """Write the first sentences of a file, about so many tokens of them."""
    written: list[str] = []
    for line in source.read_text("utf-8").split("\n"):
        if len(written) >= tokens and not line.strip():
            break
        written.append(line)
    target.write_text("\n".join(written) + "\n\n", "utf-8")


def speeds(folder: str, batch: int, units: int, workers: int, cores: int, epochs: int):
    """Return the tokens per second of each epoch but the first."""
    flags = ["--label", "chunk_BIO", "--columns", "0:tokens,1:POS,2:chunk_BIO"]
    flags += ["--param", f"miniBatchSize={batch}", "--param", "charEmbeddings=CNN"]
    flags += ["--param", f"LSTM-Size=[{units},{units}]", "--seed", "1"]
    flags += ["--workers", str(workers), "--epochs", str(epochs), "--no-calibration"]
    result = subprocess.run(
        [sys.executable, "-m", "tagger", "train", "corpus", *flags],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TAGGER_CORES": str(cores // workers),
        },
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode:
        sys.exit(result.stderr)
    found = {int(n): int(s.replace(",", "")) for n, s in SPEED.findall(result.stderr)}
    return [speed for epoch, speed in found.items() if epoch > 1]


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 256])
    parser.add_argument("--units", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--tokens", type=int, default=40_000)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    if "TAGGER_DATA" not in os.environ:
        sys.exit("Set TAGGER_DATA to the folder that holds data/conll2000_chunking.")
    source = Path(os.environ["TAGGER_DATA"], DATA).resolve()
    ways = ((1, 1), (1, given.cores), (given.cores, given.cores))
    names = [f"{w} worker{'s' * (w > 1)}, {c} core{'s' * (c > 1)}" for w, c in ways]
    print("|".join(["", " mini-batch ", " units ", *(f" {n} " for n in names), ""]))
    print("|---" * (2 + len(ways)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "corpus").mkdir()
        for split, size in (("train", given.tokens), ("dev", 1000), ("test", 1000)):
            name = f"{split}.txt"
            shorten(source / name, Path(folder, "corpus", name), size)
        for batch in given.batches:
            for units in given.units:
                cells = [str(batch), str(units)]
                for workers, cores in ways:
                    found = speeds(folder, batch, units, workers, cores, given.epochs)
                    cells.append(f"{min(found):,} to {max(found):,}")
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
