import doctest
import importlib
import pkgutil

import pytest

import neuralnets
import util

MODULES = [
    module.name
    for package in (util, neuralnets)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(
    "layer",
    (
        "dropout.SeededDropout character_cnn.CharacterCNN character_lstm.CharacterLSTM "
        "weighted_average.WeightedAverage token_vectors.TokenVectors ChainCRF.ChainCRF "
        "direct_scores.DirectScores lookup.Distinct recurrent_layer.RecurrentLayer"
    ).split(),
)
def test_every_layer_shows_how_it_is_called(layer):
    module, name = layer.split(".")
    layers = importlib.import_module(f"neuralnets.keraslayers.{module}")
    assert doctest.DocTestFinder(recurse=False).find(getattr(layers, name))[0].examples


def test_there_are_examples():
    found = doctest.DocTestFinder().find(importlib.import_module("util.tagschemes"))
    assert sum(len(test.examples) for test in found) > 3
