"""What a run writes, one kind of file after the other, and how a failure must end.

    python diskwork.py FOLDER WORK ...        (`wait` waits for a line of input)

The folder holds a corpus; each work's outcome is printed as a line of JSON.
"""

import contextlib
import glob
import io
import json
import os
import signal
import sys
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1]),
]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402

from util.commandline import run  # noqa: E402

DATASETS = {
    "x": {
        "columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
        "label": "POS",
        "path": "corpus",
    }
}
_FREQUENCY = 49  # another one than the default, which `save_model` uses
_KEPT = {}


def prepare() -> None:
    """Prepare the corpus anew, with earlier data beside the new ones."""
    from util.preprocessing import perpareDataset

    perpareDataset(None, DATASETS, _FREQUENCY)


def forget_prepared() -> None:
    """Remove what `prepare` stored, not what `save_model` needs."""
    for path in set(glob.glob("pkl/*")) - kept_prepared():
        os.unlink(path)


def kept_prepared() -> set[str]:
    """Return the data that `save_model` needs."""
    from util.preprocessing import perpareDataset

    if "prepared" not in _KEPT:
        _KEPT["prepared"] = {perpareDataset(None, DATASETS)}
    return _KEPT["prepared"]


def save_model() -> None:
    """Store a model in place of an earlier one."""
    import toy

    if "model" not in _KEPT:
        _KEPT["model"] = toy.tagger({"LSTM-Size": [60]}, DATASETS)
        _KEPT["model"].buildModel()
    model = _KEPT["model"]
    model.modelSavePath = "models/x.h5"
    model.saveModel("x", 0, 0, 0)


def write_results() -> None:
    """Append to a results file."""
    from neuralnets.training.results import ResultsFile

    results = ResultsFile("results/x.tsv")
    results.add("y" * 9000)
    results.write()


def write_checkpoint() -> None:
    """Write a checkpoint behind an earlier one."""
    from neuralnets.training import checkpoint

    content = checkpoint.Checkpoint({}, {}, [np.ones(30_000)])
    checkpoint.write("models/x.checkpoint", content, True)


WORKS = {
    "prepare": (prepare, "pkl"),
    "save_model": (save_model, "models/x.h5"),
    "write_results": (write_results, "results/x.tsv"),
    "write_checkpoint": (write_checkpoint, "models/x.checkpoint"),
}


def outcome(work: str) -> dict:
    """Do a work as a script does; return its exit code and what it said."""
    errors, code = io.StringIO(), 0
    # Python ignores it at its start, but not when it is part of another program.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with contextlib.redirect_stderr(errors):
        try:
            run(WORKS[work][0])
        except SystemExit as ending:
            code = ending.code
        except Exception as error:
            errors.write(f"Traceback: {error!r}\n")
            code = -1
    return {"work": work, "code": code, "said": errors.getvalue()}


def snapshot(folder) -> dict:
    """Return the bytes of all files in a folder by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    for name in sys.argv[2:]:
        if name == "wait":
            import util.preprocessing  # noqa: F401

            print("ready", flush=True)
            sys.stdin.readline()
            continue
        before = snapshot(".")
        found = outcome(name)
        after = snapshot(".")
        found["changed"] = [
            path
            for path in before.keys() | after.keys()
            if before.get(path) != after.get(path)
        ]
        print(json.dumps(found), flush=True)
