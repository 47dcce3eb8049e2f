"""How many threads a product takes: one while text is tagged, as before afterwards."""

import pytest

from neuralnets.inference import blas


@pytest.fixture
def threads(monkeypatch):
    """A library that has been told how many threads to take, and what it was told."""
    told = [4]
    monkeypatch.setattr(blas, "_found", (lambda: told[-1], told.append))
    return told


def test_one_thread_while_it_lasts(threads):
    with blas.one_thread():
        assert threads[-1] == 1
        with blas.one_thread():  # another thread's batch
            pass
        assert threads[-1] == 1
    assert threads == [4, 1, 4]


def test_an_error_leaves_it_as_it_was(threads):
    with pytest.raises(KeyError), blas.one_thread():
        raise KeyError
    assert threads[-1] == 4


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(blas, "_found", None)
    with blas.one_thread():
        pass
