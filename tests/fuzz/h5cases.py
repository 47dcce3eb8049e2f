"""Model files, ours and the original tool's, and checkpoints: whole and spoilt.

A file that was changed at random gets its checksum made good again in half of the
cases that change what is in it: the reader then meets the changes themselves.
"""

import functools
import hashlib
import io
import json
import os
import random
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from mutation import mutate

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS), str(TESTS / "neuralnets" / "storage")]

from oldfile import OldFile  # noqa: E402
from toy import COLUMNS, SMALL, folder, tagger, write_corpus  # noqa: E402

from neuralnets.storage import h5file  # noqa: E402
from neuralnets.training import checkpoint  # noqa: E402

SENTENCES = [["The", "dog", "sees", "a", "cat", "."], ["Dog"]]
_MODELS = [
    {"classifier": ["CRF"], "charEmbeddings": "CNN", "dropout": (0.25, 0.25)},
    {"charEmbeddings": "LSTM", "dropout": 0.25},
]
_OLD_MODELS = [
    {"classifier": ["CRF"], "charEmbeddings": "CNN", "dropout": [0.25, 0.25]},
    {"charEmbeddings": "LSTM", "classifier": [["LSTM", 5], "Softmax"]},
    {"featureNames": ["tokens", "casing", "POS"], "dropout": 0},
]
_ODD = [
    *(None, True, -1, 0, 1.5, 10**5, 2**31, 10**18, 10**400, float("nan"), "", "x"),
    *("\udc80", "CRF", [], {}, [[]], [["LSTM", 10**6], "CRF"], {"x": [1]}, ["y"] * 9),
    *([10**6], [0], [-1], "__import__('os')", "../../x", "a/b", [1, 2, 3]),
]


def model_file(draw: random.Random) -> bytes:
    """Draw one of our model files."""
    data = draw.choice(_good_models())
    if draw.random() < 0.25:
        return mutate(data, draw)
    return _sealed(_edited(data, draw))


def old_model_file(draw: random.Random) -> bytes:
    """Draw a model file of the original tool."""
    data = draw.choice(_good_old_models())
    return mutate(data, draw) if draw.random() < 0.4 else _edited(data, draw)


def checkpoint_file(draw: random.Random) -> bytes:
    """Draw a checkpoint."""
    data = _good_checkpoint()
    if draw.random() < 0.5:
        return mutate(data, draw)
    return _sealed(_edited(data, draw))


def warm_up(read) -> None:
    """Read a good file of each kind, so that all is loaded that takes memory."""
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "good")
        for kind, files in {
            "model": _good_models(),
            "oldmodel": _good_old_models(),
            "checkpoint": [_good_checkpoint()],
        }.items():
            for data in files:
                Path(path).write_bytes(data)
                read(kind, path)


@functools.cache
def _good_models() -> list[bytes]:
    with tempfile.TemporaryDirectory() as temporary, folder(temporary):
        write_corpus("corpus", train=10, other=3)
        sets = {"x": {"columns": COLUMNS, "label": "chunk_BIO", "path": "corpus"}}
        files = []
        for params in _MODELS:
            model = tagger(params, sets)
            model.buildModel()
            model.modelSavePath = "model.h5"
            files.append(Path(model.saveModel("x", 0, 0, 0)).read_bytes())
    return files


@functools.cache
def _good_old_models() -> list[bytes]:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, "old.h5")
        return [
            Path(OldFile(dict(params)).write(path)).read_bytes()
            for params in _OLD_MODELS
        ]


@functools.cache
def _good_checkpoint() -> bytes:
    run = {"params": SMALL, "data": "00"}
    progress = {"epoch": 3, "best": {"x": [0.5, None]}, "results": {"lines": ["a\n"]}}
    arrays = [np.ones((3, 4), np.float32), np.array(5), np.zeros(0, np.float32)]
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "x.checkpoint")
        checkpoint.write(path, checkpoint.Checkpoint(run, progress, arrays), False)
        return Path(path).read_bytes()


def _sealed(data: bytes) -> bytes:
    """Make a file's checksum good."""
    digest = hashlib.blake2b(data[h5file._BLOCK :], digest_size=32).hexdigest()
    block = (h5file._SEAL + digest.encode() + b"\n").ljust(h5file._BLOCK, b"\0")
    return block + data[h5file._BLOCK :]


def _edited(data: bytes, draw: random.Random) -> bytes:
    """Change what is in an HDF5 file, not how it is written."""
    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            draw.choice([_edit_json, _edit_json, _edit_attribute, _edit_data])(
                file, draw
            )
    return buffer.getvalue()


def _edit_json(file, draw) -> None:
    """Change one value in one of the attributes that hold JSON."""
    names = [n for n, v in file.attrs.items() if str(v)[:1] in ("{", "[")]
    name = draw.choice(names or [None])
    try:
        value = json.loads(file.attrs[name]) if name else None
    except (TypeError, ValueError, RecursionError):
        return
    if not value:
        return
    parent = value
    while True:
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        key = draw.choice(keys)
        inner = parent[key]
        if not inner or not isinstance(inner, (dict, list)) or draw.random() < 0.1:
            break
        parent = inner
    change = draw.random()
    if change < 0.2:
        del parent[key]
    elif change < 0.3 and isinstance(parent, dict):
        parent[draw.choice(["x", "", "tokens", "a/b"])] = parent.pop(key)
    else:
        parent[key] = draw.choice(_ODD)
    file.attrs[name] = json.dumps(value)


def _edit_attribute(file, draw) -> None:
    """Remove an attribute, or give it a value of another kind."""
    groups = [file]
    file.visititems(lambda _, thing: groups.append(thing))
    thing = draw.choice([group for group in groups if group.attrs] or [file])
    name = draw.choice([*thing.attrs, "format_version"])
    if name in thing.attrs:
        del thing.attrs[name]
    if draw.random() < 0.7:
        thing.attrs[name] = draw.choice(
            [
                *(-1, 10**9, 1.5, "", "x", "[" * 5000, b"\xff\xfe", "{}", "[]"),
                *(
                    [b"x"],
                    [1, 2],
                    np.zeros((2, 2)),
                    h5py.Empty("f"),
                    "null",
                    "9" * 5000,
                ),
                np.array([b"char_cnn", b"\xff"]),
            ]
        )


def _edit_data(file, draw) -> None:
    """Remove an array or a group, or put something else in its place."""
    names = []
    file.visit(names.append)
    if not names:
        return
    name = draw.choice(names)
    thing = file[name]
    shape = thing.shape if isinstance(thing, h5py.Dataset) else (2, 2)
    if np.prod(shape, dtype=float) > 1e6:
        shape = (2, 2)  # an earlier change claims a huge one
    del file[name]
    change = draw.randrange(10)
    if change == 0:
        file[name] = np.full(shape, np.nan, np.float32)
    elif change == 1:
        file[name] = np.zeros([*shape, 2], np.float32)
    elif change == 2:
        file[name] = np.zeros(shape, draw.choice(["f8", "f2", "i8", "u1", "c8", "S5"]))
    elif change == 3:
        sizes = [draw.choice([2**20, 2**40]) for _ in shape][:2] or [2**40]
        file.create_dataset(name, sizes, "f4", chunks=(1,) * len(sizes))
    elif change == 4:
        file[name] = h5py.ExternalLink("/etc/hostname", "/x")
    elif change == 5:
        file[name] = h5py.SoftLink(f"/{name}")
    elif change == 6:
        file.create_group(name)
    elif change == 7:
        file.create_dataset(name, data="text")
    elif change == 8:
        file[name] = h5py.SoftLink("/")
