"""Reproduce_Huang2015.py, run as a user runs it, on the bundled corpus."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.experiments.seedruns.table import Row
from util.CoNLL import readCoNLL

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = os.path.join("data", "sample")


def start(*arguments):
    return subprocess.run(
        [sys.executable, "Reproduce_Huang2015.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def crf(tmp_path_factory):
    """One epoch of the CRF: the command's flags, its result, its folder."""
    folder = tmp_path_factory.mktemp("huang")
    flags = ["--models", "CRF", "--seeds", 1, "--epochs", 1, "--data", SAMPLE]
    flags += ["--json", folder / "table.json", "--output", folder / "out"]
    return flags, start(*flags), folder


def stored(folder):
    (path,) = folder.rglob("*.h5")
    return path


def test_the_table_and_its_json(crf):
    _, result, folder = crf
    assert result.returncode == 0, result.stderr
    title, heading, row = result.stdout.splitlines()
    assert title == "random vectors, F1 of test"
    assert heading.split()[:3] == ["model", "seeds", "mean"]
    found = json.loads((folder / "table.json").read_text("utf-8"))
    assert list(found[title]) == ["CRF"]
    numbers = found[title]["CRF"]
    (run,) = numbers["runs"]
    assert run["seed"] == 1
    assert 20 < numbers["mean"] == numbers["best"] == numbers["worst"] == run["test"]
    assert numbers["deviation"] is None
    assert numbers["paper"] == 93.69
    assert numbers["difference"] == pytest.approx(run["test"] - 93.69, abs=0.011)
    mean = f"{run['test']:.2f}"
    difference = f"{numbers['difference']:+.2f}"
    assert row.split() == ["CRF", "1", mean, "-", mean, mean, "93.69", difference]


def test_the_model_is_the_one_that_the_parameters_say(crf):
    from neuralnets.BiLSTM import BiLSTM

    _, _, folder = crf
    model = BiLSTM.loadModel(str(stored(folder)))
    (table,) = json.loads((folder / "table.json").read_text("utf-8")).values()
    said = table["CRF"]["params"]
    assert model.params["directFeatures"] == said["directFeatures"]
    assert model.params["LSTM-Size"] == model.params["featureNames"] == []
    assert model.params["classifier"] == [said["classifier"]] == ["CRF"]
    assert model.requiredColumns == ["POS"]


def test_a_second_call_trains_nothing(crf):
    flags, first, folder = crf
    model = stored(folder)
    before, when = (folder / "table.json").read_bytes(), model.stat().st_mtime_ns
    again = start(*flags)
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert (folder / "table.json").read_bytes() == before
    assert stored(folder).stat().st_mtime_ns == when


def test_the_scores_are_those_of_the_last_epoch(crf, tmp_path):
    """Also where an earlier one was better on dev, and the model is of that one."""
    log = next(crf[2].rglob("*.tsv"))
    lines = [line for line in log.read_text("utf-8").splitlines() if line[:1] != "#"]
    cells = lines[0].split("\t")
    later = ["2", cells[1], "0.1", "0.25", *cells[4:]]
    kept = log.read_text("utf-8")
    try:
        log.write_text(kept + "\t".join(later) + "\n", "utf-8")
        assert start(*crf[0]).stdout.splitlines()[2].split()[2] == "25.00"
    finally:
        log.write_text(kept, "utf-8")
        start(*crf[0])


def test_both_columns(tmp_path, monkeypatch):
    """Every model with random vectors, then with a file of them, the CRF included."""
    from tagger.experiments.seedruns.seedfolder import Line, SeedFolder

    flags = []
    monkeypatch.setattr(
        "tagger.experiments.seedruns.runner.SeedRuns.run",
        lambda runs, *_: flags.append((runs.folder, runs.flags)) or {},
    )
    lines = {"chunk_BIO": [Line(1, 0.9, 0.95), Line(2, 0.91, 0.94)]}
    monkeypatch.setattr(SeedFolder, "lines", lambda _: lines)
    monkeypatch.setattr(
        SeedFolder, "rows", lambda folder: [Row(folder.seed, *6 * [0], "")]
    )
    out = str(tmp_path / "out")
    given = ["--models", "CRF", "LSTM", "--embeddings", "v.txt", "--output", out]
    monkeypatch.setattr(sys, "argv", ["Reproduce_Huang2015.py", *given])
    script = runpy.run_path(str(ROOT / "Reproduce_Huang2015.py"))
    script["main"]()
    places = [os.path.relpath(folder, out) for folder, _ in flags]
    assert places == ["CRF", "LSTM", "vectors/CRF", "vectors/LSTM"]
    assert ["--embeddings" in own for _, own in flags] == [False, False, True, True]
    assert "featureNames=['tokens']" in flags[2][1]


def test_a_part_of_train_is_held_out(tmp_path):
    flags = ["--models", "CRF", "--seeds", 1, "--first-seed", 4, "--epochs", 1]
    flags += ["--data", SAMPLE, "--output", tmp_path, "--held-out", 7]
    result = start(*flags)
    assert result.returncode == 0, result.stderr
    title, _, row = result.stdout.splitlines()
    assert title == "random vectors, F1 of the last 7 sentences of train"
    assert row.split()[-2:] == ["-", "-"]
    columns = {0: "tokens", 2: "chunk_BIO"}
    data = tmp_path / "held_out_7" / "data"
    whole = readCoNLL(os.path.join(ROOT, SAMPLE, "train.txt"), columns)
    parts = [readCoNLL(str(data / f"{name}.txt"), columns) for name in ("train", "dev")]
    assert (parts[0] + parts[1], len(parts[1])) == (whole, 7)
    assert [path.name for path in data.parent.glob("CRF/seed_*")] == ["seed_4"]
    log = next(tmp_path.rglob("*.tsv")).read_text("utf-8").splitlines()[-1]
    assert log.split("\t")[3] == "nan"  # test
    message = start(*flags[:-1], 9_999).stderr.strip().splitlines()[-1]
    assert "too few sentences to hold out 9999" in message


def test_raw_text_lacks_what_the_model_needs(crf, monkeypatch, capsys, tmp_path):
    """The message names the column and the script that takes it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("The dog sleeps .\n", "utf-8")
    path = str(stored(crf[2]))
    monkeypatch.setattr(sys, "argv", ["RunModel.py", path, "in.txt"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(ROOT / "RunModel.py"), run_name="__main__")
    assert stop.value.code not in (0, None)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"Error: {path} needs the column POS, which raw text lacks.")
    assert "RunModel_CoNLL_Format.py" in err


def test_column_files_are_tagged(crf, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = "The DET\ndog NOUN\nsleeps VERB\n\nYes INTJ\n"
    (tmp_path / "in.conll").write_text(lines, "utf-8")
    script = "RunModel_CoNLL_Format.py"
    flags = [str(stored(crf[2])), "in.conll", "--columns", "0:tokens,1:POS"]
    monkeypatch.setattr(sys, "argv", [script, *flags])
    runpy.run_path(str(ROOT / script), run_name="__main__")
    rows = [line.split() for line in capsys.readouterr().out.split("\n")]
    assert [row[:2] for row in rows[:3]] == [
        line.split() for line in lines.split("\n")
    ][:3]
    assert [len(row) for row in rows if row] == [3] * 4
    assert rows[0][2] == "B-NP"


@pytest.mark.parametrize(
    "flags, text",
    [
        (["--models", "CNN"], "invalid choice: 'CNN'"),
        (["--seeds", "0"], "--seeds: must be 1 or more: 0"),
        (["--epochs", "many"], "--epochs: must be a whole number: many"),
    ],
)
def test_bad_flags_are_told_with_the_usage(flags, text):
    result = start(*flags)
    assert result.returncode == 2
    assert text in result.stderr
    assert "usage: " in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_model_is_told_with_those_that_there_are():
    message = start("--models", "CRF", "BILSTM").stderr
    assert "'BILSTM'" in message
    for name in ("LSTM", "BI-LSTM", "LSTM-CRF", "BI-LSTM-CRF"):
        assert f"'{name}'" in message


def test_a_cluster_trains_where_one_is_named(monkeypatch, tmp_path):
    handed = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)  # Ray is there
    monkeypatch.setattr(
        "tagger.experiments.seedruns.runner.SeedRuns.run",
        lambda runs, *_: handed.append(runs.machines) or {1: "no cluster"},
    )
    script = runpy.run_path(str(ROOT / "Reproduce_Huang2015.py"))
    flags = ["--jobs", "3", "--cluster", "10.0.0.1:6379", "--cpus", "2"]
    arguments = script["parse"]([*flags, "--output", str(tmp_path)])
    with pytest.raises(ValueError, match="CRF failed with seed 1: no cluster"):
        script["train"]("CRF", None, arguments)
    assert handed == [(3, "10.0.0.1:6379", 2)]


def test_missing_data_are_one_line(tmp_path):
    flags = ["--models", "CRF", "--seeds", 1, "--output", tmp_path / "out"]
    result = start("--data", "absent", *flags)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: CRF failed with seed 1: ")
    assert "absent" in last


def test_help_loads_no_tensorflow():
    program = (
        "import contextlib, runpy, sys\n"
        "sys.argv = ['Reproduce_Huang2015.py', '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    for flag in ("models", "seeds", "embeddings", "held-out", "epochs", "jobs", "json"):
        assert f"\n  --{flag} " in result.stdout
