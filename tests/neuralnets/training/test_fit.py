"""What `fit` gives back and shows."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
import toy

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def model(corpus, workdir, eager):
    return toy.tagger({"LSTM-Size": [4]}, {"words": toy.dataset(corpus)})


def test_it_returns_the_best_scores(model):
    model.modelSavePath = "x.h5"
    found = model.fit(2)
    assert found == model.run.board.best and list(found) == ["words"]
    assert 0 <= found["words"].dev <= 1 and 0 <= found["words"].test <= 1


def test_it_warns_when_nothing_is_stored(model, caplog):
    model.fit(1)
    assert "`modelSavePath` is not set" in caplog.text
    caplog.clear()
    model.modelSavePath = "x.h5"
    model.fit(1)
    assert "modelSavePath" not in caplog.text


def test_the_loss_that_is_shown_is_the_mean_so_far(model, monkeypatch, capsys, caplog):
    monkeypatch.setattr("util.progress.Progress.due", lambda self: True)
    with caplog.at_level(logging.INFO, "neuralnets"):
        model.trainModel()
    shown = re.findall(r"loss ([\d.]+)", capsys.readouterr().err)
    assert len(shown) > 1
    mean = re.search(r"loss ([\d.]+)", caplog.text).group(1)
    assert float(shown[-1]) == pytest.approx(float(mean), abs=1e-3)


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:3]
import logging
import toy
from neuralnets.BiLSTM import BiLSTM

toy.write_corpus("corpus", train=8, other=4)
model = toy.tagger({"LSTM-Size": [4]}, {"x": toy.dataset("corpus")})
model.modelSavePath = "x.h5"
print("---", file=sys.stderr, flush=True)
SETTING
model.fit(1)
print("---", file=sys.stderr)
BiLSTM.loadModel("x.h5").tag("It rains.")
"""


@pytest.mark.parametrize(
    "setting, lines",
    [
        ("", True),
        ("logging.getLogger('neuralnets').setLevel(logging.WARNING)", False),
        ("logging.basicConfig(level=logging.WARNING)", False),
    ],
)
def test_progress_is_shown_where_no_logging_is_set_up(tmp_path, setting, lines):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("SETTING", setting)]
        + [str(ROOT), str(ROOT / "tests")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    importing, fitting, tagging = done.stderr.split("---\n")
    # Of TensorFlow there is nothing to be seen, nor of tagging.
    assert "tensorflow" not in importing.lower() and not tagging
    assert bool(fitting) == lines
    if lines:
        assert re.search(r"^\d\d:\d\d:\d\d Epoch 1: loss", fitting, re.MULTILINE)
        assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in fitting.splitlines())


def test_ctrl_c_that_tensorflow_loses_says_how_to_go_on(model, monkeypatch, caplog):
    model.modelSavePath = "models/[ModelName].h5"
    model.fit(1)

    def epoch(self):
        raise TypeError("what TensorFlow makes of it")

    monkeypatch.setattr("neuralnets.training.run.Run.epoch", epoch)
    with pytest.raises(TypeError):
        model.fit(2, resume=True)
    assert "--resume" not in caplog.text
    told = lambda: KeyboardInterrupt  # noqa: E731
    monkeypatch.setattr("neuralnets.training.run.told_to_end", told)
    with pytest.raises(TypeError):
        model.fit(2, resume=True)
    assert "go on with the same command and --resume" in caplog.text
