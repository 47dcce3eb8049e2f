"""What `tagger compare` prints, draws and stores."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tagger.experiments.comparison import findings, plot, report
from tagger.experiments.comparison.tables import Arm

ROOT = Path(__file__).resolve().parents[3]


def arm(name, mean, count=10, spread=0.001, task="pos"):
    draw = np.random.default_rng(len(name))
    test = mean + draw.normal(0, spread, count)
    dev = test + draw.normal(0, spread / 10, count)
    return Arm(name, f"{name}.csv", task, list(range(1, count + 1)), dev, test)


def text(*arms, split="test") -> str:
    lines = list(report.compare(arms, split).lines())
    assert max(map(len, lines)) <= 88
    return "\n".join(lines)


def one_line(found: str) -> str:
    return " ".join(found.split())


def test_a_difference_is_called_one():
    found = one_line(text(arm("large", 0.93), arm("small", 0.92)))
    assert "large is better: one run of large beats one run of small" in found
    assert "with a probability of 100 %" in found
    assert "do not draw their scores from the same distribution" in found
    assert "Warning" not in found


def test_the_better_one_is_named_wherever_it_stands():
    found = one_line(text(arm("small", 0.92), arm("large", 0.93)))
    assert "large is better: one run of large beats one run of small" in found
    assert "0 % (0 to" in found  # the table stays in the order that was asked for
    assert "On average large scores 1." in found


def test_no_difference_is_not_called_one():
    comparison = report.compare([arm("one", 0.92), arm("other", 0.92003)])
    found = one_line("\n".join(comparison.lines()))
    assert "Not settled: " in found
    assert "may draw their scores from one and the same distribution" in found
    needed = comparison.pairs[0, 1].seeds_needed
    assert needed > 10
    assert f"{needed} seeds each would settle it in 4 of 5 attempts" in found


def test_a_tiny_difference_is_beyond_the_cap():
    a = arm("aa", 0.92, 31)
    b = a._replace(name="b", test=a.test + 1e-9)
    found = one_line(text(a, b))
    assert (
        "truly wins 52 % of the time, that is not settled by fewer than 1,000" in found
    )
    same = one_line(text(a, a._replace(name="b")))
    assert "On average the two score the same." in same
    assert "no difference that more seeds could confirm" in same


def test_dev_or_test():
    a, b = arm("large", 0.93), arm("small", 0.92)
    assert text(a, b).startswith("test scores of pos")
    swapped = [x._replace(dev=x.test, test=x.dev) for x in (a, b)]
    assert text(*swapped, split="dev").replace("dev", "test") == text(a, b).replace(
        "dev", "test"
    )


def test_warnings():
    few = one_line(text(arm("large", 0.93, 3), arm("small", 0.92)))
    assert "Warning: Fewer than 5 seeds of large:" in few
    assert "With 3 seeds or fewer (large), the 95 % interval is too narrow" in few
    assert "in about 85 to 89 % of cases" in few
    four = one_line(text(arm("large", 0.93, 4), arm("small", 0.92)))
    assert "Fewer than 5" in four
    assert "too narrow" not in four
    many = one_line(text(arm("aaa", 0.93), arm("bb", 0.92), arm("c", 0.92)))
    assert "3 pairs are compared" in many
    assert "corrected for that (Holm)" in many
    tasks = one_line(text(arm("aaa", 0.93), arm("bb", 0.92, task="ner")))
    assert "different tasks: ner, pos" in tasks


def test_the_verdict_goes_by_corrected_p_values():
    """A pair that is settled alone is not among four models."""
    models = {"aaa": 0, "bb": 3.5, "c": 1.15, "dddd": 2.3}
    scores = [0.90 + (np.arange(5.0) + more) / 100 for more in models.values()]
    arms = [
        Arm(name, f"{name}.csv", "pos", list(range(1, 6)), test, test)
        for name, test in zip(models, scores)
    ]
    alone, among = report.compare(arms[:2]), report.compare(arms)
    pair = among.pairs[0, 1]
    assert alone.pairs[0, 1].mann_whitney_p == pair.mann_whitney_p < 0.05
    assert "bb is better:" in one_line("\n".join(alone.lines()))
    assert "is better:" not in one_line("\n".join(among.lines()))
    assert pair.mann_whitney_corrected == pytest.approx(6 * pair.mann_whitney_p)
    shown = findings.p_values(pair.mann_whitney_p, pair.mann_whitney_corrected)
    assert shown in one_line("\n".join(among.lines()))


def test_one_run_is_no_comparison():
    with pytest.raises(ValueError, match="large.csv: a comparison needs at least 2"):
        report.compare([arm("large", 0.93, 1), arm("small", 0.92)])
    assert "model" in text(arm("large", 0.93, 1))


@pytest.mark.parametrize(
    "coefficient, said",
    [(0.9, "a good guide"), (0.5, "some guide"), (-0.2, "no guide")],
)
def test_what_the_dev_score_is_worth(coefficient, said):
    from tagger.experiments.comparison.distribution import Distribution

    found = Distribution(9, 0.9, 0.9, 0.1, 0.8, 1, 0.1, 0.1, 0.2, coefficient, 0.5)
    assert any(said in sentence for sentence in findings.of_model("x", found))


def test_control_characters_do_not_reach_the_terminal():
    found = text(arm("a\x1b[2J", 0.93, task="t\x07"), arm("b", 0.92))
    assert not {"\x1b", "\x07"} & set(found)


def test_as_json():
    a, b = arm("large", 0.93), arm("small", 0.92)
    a = a._replace(dev=np.full(10, np.nan))
    found = json.loads(json.dumps(report.compare([a, b]).to_dict(), allow_nan=False))
    assert [model["name"] for model in found["models"]] == ["large", "small"]
    assert found["models"][0]["runs"][0]["dev"] is None
    assert found["models"][0]["mean"] == pytest.approx(a.test.mean())
    (pair,) = found["pairs"]
    assert (pair["a"], pair["b"], pair["settled"]) == ("large", "small", True)
    assert pair["findings"][0].startswith("large is better")


# --------------------------------------------------------------------------- plot


@pytest.mark.parametrize("ending, start", [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_plot_is_drawn(tmp_path, ending, start):
    path = tmp_path / f"plot.{ending}"
    scores = [arm("large", 0.93).test, np.full(3, 0.9), np.array([0.91])]
    plot.violins(str(path), ["large", "same", "one"], scores, "score")
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


def test_a_plot_shows_every_seed_and_the_median(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: drawn.append(self))
    scores = arm("large", 0.93).test
    names = ["cost $1$_x^", "b" * 40]
    plot.violins(str(tmp_path / "p.svg"), names, [scores, scores[:4]], "score")
    (axes,) = drawn[0].axes
    points = [
        c.get_offsets()[:, 1] for c in axes.collections if len(c.get_offsets()) > 1
    ]
    assert [list(found) for found in points] == [
        list(100 * scores),
        list(100 * scores[:4]),
    ]
    medians = [100 * np.median(scores), 100 * np.median(scores[:4])]
    assert [found.get_text() for found in axes.texts] == [f"{m:.2f}" for m in medians]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["cost $1$_x^", "b" * 22 + "..."]


def test_names_cannot_break_a_drawing(tmp_path):
    path = tmp_path / "plot.svg"
    scores = [arm("large", 0.93).test] * 2
    plot.violins(str(path), ["<script>$x^&", "$\\frac{"], scores, "score")
    drawn = path.read_text(encoding="utf-8")
    assert "<script>" not in drawn
    first = path.read_bytes()
    plot.violins(str(path), ["<script>$x^&", "$\\frac{"], scores, "score")
    assert re.sub(rb"[0-9a-f]{10,}", b"", first) == re.sub(
        rb"[0-9a-f]{10,}", b"", path.read_bytes()
    )


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="must end in .png, .svg, .pdf"):
        plot.violins(str(tmp_path / "plot.gif"), [], [], "score")


# ------------------------------------------------------------------------- script


def compare(*arguments, folder):
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "error::RuntimeWarning",
            *("-m", "tagger", "compare"),
            *arguments,
        ],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_the_script_compares_tables(tmp_path):
    for name, mean in (("large", 0.93), ("small", 0.92)):
        found = arm(name, mean)
        rows = zip(found.seeds, found.dev, found.test)
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.csv").write_text(
            "seed,dev,test\n" + "".join(f"{s},{d},{t}\n" for s, d, t in rows), "utf-8"
        )
    result = compare(
        *("large", "tiny=small/results.csv", "--plot", "a.png", "--json", "a.json"),
        folder=tmp_path,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "large is better: one run of large beats one run of tiny" in result.stdout
    assert (tmp_path / "a.png").exists()
    stored = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert stored["pairs"][0]["b"] == "tiny"


def test_the_script_compares_predictions(tmp_path):
    right, wrong = "a B-NP B-NP\n\n", "a B-NP O\n\n"
    (tmp_path / "a.conll").write_text(right * 40, "utf-8")
    (tmp_path / "b.conll").write_text(right * 20 + wrong * 20, "utf-8")
    result = compare(
        *("--predictions", "a.conll", "b.conll", "--rounds", "999", "--json", "a.json"),
        folder=tmp_path,
    )
    assert (result.returncode, result.stderr) == (0, "")
    stored = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert (stored["score_a"], stored["p"]) == (1.0, 0.001)
    assert stored["score_b"] == pytest.approx(2 / 3)
    assert "a.conll is better than b.conll" in one_line(result.stdout)


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        ([], 2, "name tables"),
        (["a.csv", "--predictions", "a", "b"], 2, "name tables"),
        (["missing.csv"], 1, "Error: missing.csv: No such file"),
        (["a.csv", "--plot", "a.gif"], 1, "Error: a.gif: a plot's name"),
        (["a.csv", "--json", "link"], 2, "not a plain file"),
        (["--predictions", "a", "b", "--rounds", "0"], 2, "--rounds: must be 1"),
    ],
)
def test_bad_commands(arguments, code, said, tmp_path):
    (tmp_path / "link").symlink_to("elsewhere")
    result = compare(*arguments, folder=tmp_path)
    assert (tmp_path / "link").is_symlink()
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
