"""What tests of training share."""

import pytest
import toy


@pytest.fixture
def data(corpus):
    """A task of parts of speech: its definition, and what is prepared of it."""
    datasets = {"pos": toy.dataset(corpus)}
    return datasets, toy.prepare(datasets)
