"""Small language models with random weights, in the layout of the published files."""

import copy
import json

import h5py
import numpy as np

OPTIONS = {
    "lstm": {
        "cell_clip": 0.6,
        "proj_clip": 0.2,
        "use_skip_connections": True,
        "n_layers": 2,
        "projection_dim": 3,
        "dim": 5,
    },
    "char_cnn": {
        "embedding": {"dim": 4},
        "filters": [[1, 2], [2, 3], [5, 4]],
        "n_highway": 2,
        "n_characters": 262,
        "max_characters_per_token": 50,
        "activation": "relu",
    },
}


def options_with(**changes):
    """The options above with some of them changed, in whichever section they are."""
    options = copy.deepcopy(OPTIONS)
    for key, value in changes.items():
        section = "lstm" if key in options["lstm"] else "char_cnn"
        options[section][key] = value
    return options


def random_weights(options, seed=3):
    """Arrays by their name in the file; large enough for clipping to matter."""
    lstm, cnn = options["lstm"], options["char_cnn"]
    units, outputs = lstm["dim"], lstm["projection_dim"]
    size = sum(number for _, number in cnn["filters"])
    shapes = {"char_embed": (261, cnn["embedding"]["dim"])}
    for number, (width, count) in enumerate(cnn["filters"]):
        shapes[f"CNN/W_cnn_{number}"] = (1, width, cnn["embedding"]["dim"], count)
        shapes[f"CNN/b_cnn_{number}"] = (count,)
    for number in range(cnn["n_highway"]):
        for name in ("carry", "transform"):
            shapes[f"CNN_high_{number}/W_{name}"] = (size, size)
            shapes[f"CNN_high_{number}/b_{name}"] = (size,)
    if size != outputs:
        shapes["CNN_proj/W_proj"], shapes["CNN_proj/b_proj"] = (size, outputs), outputs
    for direction in range(2):
        for layer in range(lstm["n_layers"]):
            cell = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
            shapes[f"{cell}/W_0"] = (2 * outputs, 4 * units)
            shapes[f"{cell}/B"] = (4 * units,)
            if units != outputs:
                shapes[f"{cell}/W_P_0"] = (units, outputs)
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0, 0.5, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def write_options(folder, options):
    path = folder / "options.json"
    path.write_text(json.dumps(options), encoding="utf-8")
    return str(path)


def write_weights(folder, weights):
    path = folder / "weights.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in weights.items():
            file[name] = values
    return str(path)


def write_model(folder, options=OPTIONS):
    return write_options(folder, options), write_weights(
        folder, random_weights(options)
    )
