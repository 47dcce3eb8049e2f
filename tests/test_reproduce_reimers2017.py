"""Reproduce_Reimers2017.py: one tiny training, and what it tells of many runs."""

import csv
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from tagger.experiments.analysis.effects import effect
from tagger.experiments.analysis.runs import read_runs
from tagger.experiments.reproduction import training
from tagger.experiments.reproduction.findings import interval, verdict
from tagger.experiments.reproduction.plan import RECOMMENDED, Plan
from tagger.experiments.reproduction.runs import RunRow, write
from util.BIOF1Validation import count_spans
from util.tagschemes import convert

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "Reproduce_Reimers2017.py"
MODULE = runpy.run_path(str(ROOT / RECIPE))
PLAN = Plan(MODULE["SETTINGS"], MODULE["SHARED"])
VECTORS = "".join(f"{word} {n} 1 0 1\n" for n, word in enumerate(["the", "a", "dog"]))


def row(option, seed, test, data="data", vectors="v.txt", epochs="1"):
    file = vectors if PLAN.options[option]["vectors"] == "glove" else ""
    return RunRow(option, seed, (data, file, epochs), 0.95, test, 3, 8, 60.0)


@pytest.fixture
def place(workdir):
    """A folder with data, vectors, and a run of what is recommended."""
    toy.write_corpus("data", train=20, other=5)
    (workdir / "v.txt").write_text(VECTORS, "utf-8")
    write("given.csv", PLAN, [row(RECOMMENDED, 1, 0.5)])
    return workdir


FLAGS = ["--data", "data", "--embeddings", "v.txt", "--epochs", "1", "--seeds", "1"]


def table(said):
    """Return the rows of the first table by setting and value."""
    lines = [line.split() for line in said.split("\n\n")[0].splitlines()[1:]]
    return {(cells[0], cells[1]): cells[2:] for cells in lines}


def test_what_is_missing_is_trained_and_only_that(place, run_script, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    flags = ["--options", "classifier", *FLAGS, "--runs", "given.csv"]
    code, said, err = run_script(
        RECIPE, *flags, "--json", "t.json", "--csv", "all.csv", "--plot", "p.svg"
    )
    assert code == 0, err
    made = [name for name in os.listdir("results/reimers2017") if name[0] != "."]
    assert sorted(made) == ["classifier-Softmax", "command.json", "runs.csv"]
    (told,) = json.loads(Path("t.json").read_text("utf-8"))["options"]
    with open("all.csv", encoding="utf-8", newline="") as file:
        ours, softmax = csv.DictReader(file)
    difference = 100 * (float(softmax["test"]) - float(ours["test"]))
    assert told["differences"] == [pytest.approx(difference, abs=1e-3)]
    assert (told["n"], told["paper"], told["verdict"]) == (1, -0.38, "undecided")
    assert table(said)["classifier", "Softmax"][:2] == ["CRF", "1"]
    assert "the paper" in Path("p.svg").read_text("utf-8")

    model = BiLSTM.loadModel(next(map(str, place.rglob("*.h5"))))
    assert model.params["classifier"] == ["Softmax"]
    assert model.params["LSTM-Size"] == [100, 100]
    assert model.params["dropout"] == (0.25, 0.25)
    assert read_runs("all.csv").settings["classifier"] == ["CRF", "Softmax"]

    before = {path: path.stat().st_mtime_ns for path in place.rglob("*.h5")}
    assert run_script(RECIPE, *flags)[1] == said
    assert before == {path: path.stat().st_mtime_ns for path in place.rglob("*.h5")}


def test_each_option_changes_one_setting():
    assert len(PLAN.options) == 31
    for option, chosen in PLAN.options.items():
        changed = {name for name in chosen if chosen[name] != PLAN.settings[name].first}
        if option.startswith("clipvalue"):
            assert changed == {"clipvalue", "clipnorm"}
        else:
            assert changed == ({option.split("-")[0]} - {RECOMMENDED})
    assert PLAN.wanted(["clipvalue"])[0] == "clipnorm-none"
    units = {sum(PLAN.params(option)["LSTM-Size"]) for option in PLAN.options}
    assert units == {200}


def test_a_task_below_and_another_scheme(place, eager):
    sizes = ["--param", "LSTM-Size=[3,4]", "--param", "learningRate=0.03"]
    flags = ["--data", "data", "--epochs", "3", "--output", "out", "--seed", "1"]
    task = ["--scheme", "IOBES", "--auxiliary", "different", "--no-calibration"]
    training.main([*flags, *sizes, *task])
    lines = Path("out/data-chunk_IOBES_POS-POS.tsv").read_text("utf-8").splitlines()
    assert {line.split("\t")[1] for line in lines[1:]} == {"data"}
    (path,) = Path("out").glob("data-*.h5")
    model = BiLSTM.loadModel(str(path))
    assert model.params["LSTM-Size"] == [3]
    assert model.params["customClassifier"]["data"] == [("LSTM", 4), "Softmax"]
    # Tags that are turned back into BIO have the score that was counted.
    best = max(lines[1:], key=lambda line: float(line.split("\t")[2])).split("\t")
    sets = {"data": toy.dataset("data", "chunk_IOBES")}
    _, _, data = toy.prepare(sets)
    rows = data["data"]["testMatrix"]
    tags = model.tagSentences(
        toy.rows_of(model, [" ".join(r["raw_tokens"]) for r in rows])
    )
    gold = [gold_in_bio(row_, data.mappings) for row_ in rows]
    predicted = [convert(found, "BIO") for found in tags["data"]]
    f1 = count_spans(predicted, gold).scores()[2]
    assert f1 == pytest.approx(float(best[3])) and f1 > 0


def gold_in_bio(row_, mappings):
    names = {index: tag for tag, index in mappings["chunk_IOBES"].items()}
    length = len(row_["raw_tokens"])
    return convert([names[index] for index in row_["chunk_IOBES"][:length]], "BIO")


def test_differences_are_those_of_pairs(place, run_script):
    worse = [0.93, 0.92, 0.91, 0.90, 0.89]
    rows = [row(RECOMMENDED, seed, 0.94) for seed in range(1, 9)]
    rows += [row("dropout-none", seed, test) for seed, test in enumerate(worse, 4)]
    rows += [row("scheme-IOB", seed, 1.88 - test) for seed, test in enumerate(worse, 1)]
    rows += [row("vectors-random", 1, 0.9), row("clipvalue-1", 1, 0.9)]
    write("runs.csv", PLAN, rows)
    flags = ["--no-training", "--runs", "runs.csv", "given.csv"]
    code, said, err = run_script(RECIPE, *flags)
    assert code == 0, err
    found = table(said)
    assert found["dropout", "none"] == (
        "variational 5 0 of 5 -3.00 -5.00 to -1.00 -0.88 same sign".split()
    )
    assert found["scheme", "IOB"][-2:] == ["-0.27", "different"]
    assert found["scheme", "IOBES"][-3:] == ["not", "run", "yet"]
    assert found["vectors", "random"][1:] == "1 0 of 1 -4.00 no figure".split()
    # Nothing is left to compare it with.
    assert found["clipvalue", "1"][-3:] == ["not", "run", "yet"]
    distribution = said.split("\n\n")[1].splitlines()[1].split()
    assert distribution[:6] == [RECOMMENDED, "8", "94.00", "94.00", "94.00", "0.00"]


def test_tables_go_into_a_document(place, run_script):
    place_of = "<!-- {0} -->\nold\n<!-- end of {0} -->\n"
    text = f"# A\n{place_of.format('options')}B\n{place_of.format('distribution')}"
    Path("d.md").write_text(text, "utf-8")
    flags = ["--no-training", "--runs", "given.csv", "--markdown", "d.md"]
    run_script(RECIPE, *flags, "--options", "layers")
    first = Path("d.md").read_text("utf-8")
    assert "old" not in first and first.startswith("# A\n<!-- options -->\n\n| setting")
    assert "\n| layers | 1 | 2 | | | | | -0.29 | | not run yet |\n" in first
    assert "\n| recommended | 1 | 50.00 | 50.00 | 50.00 | | | | |\n" in first
    run_script(RECIPE, *flags, "--options", "layers")
    assert Path("d.md").read_text("utf-8") == first
    # Of settings nothing is told now: their table stays as it is.
    run_script(RECIPE, *flags, "--distribution", "2", "--plot", "d.svg")
    assert Path("d.md").read_text("utf-8") == first
    assert "test F1" in Path("d.svg").read_text("utf-8")


def test_the_verdict_needs_an_interval_without_0():
    few = effect("x", np.array([-4.0, -3, -2, -1]))
    assert interval(few) == (None, None)
    assert verdict(few, None, None, -1) == "undecided"
    five = effect("x", np.array([-5.0, -4, -3, -2, -1]))
    assert interval(five) == (-5, -1)
    assert verdict(five, -5, -1, -0.1) == "same sign"
    assert verdict(five, -5, -1, 0.1) == verdict(five, -5, -1, 0.0) == "different"
    assert verdict(five, -5, 0, -0.1) == "undecided"
    six = effect("x", np.array([-9.0, 1, 2, 3, 4, 5]))
    assert interval(six) == (six.low, six.high) == (-9, 5)


@pytest.mark.parametrize(
    "flags, text",
    [
        (
            ["--embeddings", "x.txt"],
            "x.txt: there is no such file of word vectors. Get",
        ),
        (["--runs", "missing.csv"], "missing.csv: No such file"),
        (["--runs", "v.txt"], "v.txt: is no table of runs that this recipe wrote"),
        (["--runs", "score.csv"], "score.csv:2: a line has a seed from 0 on, scores"),
        (["--runs", "option.csv"], "option.csv:2: there is no option 'dropout-all'"),
        (["--runs", "gap.csv"], "gap.csv:2: it has 0 columns, not 21."),
        (["--runs", "other.csv"], "has classifier=CRF, and not 'Softmax'"),
        (["--runs", "given.csv", "--epochs", "9"], "Its most epochs: 1; theirs: 9"),
        (["--runs", "given.csv", "--embeddings", "w.txt"], "Its file of glove vectors"),
        (["--no-training", "--plot", "p.gif"], "p.gif: a plot's name must end in"),
        (["--no-training", "--plot", "p.png"], "p.png: nothing to draw"),
        (["--no-training", "--markdown", "v.txt"], "v.txt: has no place for a table"),
        (
            ["--no-training", "--published", "given.csv"],
            "given.csv: has no column Test",
        ),
    ],
)
def test_bad_input_is_one_line(flags, text, place, run_script):
    line = Path("given.csv").read_text("utf-8")
    Path("score.csv").write_text(line.replace("0.500000", "50"), "utf-8")
    Path("gap.csv").write_text(line.replace("\n", "\n\n", 1), "utf-8")
    Path("option.csv").write_text(line.replace("recommended", "dropout-all"), "utf-8")
    Path("other.csv").write_text(line.replace(",CRF,", ",Softmax,"), "utf-8")
    code, out, err = run_script(RECIPE, *FLAGS, "--options", "classifier", *flags)
    assert code == 1
    assert err.startswith("Error: ") and err.count("\n") == 1
    assert text in err
    assert not Path("results").exists() or not list(Path("results").rglob("*.h5"))


def test_missing_data_are_told_with_the_command_that_fetches_them(place, run_script):
    data = ["--data", "data/conll2000_chunking", "--embeddings", "v.txt"]
    code, _, err = run_script(RECIPE, *data)
    assert code == 1 and err.startswith("Error: data/conll2000_chunking is missing.")
    assert "download conll2000" in err and not Path("results").exists()


@pytest.mark.parametrize(
    "flags, text",
    [
        (["--options", "colour"], "invalid choice: 'colour'"),
        (["--distribution", "1"], "--distribution: must be 2 or more: 1"),
    ],
)
def test_bad_flags_are_told_with_the_usage(flags, text, run_script):
    code, _, err = run_script(RECIPE, *flags)
    assert code == 2 and text in err and "usage: " in err


def test_help_loads_no_tensorflow():
    program = (
        "import contextlib, runpy, sys\n"
        f"sys.argv = ['{RECIPE}', '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "assert not {'tensorflow', 'scipy', 'matplotlib'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_document_is_what_its_runs_say(run_script, tmp_path):
    folder = os.environ.get("TAGGER_DATA")
    name = "data/reimers2017_hyperparameter_results.csv.gz"
    if not folder or not (Path(folder) / name).exists():
        pytest.skip(f"TAGGER_DATA, the folder above {name}, is not set")
    document = ROOT / "docs/Reproducing_Reimers2017.md"
    copy = tmp_path / "copy.md"
    copy.write_bytes(document.read_bytes())
    flags = ["--runs", ROOT / "docs/reimers2017_runs.csv", "--no-training"]
    flags += ["--published", Path(folder) / name, "--markdown", copy]
    code, said, err = run_script(RECIPE, *flags)
    assert code == 0, err
    assert copy.read_text("utf-8") == document.read_text("utf-8")
    # The published runs with GloVe's vectors of 100 dimensions.
    assert "like it | 20 | 92.49 | 94.13 | 94.60 | 0.53 |" in copy.read_text("utf-8")
    assert "| dropout | none | variational |" in copy.read_text("utf-8")
    assert "| -0.88 | -0.94 (8) |" in copy.read_text("utf-8")
