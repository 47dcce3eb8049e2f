"""Measures reading vectors, preparing data, start-up, and how cost grows with input.

    TAGGER_DATA=FOLDER .venv/bin/python benchmarks/preparation.py \
        [--peer-python .venv-bench/bin/python]

Makes a vector file of 400,000 x 300 in a temporary folder (1 GB). Every figure comes
from a process of its own; times are wall-clock seconds, memory is what it grew by.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
WORDS, SIZE = 400_000, 300
ENGINES = "numpy", "tensorflow"

# What each child runs: `clock()` and `memory()` frame the work.
_FRAME = """
import json, resource, sys, time
sys.path.insert(0, {root!r})
def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
{before}
start, m0 = time.perf_counter(), memory()
{work}
print(json.dumps([time.perf_counter() - start, memory() - m0]))
"""

_VECTORS = (
    "from util.WordEmbeddings import read_vectors",
    "x = read_vectors({path!r})",
)
_GENSIM = (
    "from gensim.models import KeyedVectors",
    "x = KeyedVectors.load_word2vec_format({path!r})",
)
_PREPARE = (
    "from util.preprocessing import perpareDataset, loadDatasetPickle\n"
    "datasets = {{'conll2000_chunking': {{'columns': {{0: 'tokens', 1: 'POS', "
    "2: 'chunk_BIO'}}, 'label': 'chunk_BIO', 'path': {data!r}}}}}",
    "perpareDataset({vectors!r}, datasets)",
)
_LOAD = (_PREPARE[0] + "\npath = perpareDataset({vectors!r}, datasets)",) + (
    "x = loadDatasetPickle(path)",
)


def child(python: str, before: str, work: str, folder: str) -> list[float]:
    """Run one measurement in a process of its own; return seconds and megabytes."""
    code = _FRAME.format(root=str(ROOT), before=before, work=work)
    result = subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(result.stderr)
    return json.loads(result.stdout.splitlines()[-1])


def make_vectors(path: str) -> None:
    """Write a text file of `WORDS` random vectors with a header line."""
    draw = np.random.default_rng(0)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{WORDS} {SIZE}\n")
        for start in range(0, WORDS, 1000):
            rows = draw.normal(0, 0.4, (1000, SIZE))
            for number, row in enumerate(rows, start):
                file.write(f"w{number} " + " ".join(f"{x:.5f}" for x in row) + "\n")


def seconds(command: list[str], **options) -> float:
    """Return the wall-clock seconds of a whole process, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
        best = min(best, time.perf_counter() - start)
    return best


def tagging(
    model: str, text: str, copies: int, folder: str, engine: str
) -> tuple[float, float]:
    """Tag a column file, repeated; return seconds and peak megabytes."""
    path = os.path.join(folder, f"{copies}.conll")
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(copies):
            file.write(text)
    code = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "print(time.perf_counter() - start, peak)"
    )
    script = [sys.executable, str(ROOT / "RunModel_CoNLL_Format.py"), model, path]
    script += ["--engine", engine]
    result = subprocess.run(
        [sys.executable, "-c", code, *script],
        capture_output=True,
        text=True,
        check=True,
    )
    took, peak = map(float, result.stdout.split())
    return took, peak


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", default=str(ROOT / ".venv-bench/bin/python"))
    parser.add_argument("--model", help="a trained chunker, for the tagging figures")
    arguments = parser.parse_args()
    if "TAGGER_DATA" not in os.environ:
        sys.exit("Set TAGGER_DATA to the folder that holds data/conll2000_chunking.")
    data = str(Path(os.environ["TAGGER_DATA"]).resolve() / "data/conll2000_chunking")
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        prepare = [part.format(data=data, vectors=None) for part in _PREPARE]
        print("prepare CoNLL-2000: {:.2f} s".format(*child(python, *prepare, folder)))
        load = [part.format(data=data, vectors=None) for part in _LOAD]
        print("load it again: {:.2f} s".format(*child(python, *load, folder)))

        path = os.path.join(folder, "vectors.txt")
        make_vectors(path)
        size = WORDS * SIZE * 4 / 2**20
        for name, executable, (before, work) in (
            ("this project", python, _VECTORS),
            ("gensim", arguments.peer_python, _GENSIM),
        ):
            if not os.path.exists(executable):
                print(f"vectors, {name}: not measured, there is no {executable}")
                continue
            took, grew = child(executable, before, work.format(path=path), folder)
            print(
                f"vectors, {name}: {took:.1f} s, grew by {grew:,.0f} MB "
                f"({grew / size:.2f} x the matrix)",
                flush=True,
            )
        prepare = [part.format(data=data, vectors=path) for part in _PREPARE]
        child(python, *prepare, folder)
        load = [part.format(data=data, vectors=path) for part in _LOAD]
        print("load prepared vectors: {:.1f} s".format(*child(python, *load, folder)))

        if not arguments.model:
            return
        sentence = os.path.join(folder, "three.txt")
        with open(sentence, "w", encoding="utf-8") as file:
            file.write("The train leaves. It rains. We go home.\n")
        base = seconds([python, "-c", "import tensorflow"], stderr=subprocess.DEVNULL)
        script = [python, str(ROOT / "RunModel.py"), arguments.model, sentence]
        for engine in ENGINES:
            command = [*script, "--engine", engine]
            took = seconds(command, stderr=subprocess.DEVNULL)
            print(
                f"RunModel.py on three sentences, {engine}: {took:.2f} s, import "
                f"tensorflow: {base:.2f} s, ratio {took / base:.2f}"
            )
        text = Path(data, "test.txt").read_text(encoding="utf-8")
        for copies in (2, 4, 11, 22):
            for engine in ENGINES:
                took, peak = tagging(arguments.model, text, copies, folder, engine)
                print(
                    f"tag {copies * 47377:,} tokens, {engine}: {took:.1f} s, "
                    f"peak {peak:,.0f} MB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
