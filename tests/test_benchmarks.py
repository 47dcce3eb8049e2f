"""The benchmark's parts run: a trial on a few tokens, and the table of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
PEERS = FOLDER.parent / ".venv-bench" / "bin" / "python"
needs_data = pytest.mark.skipif(
    not Path(os.environ.get("TAGGER_DATA", "."), "data", "conll2000_chunking").is_dir(),
    reason="TAGGER_DATA does not name a folder with data/conll2000_chunking",
)


def run(script, *flags, python=sys.executable, environment=None):
    done = subprocess.run(
        [str(python), str(FOLDER / script), *flags],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_starts_from_any_folder(workdir):
    assert "--also PYTHON" in run("run.py", "--help")


def test_every_system_has_a_script_a_name_and_settings(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import report
    import systems

    for system in systems.SYSTEMS:
        assert (FOLDER / system.script).is_file()
        assert system.name in report.NAMES
        names = [setting.name for setting in system.settings]
        assert len(names) == len(set(names))
    assert {*systems.TWINS, *systems.TWINS.values()} <= set(report.NAMES)
    (delft,) = (s for s in systems.SYSTEMS if s.name == "delft")
    assert {setting.batch for setting in delft.settings} == {32, 128}
    for setting in delft.settings:
        assert setting.environment["OMP_WAIT_POLICY"] == "PASSIVE"


def test_what_an_installation_and_a_start_take(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import footprint
    import systems

    assert set(footprint.closure(["H5py", "no-such"])) == {"h5py", "numpy"}
    assert {"h5py", "nltk"} < set(systems.SYSTEMS[1].packages)
    h5py = footprint.installed(sys.executable, ("h5py",))
    assert h5py > footprint.installed(sys.executable, ("numpy",)) > 10
    (numpy,) = (s for s in systems.SYSTEMS if s.name == "ours-numpy")
    assert footprint.start(sys.executable, numpy.imports) > 0.05


@needs_data
@pytest.mark.skipif(not PEERS.exists(), reason="`make bench` makes .venv-bench")
def test_delft_learns(workdir, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import systems

    (delft,) = (s for s in systems.SYSTEMS if s.name == "delft")
    flags = ("--train-tokens", "20000", "--tag-tokens", "5000", "--train-batch", "32")
    # Without this environment it takes minutes on a busy machine.
    environment = delft.settings[0].environment
    output = run(delft.script, *flags, python=PEERS, environment=environment)
    result = json.loads(output.splitlines()[-1])
    assert result["train_tokens"] >= 20000
    assert result["token_accuracy"] > 0.4


@needs_data
def test_its_table_names_the_versions(workdir, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import arithmetic
    import report

    few = ("--train-tokens", "500", "--tag-tokens", "500")
    result = json.loads(run("ours.py", *few).splitlines()[-1])
    monkeypatch.setattr(arithmetic, "SIZE", 64)  # enough to see that it measures
    rate = arithmetic.product_rate()
    faster = {
        **result,
        "train_tokens_per_second": result["train_tokens_per_second"] * 2,
    }
    runs = {
        name: {"training": [r], "tagging": [r]}
        for name, r in (
            *(("ours", result), ("ours 2", faster)),
            *(("ours-small", faster), ("delft", result)),
        )
    }
    summary = report.summarise(runs, {"training": 3e6, "tagging": 1e6}, rate)
    kinds = {"training": "its own choice", "tagging": "its own choice"}
    summary.update(
        {"rounds": 1, "threads": dict.fromkeys(runs, kinds)},
        installed_mb=dict.fromkeys(runs, 1234.0),
        start_processor_seconds=dict.fromkeys(runs, 2.5),
        machine=report.machine(rate),
    )
    rows = [row.split("|") for row in report.table(summary).splitlines()[2:6]]
    version = sys.version.split()[0]
    for row in rows[:2]:
        assert row[1].startswith(f" this project (Python {version}, TensorFlow 2.")
    assert [row[3].strip() for row in rows] == ["", "0.50", "0.50", "2.00"]
    head = [cell.strip() for cell in report.table(summary).splitlines()[0].split("|")]
    cells = dict(zip(head, (cell.strip() for cell in rows[0])))
    assert float(cells["one sentence ms"]) == result["sentence_milliseconds"] > 0
    assert (cells["installed MB"], cells["imports, processor s"]) == ("1,234", "2.5")
    for cell in ("training per processor s", "tagging per processor s"):
        assert int(cells[cell].replace(",", "")) > 0
