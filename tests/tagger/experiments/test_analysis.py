"""What settings are worth: tables whose truth is known, and the published one."""

import gzip
import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tagger.__main__ import main
from tagger.experiments.analysis.effects import analyse, effect, tried
from tagger.experiments.analysis.importance import importances
from tagger.experiments.analysis.runs import Runs, read_runs

ODD = list(itertools.product([0, 1], [0, 1]))  # a third one is their sum
PUBLISHED = "data/reimers2017_hyperparameter_results.csv.gz"


def table(tmp_path, rows, head, name="runs.csv"):
    path = tmp_path / name
    lines = [",".join(map(str, row)) for row in (head, *rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


@pytest.fixture
def grid(tmp_path):
    """Runs of two optimizers, three sizes and a seed; SGD is worth two points."""
    rows = [
        (
            number,
            optimizer,
            size,
            seed,
            0.5 + 0.02 * (optimizer == "sgd") + size / 1e4,
        )
        for number, (optimizer, size, seed) in enumerate(
            itertools.product(["sgd", "adam"], [10, 20, 30], [1, 2, 3])
        )
    ]
    return table(tmp_path, rows, ["id", "optimizer", "size", "seed", "test"])


def test_the_worth_of_each_option(grid):
    optimizer, size = analyse(read_runs(grid))
    assert (optimizer.name, optimizer.best) == ("optimizer", "sgd")
    assert (optimizer.configurations, optimizer.complete) == (3, 3)
    assert optimizer.spread == pytest.approx(2)
    (adam,) = optimizer.effects
    assert adam.difference == pytest.approx(-2) and (adam.wins, adam.n) == (0, 3)
    assert optimizer.firsts == {"sgd": 1.0, "adam": 0.0}
    assert size.name == "size" and size.best == "30"
    differences = {one.value: one.difference for one in size.effects}
    assert differences == pytest.approx({"10": -0.2, "20": -0.1})


def test_another_baseline(grid):
    (found,) = analyse(read_runs(grid), ["optimizer"], {"optimizer": "adam"})
    assert found.best == "adam" and found.effects[0].difference == pytest.approx(2)


def test_what_only_says_more_of_an_option_goes_along(tmp_path):
    rows = [
        (characters, filters, width, size, 0.5 + 0.01 * bool(filters) + size / 1e3)
        for characters, filters, width in [("no", 0, 0), ("CNN", 30, 3), ("LSTM", 0, 0)]
        for size in (1, 2)
    ]
    rows += [("CNN", 30, 5, 1, 0.9), ("lstm", 0, 0, 1, 0.4)]
    head = ["characters", "filters", "width", "size", "test"]
    options, scores = tried(read_runs(table(tmp_path, rows, head)), "characters")
    assert options == ["CNN", "LSTM", "no"]
    # Of several runs of a configuration the median counts.
    assert scores == pytest.approx(
        np.array([[51.1, 45.05, 50.1], [51.2, 50.2, 50.2]])
        + np.array([[19.45, 0, 0], [0, 0, 0]])
    )


def test_a_setting_is_no_part_of_another_that_it_was_varied_with():
    sizes = ["1", "2", "1", "2"]
    settings = {"optimizer": ["a", "a", "b", "b"], "size": sizes}
    options, scores = tried(Runs(np.array([1.0, 2, 3, 4]), settings, "s", []), "size")
    assert scores.tolist() == [[1, 2], [3, 4]]


def test_wins_interval_and_p_value():
    found = effect("x", np.array([-3.0, -2, -1, 0, 1, 2, 3, 4, 5, 6]))
    assert (found.n, found.wins, found.difference) == (10, 6.5, 1.5)
    # Ranks 2 and 9 of 10; 6 of 9 wins without the tie.
    assert (found.low, found.high) == (-2, 5)
    assert found.p == pytest.approx(2 * sum([84, 36, 9, 1]) / 2**9)
    assert effect("x", np.ones(5)).low is None


def test_p_values_are_corrected_for_their_number(grid):
    settings = analyse(read_runs(grid))
    effects = sorted((e for s in settings for e in s.effects), key=lambda one: one.p)
    assert effects[0].p_corrected == pytest.approx(min(1, 3 * effects[0].p))


def test_what_a_setting_alone_explains(tmp_path):
    scores = [3, 1, 2, 6, 5, 7, 9, 9, 8]
    settings = {
        "size": [str(size) for size in "aaabbbccc"],
        "luck": list("xyzxyzxyz"),
        "each": [str(n) for n in range(9)],
    }
    found = importances(Runs(np.array(scores, float), settings, "s", []))
    h = stats.kruskal(scores[:3], scores[3:6], scores[6:]).statistic
    assert found == pytest.approx({"size": (h - 2) / 6, "luck": 0.0})
    # A quantity counts by its fifths, words with as many values not at all.
    rows = [(n, f"w{n}", n / 100) for n in range(20)]
    found = importances(read_runs(table(tmp_path, rows, ["n", "word", "test"])))
    fifths = [range(start, start + 4) for start in range(0, 20, 4)]
    h = stats.kruskal(*fifths).statistic
    assert found == pytest.approx({"n": (h - 4) / 15})


def test_without_pairs_what_explains_the_runs_is_told(tmp_path, capsys):
    rows = [(*sizes, sum(sizes) % 2, 0.5 + sizes[0] / 10) for sizes in ODD * 2]
    main(["analyse", table(tmp_path, rows, ["a", "b", "c", "test"])])
    said = capsys.readouterr().out
    assert "no two differ in one setting alone" in said
    assert "\n  a  100 %\n  b    0 %\n" in said


def test_the_command(grid, tmp_path, capsys):
    out = tmp_path / "found.json"
    main(["analyse", grid, "--json", str(out), "--plots", str(tmp_path / "plots")])
    said = capsys.readouterr().out
    assert "optimizer: 3 configurations with several options, 3 with all" in said
    assert "-2.00" in said and "optimizer   76 %" in said
    found = json.loads(out.read_text("utf-8"))
    assert found["settings"][0]["effects"][0]["difference"] == pytest.approx(-2)
    assert found["importances"]["optimizer"] == pytest.approx(0.76, abs=0.005)
    drawn = sorted(os.listdir(tmp_path / "plots"))
    assert drawn == ["explained.png", "optimizer.png", "size.png"]


@pytest.mark.parametrize(
    ("content", "flags", "says"),
    [
        ("a,b\n1,2\n", [], "no column of a score"),
        ("a,test\n1,x\n", [], "no run has a number"),
        ("a,test\n1,2,3\n", [], "row 2 has 3 columns"),
        ("a,a\n1,2\n", [], "a name of its own"),
        ("a,test\n1,2\n", ["--where", "b=1"], "no column b"),
        ("a,test\n1,2\n", ["--where", "a=3"], "no run has a=3"),
        ("a,test\n1,2\n", ["--where", "a"], "write COLUMN=VALUE"),
        ("a,test\n1,2\n2,2\n", ["--option", "b"], "no setting b"),
        ("a,test\n1,2\n2,2\n", ["--baseline", "a=9"], "a is never 9"),
        ("a,b,test\n1,1,2\n2,2,2\n1,3,1\n2,4,1\n", ["--option", "b"], None),
        ("a,test\n1,2\n1,3\n", [], "differ in one setting alone"),
        ("a\x00,test\n\xff", [], "runs.csv"),
    ],
)
def test_tables_that_tell_nothing(content, flags, says, tmp_path, capsys):
    path = tmp_path / "runs.csv"
    path.write_bytes(content.encode("latin-1"))
    if says is None:
        main(["analyse", str(path), *flags])
        return
    with pytest.raises(SystemExit) as stop:
        main(["analyse", str(path), *flags])
    told = capsys.readouterr().err
    assert stop.value.code and says in told and "Traceback" not in told


def test_a_packed_table_is_read_alike(grid, tmp_path):
    packed = tmp_path / "runs.csv.gz"
    packed.write_bytes(gzip.compress(Path(grid).read_bytes()))
    assert read_runs(str(packed)).scores.tolist() == read_runs(grid).scores.tolist()
    packed.write_bytes(packed.read_bytes()[:10] + b"\xff" * 20)
    with pytest.raises(ValueError, match=r"csv\.gz: is no table of text \(Error -3"):
        read_runs(str(packed))


def test_the_published_table_gives_the_published_medians():
    folder = os.environ.get("TAGGER_DATA")
    path = Path(folder or "") / PUBLISHED
    if not folder or not path.exists():
        pytest.skip(f"TAGGER_DATA, the folder above {PUBLISHED}, is not set")
    where = {"Dataset": "conll2000_chunking.pkl", "Setting": "SingleTask"}
    runs = read_runs(str(path), "Test_F1", where)
    names = ["Optimizer", "Decoder", "miniBatchSize", "LSTM-Layers"]
    found = {s.name: s for s in analyse(runs, names, {"Optimizer": "Nadam"})}
    medians = {
        f"{name} {one.value}": round(one.difference, 2)
        for name in names
        for one in found[name].effects
    }
    # `Adam_org` is what the paper calls Adam. Reimers and Gurevych (2017).
    published = {
        **{"Optimizer RMSProp": -0.04, "Optimizer Adam_org": -0.11},
        **{"Optimizer Adadelta": -0.90, "Optimizer Adagrad": -1.23},
        **{"Decoder Softmax": -0.38, "LSTM-Layers 1": -0.29},
        **{"miniBatchSize 16": -0.05, "miniBatchSize 32": -0.10},
        **{"miniBatchSize 64": -0.22, "miniBatchSize 1": -0.56},
    }
    assert {name: medians[name] for name in published} == published
