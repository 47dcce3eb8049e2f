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


def test_there_are_examples():
    found = doctest.DocTestFinder().find(importlib.import_module("util.tagschemes"))
    assert sum(len(test.examples) for test in found) > 3
