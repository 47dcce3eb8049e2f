"""The systems that are compared, and what is tried with each of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Threads(NamedTuple):
    """A setting to try: its name, the `--threads` argument, the environment.

    `batch` is the number of sentences in a batch; 0 is the system's choice.
    """

    name: str
    count: int
    environment: dict[str, str]
    batch: int = 0


def _tensorflow(intra: int, inter: int) -> Threads:
    environment = {
        "TF_NUM_INTRAOP_THREADS": str(intra),
        "TF_NUM_INTEROP_THREADS": str(inter),
    }
    return Threads(f"{intra} per operation, {inter} at once", intra, environment)


def _openmp(count: int) -> Threads:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = dict.fromkeys((*names, "BLIS_NUM_THREADS"), str(count))
    return Threads(str(count), count, environment)


def _delft(count: int, batch: int) -> Threads:
    name, _, environment, _ = _openmp(count)
    environment.update({"OMP_WAIT_POLICY": "PASSIVE", "TQDM_DISABLE": "1"})
    return Threads(f"{name} (batches of {batch})", count, environment, batch)


class System(NamedTuple):
    """A script, what to try, and the Python that runs it if it is none of the usual.

    `peer` says that it runs in the peers' environment. `packages` are what tagging with
    it installs, `imports` what a program that tags begins with.
    """

    name: str
    script: str
    peer: bool
    settings: tuple[Threads, ...]
    packages: tuple[str, ...]
    imports: str
    python: str = ""


def _required(file: str) -> tuple[str, ...]:
    """Return the names of the packages in a file of requirements."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return tuple(dict.fromkeys(name.group() for name in found if name))


FULL = _required("requirements.txt")
OUR_IMPORTS = "from neuralnets.BiLSTM import BiLSTM"
OUR_CHOICE = Threads("its own choice", 0, {})
BY_NUMPY = Threads("its own choice, NumPy tags", 0, {"BENCH_ENGINE": "numpy"})
OURS = (OUR_CHOICE, _tensorflow(1, 1), _tensorflow(2, 2))
# Who is compared with another network of ours than the first.
TWINS = {"delft": "ours-small"}
SYSTEMS = (
    System("ours", "ours.py", False, OURS, FULL, OUR_IMPORTS),
    System(
        "ours-numpy",
        "ours_numpy.py",
        False,
        (OUR_CHOICE,),
        _required("requirements-tag.txt"),
        "from tagger.engines import load; from neuralnets.inference import tagger",
    ),
    System("ours-small", "ours_small.py", False, (*OURS, BY_NUMPY), FULL, OUR_IMPORTS),
    System(
        "keras",
        "keras_stock.py",
        False,
        (_tensorflow(1, 1), _tensorflow(1, 2), _tensorflow(2, 2)),
        FULL,
        "import tensorflow; tensorflow.keras.layers",
    ),
    System(
        "delft",
        "delft_tagger.py",
        True,
        tuple(_delft(count, batch) for count in (1, 2) for batch in (32, 128)),
        ("delft", "lmdb", "pytorch-crf", "scikit-learn", "transformers", "truecase"),
        "from delft.sequenceLabelling import Sequence",
    ),
    System(
        "stanza",
        "stanza_tagger.py",
        True,
        (_openmp(1), _openmp(2)),
        ("stanza",),
        "import stanza; stanza.Pipeline",
    ),
    System(
        "spacy",
        "spacy_tagger.py",
        True,
        (_openmp(1), _openmp(2)),
        ("spacy",),
        "import spacy; spacy.blank('en')",
    ),
)
