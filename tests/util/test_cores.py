"""What NumPy is told of the processor."""

import os
import sys
from importlib import metadata

import pytest

from util import cores
from util.cores import tell_numpy

NEW = "flags\t\t: fpu avx2 fma avx512f avx512bw avx512dq avx512vl\n"


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Return what NumPy of a version would be told on a processor."""
    monkeypatch.delitem(sys.modules, "numpy")

    def tell(lines, version="1.26.4", before=None):
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n\n{lines}", "ascii")
        monkeypatch.setattr(metadata, "version", lambda name: version)
        monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
        if before:
            monkeypatch.setenv("OPENBLAS_CORETYPE", before)
        tell_numpy(str(tmp_path / "cpuinfo"))
        found = os.environ.get("OPENBLAS_CORETYPE")
        monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
        return found

    return tell


def test_the_best_kind_that_the_processor_can_do(told):
    assert told(NEW) == "SkylakeX"
    assert told("flags\t: fpu avx2 fma avx512f\n") == "Haswell"
    assert told("flags\t: fpu sse2\n") is None
    assert told("Features\t: neon\n") is None  # no x86


def test_who_knows_better_is_left_alone(told, monkeypatch):
    assert told(NEW, version="2.1.0") is None
    assert told(NEW, before="Zen") == "Zen"
    monkeypatch.setitem(sys.modules, "numpy", object())
    assert told(NEW) is None  # it is too late


def test_no_file_says_nothing(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "numpy")
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    tell_numpy(str(tmp_path / "absent"))
    assert "OPENBLAS_CORETYPE" not in os.environ


def test_processes_share_the_cores(monkeypatch):
    monkeypatch.setattr(cores, "usable_cores", lambda: 8)
    assert set(cores.share_of_cores(3).values()) == {"2"}
    assert set(cores.share_of_cores(20).values()) == {"1"}
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert cores.share_of_cores(3)["OMP_NUM_THREADS"] == "5"


def test_a_process_keeps_to_its_share(monkeypatch):
    monkeypatch.setenv("TAGGER_CORES", "3")
    assert cores.usable_cores() == 3
