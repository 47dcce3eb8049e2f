"""Options and weight files that are reduced, damaged or belong to something else."""

import copy
import json
import logging

import h5py
import numpy as np
import pytest
from random_elmo import (
    OPTIONS,
    options_with,
    random_weights,
    write_model,
    write_options,
    write_weights,
)

from neuralnets.elmo import BidirectionalLanguageModel
from neuralnets.elmo.options import read_options

SENTENCES = [["Some", "words"], ["more"]]


def without(section, key):
    options = copy.deepcopy(OPTIONS)
    del options[section][key]
    return options


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_layers", 0),
        ("n_layers", True),
        ("n_layers", "2"),
        ("dim", -1),
        ("dim", 10**12),
        ("projection_dim", 3.0),
        ("cell_clip", 0),
        ("cell_clip", -3),
        ("cell_clip", float("nan")),
        ("cell_clip", float("inf")),
        ("cell_clip", 10**400),
        ("proj_clip", "3"),
        ("use_skip_connections", 1),
        ("activation", "sigmoid"),
        ("activation", ["relu"]),
        ("filters", []),
        ("filters", None),
        ("filters", [[1]]),
        ("filters", [[1, 0]]),
        ("filters", [[1, 2], 3]),
        ("n_highway", -1),
        ("n_characters", 300),
        ("max_characters_per_token", 2),
        ("max_characters_per_token", 4),  # less than the widest filter
    ],
    ids=str,
)
def test_a_bad_option_is_named(tmp_path, key, value):
    path = write_options(tmp_path, options_with(**{key: value}))
    with pytest.raises(ValueError, match=key) as error:
        read_options(path)
    assert str(error.value).startswith(path)
    assert len(str(error.value)) < len(path) + 200


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("lstm", "dim"),
        ("lstm", "projection_dim"),
        ("char_cnn", "filters"),
        ("char_cnn", "embedding"),
        ("char_cnn", "activation"),
        ("char_cnn", "max_characters_per_token"),
    ],
)
def test_a_missing_option_is_named(tmp_path, section, key):
    path = write_options(tmp_path, without(section, key))
    with pytest.raises(ValueError, match=f"{section}.{key}"):
        read_options(path)


@pytest.mark.parametrize("section", ["lstm", "char_cnn"])
@pytest.mark.parametrize("value", [None, [], "x"])
def test_a_missing_section_is_named(tmp_path, section, value):
    path = write_options(tmp_path, {**OPTIONS, section: value})
    with pytest.raises(ValueError, match=f"`{section}` must be a dictionary"):
        read_options(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[1]", b"null", b"[" * 100_000, b'{"lstm": ' * 9999],
    ids=lambda content: repr(content[:9]),
)
def test_options_that_are_no_options(tmp_path, content):
    path = tmp_path / "options.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="options") as error:
        read_options(str(path))
    assert str(error.value).startswith(str(path))


def test_training_options_have_defaults_and_more_keys(tmp_path):
    options = options_with(n_characters=261)
    del options["lstm"]["use_skip_connections"], options["lstm"]["cell_clip"]
    del options["char_cnn"]["n_highway"], options["lstm"]["n_layers"]
    read = read_options(write_options(tmp_path, {**options, "dropout": 0.1}))
    assert (read.n_layers, read.n_highway, read.cell_clip) == (1, 0, None)
    assert read.use_skip_connections is False


def test_missing_files_are_said_to_be_missing(tmp_path):
    options, weights = write_model(tmp_path)
    for paths in ((options + "x", weights), (options, weights + "x")):
        with pytest.raises(FileNotFoundError):
            BidirectionalLanguageModel(*paths)


def test_a_reduced_file_gives_the_layers_it_has(tmp_path, caplog):
    full = BidirectionalLanguageModel(*write_model(tmp_path)).layers(SENTENCES)
    kept = {k: v for k, v in random_weights(OPTIONS).items() if "Cell1" not in k}
    paths = write_options(tmp_path, OPTIONS), write_weights(tmp_path, kept)
    with caplog.at_level(logging.INFO):
        model = BidirectionalLanguageModel(*paths)
    assert "holds 1 of the 2 LSTM layers" in caplog.text
    assert model.layer_count == 2
    for reduced, vectors in zip(model.layers(SENTENCES), full):
        np.testing.assert_allclose(reduced, vectors[:2], rtol=0, atol=1e-6)


def test_options_with_fewer_layers_leave_the_upper_ones_unread(tmp_path):
    full = BidirectionalLanguageModel(*write_model(tmp_path)).layers(SENTENCES)
    options = write_options(tmp_path, options_with(n_layers=1))
    model = BidirectionalLanguageModel(options, str(tmp_path / "weights.hdf5"))
    for reduced, vectors in zip(model.layers(SENTENCES), full):
        np.testing.assert_allclose(reduced, vectors[:2], rtol=0, atol=1e-6)


@pytest.mark.parametrize("lacking", ["RNN_", "RNN_1", "Cell0", "RNN_0/RNN/Multi"])
def test_lstm_layers_with_gaps_are_refused(tmp_path, lacking):
    kept = {k: v for k, v in random_weights(OPTIONS).items() if lacking not in k}
    paths = write_options(tmp_path, OPTIONS), write_weights(tmp_path, kept)
    with pytest.raises(ValueError, match="first LSTM layers of both") as error:
        BidirectionalLanguageModel(*paths)
    assert str(error.value).startswith(paths[1])


NAMES = sorted(random_weights(OPTIONS))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "damage",
    ["missing", "shape", "nan", "text", "integers", "unwritten", "link", "group"],
)
def test_every_array_is_checked(tmp_path, name, damage):
    options, weights = write_model(tmp_path)
    with h5py.File(weights, "a") as file:
        values = file[name][()]
        del file[name]
        if damage == "shape":
            file[name] = values[..., :-1]
        elif damage == "nan":
            values.flat[-1] = np.nan
            file[name] = values
        elif damage == "text":
            file[name] = "words"
        elif damage == "integers":
            file[name] = values.astype(np.int32)
        elif damage == "unwritten":
            file.create_dataset(name, values.shape, np.float32)
        elif damage == "link":
            other = tmp_path / "other.hdf5"
            with h5py.File(other, "w") as linked:
                linked["x"] = values
            file[name] = h5py.ExternalLink(str(other), "x")
        elif damage == "group":
            file.create_group(name)
    with pytest.raises(ValueError, match=name) as error:
        BidirectionalLanguageModel(options, weights)
    assert str(error.value).startswith(weights)


def test_values_kept_in_another_file_are_refused(tmp_path):
    options, weights = write_model(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(261 * 4 * 4))
    with h5py.File(weights, "a") as file:
        del file["char_embed"]
        external = [(str(secret), 0, 261 * 4 * 4)]
        file.create_dataset("char_embed", (261, 4), "f4", external=external)
    with pytest.raises(ValueError, match="refers to other files"):
        BidirectionalLanguageModel(options, weights)


def test_half_and_double_precision_are_read(tmp_path):
    options, path = write_model(tmp_path)
    expected = BidirectionalLanguageModel(options, path).layers(SENTENCES)
    weights = random_weights(OPTIONS)
    for kind, tolerance in (("<f2", 2e-2), (">f8", 0)):
        write_weights(tmp_path, {k: v.astype(kind) for k, v in weights.items()})
        found = BidirectionalLanguageModel(options, path).layers(SENTENCES)
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


def test_damaged_bytes_give_a_model_or_one_clear_error(tmp_path):
    options, weights = write_model(tmp_path)
    with open(weights, "rb") as file:
        good = file.read()
    random = np.random.default_rng(5)
    damaged = [b"", b"no HDF5", good[:100], good[: len(good) // 2], good[:-1]]
    for _ in range(150):
        content = bytearray(good)
        for at in random.integers(0, len(good), 20):
            content[at] = random.integers(256)
        damaged.append(bytes(content))
    refused = 0
    for content in damaged:
        with open(weights, "wb") as file:
            file.write(content)
        try:
            BidirectionalLanguageModel(options, weights)
        except ValueError as error:
            assert str(error).startswith(weights), error
            refused += 1
    assert refused > 50


def test_options_and_weights_of_different_models(tmp_path):
    _, weights = write_model(tmp_path)
    other = write_options(tmp_path, options_with(projection_dim=4))
    with pytest.raises(ValueError, match="must have shape .* Found") as error:
        BidirectionalLanguageModel(other, weights)
    assert json.dumps(weights)[1:-1] in str(error.value)
