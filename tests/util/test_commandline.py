import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.recipes import TrainingOptions
from util.commandline import run
from util.CoNLL import conllWrite
from util.corpus.datasets import KNOWN_COLUMNS, MissingData
from util.flags import parse_columns

ROOT = Path(__file__).resolve().parents[2]
DATASETS = {"toy": {"columns": {0: "tokens", 1: "X"}, "label": "X", "evaluate": True}}
PARAMS = {"LSTM-Size": [50], "classifier": ["CRF"]}


def options(*argv):
    return TrainingOptions("About.", DATASETS, PARAMS, None, 25, list(argv))


def test_columns_are_read():
    assert parse_columns("0:tokens") == {0: "tokens"}
    assert parse_columns(" 1 : tokens , 4:POS") == {1: "tokens", 4: "POS"}
    assert parse_columns("0:a,b:c,1:tokens") == {0: "a,b:c", 1: "tokens"}


@pytest.mark.parametrize(
    "text",
    [
        *("", "tokens", "x:tokens", "0:", "0:POS", "-1:tokens"),
        *("0:tokens,0:POS", "0:tokens,1:tokens", "0:tokens,1:"),
    ],
)
def test_wrong_columns_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=repr(text)):
        parse_columns(text)


def test_without_flags_the_script_decides():
    made = options()
    assert (made.datasets, made.params, made.epochs) == (DATASETS, PARAMS, 25)
    assert made.embeddings is None
    assert made.modelSavePath.startswith("models")
    assert made.resultsPath == os.path.join("results", "toy-X.tsv")


def test_parameters_are_python_values_or_words():
    made = options(
        *["--param", "LSTM-Size=[100,100]", "--param", "dropout=(0.5, 0.25)"],
        *["--param", "optimizer=adam", "--param", "charEmbeddings=None"],
        *["--seed", "7"],
    )
    assert made.params == {
        "LSTM-Size": [100, 100],
        "dropout": (0.5, 0.25),
        "optimizer": "adam",
        "charEmbeddings": None,
        "classifier": ["CRF"],
        "seed": 7,
    }
    assert PARAMS == {"LSTM-Size": [50], "classifier": ["CRF"]}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--param", "dropout"], "expected KEY=VALUE, found 'dropout'"),
        (["--epochs", "-1"], "--epochs: must be 1 or more: -1"),
        (["--epochs", "0"], "--epochs: must be 1 or more: 0"),
        (["--epochs", "2.5"], "--epochs: must be a whole number: 2.5"),
        (["--seed", "x"], "--seed: must be a whole number: x"),
        (["--seed", "-1"], "--seed: must be 0 or more: -1"),
        (["--seed", "9" * 5000], "--seed: must be a whole number: 99"),
        (["--unknown"], "unrecognized arguments"),
    ],
)
def test_wrong_flags_end_with_a_message(capsys, argv, message):
    with pytest.raises(SystemExit) as end:
        options(*argv)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_all_outputs_go_to_one_folder():
    made = options("--output", "out", "--embeddings", "v.gz", "--epochs", "3")
    assert (
        os.path.dirname(made.modelSavePath)
        == os.path.dirname(made.resultsPath)
        == "out"
    )
    assert (made.embeddings, made.epochs) == ("v.gz", 3)


def test_reports_and_logs_are_written_on_request(tmp_path, capsys):
    made = options()
    assert (made.reportPath, made.tensorboardPath) == (None, None)
    made = options("--report", "r.html", "--tensorboard", "logs")
    assert (made.reportPath, made.tensorboardPath) == ("r.html", "logs")
    with pytest.raises(SystemExit):
        options("--report", str(tmp_path))
    assert "is a folder, not a file" in capsys.readouterr().err


def test_another_folder_gives_its_name_and_known_columns():
    made = options("--data", "somewhere/mine/")
    assert made.datasets == {"mine": {**DATASETS["toy"], "path": "somewhere/mine/"}}
    columns = {0: "tokens", 1: "POS"}
    datasets = {"toy": {"columns": columns, "label": "POS", "files": {"train": "x"}}}
    made = TrainingOptions("", datasets, {}, argv=["--data", "a/UD_English-EWT"])
    assert made.datasets["UD_English-EWT"] == {
        "columns": {1: "tokens", 3: "POS"},
        "label": "POS",
        "path": "a/UD_English-EWT",
    }
    assert datasets["toy"] == {
        "columns": {0: "tokens", 1: "POS"},
        "label": "POS",
        "files": {"train": "x"},
    }


def test_of_a_known_folder_only_the_columns_asked_for_are_read():
    datasets = {"toy": {"columns": {1: "tokens", 5: "POS"}, "label": "POS"}}
    made = TrainingOptions("", datasets, {}, argv=["--data", "data/sample"])
    assert made.datasets["sample"]["columns"] == {0: "tokens", 1: "POS"}


@pytest.mark.parametrize(
    ("flags", "paths"),
    [
        (["--data", "mine"], {"a": "mine", "b": "mine"}),
        (["--data", "b=mine"], {"a": None, "b": "mine"}),
        (["--data", "b=mine", "--data", "rest"], {"a": "rest", "b": "mine"}),
    ],
)
def test_several_tasks_have_one_folder_or_their_own(flags, paths):
    datasets = {"a": {**DATASETS["toy"]}, "b": {**DATASETS["toy"]}}
    made = TrainingOptions("", datasets, {}, argv=flags)
    assert {name: d.get("path") for name, d in made.datasets.items()} == paths


@pytest.mark.parametrize("folder", ["/x=1/sample", "a/b=c", "./toy=1"])
def test_a_folder_may_hold_an_equals_sign(folder):
    assert options("--data", folder).datasets[os.path.basename(folder)] == {
        **DATASETS["toy"],
        "path": folder,
    }
    (made,) = options("--data", f"toy={folder}").datasets.values()
    assert made["path"] == folder


def test_a_folder_here_may_hold_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b=mine").mkdir()
    assert list(options("--data", "b=mine").datasets) == ["b=mine"]


def test_a_task_may_hold_an_equals_sign():
    datasets = {"a": {**DATASETS["toy"]}, "a=b": {**DATASETS["toy"]}}
    made = TrainingOptions("", datasets, {}, argv=["--data", "a=b=c"])
    assert [d.get("path") for d in made.datasets.values()] == [None, "c"]


@pytest.mark.parametrize("text", ["", "toy="])
def test_no_folder_is_an_error(text):
    with pytest.raises(ValueError, match=f"--data {text}: there is no folder"):
        options("--data", text)


def test_a_folder_for_a_task_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="no data set 'b'. There are: toy"):
        options("--data", "b=mine")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\n  two"), "Error: one two\n"),
        (FileNotFoundError(2, "No such file", "x.h5"), None),
    ],
)
def test_an_error_is_one_line_and_exit_1(capsys, error, line):
    def fail():
        raise error

    with pytest.raises(SystemExit) as end:
        run(fail)
    written = capsys.readouterr()
    assert end.value.code == 1
    assert written.err.startswith("Error: ")
    assert written.err.count("\n") == 1
    assert line is None or written.err == line
    assert written.out == ""


def test_help_on_missing_data_keeps_its_lines(capsys):
    def fail():
        raise MissingData("data/nowhere")

    with pytest.raises(SystemExit):
        run(fail)
    said = capsys.readouterr().err
    assert said == f"Error: {MissingData('data/nowhere')}\n"
    assert said.count("\n") > 2


def test_a_current_folder_that_was_deleted_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SystemExit):
        run(lambda: conllWrite("pkl/x", [], []))
    said = capsys.readouterr().err
    assert said.startswith("Error: the current folder was deleted; change to another")


def test_an_interrupt_is_not_a_traceback(capsys):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as end:
        run(interrupt)
    assert end.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_mistake_of_ours_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


def test_known_columns_name_their_tokens():
    for columns in KNOWN_COLUMNS.values():
        assert list(columns.values()).count("tokens") == 1


def test_an_old_python_is_one_line():
    program = "import sys; sys.version_info = (3, 6, 15); import RunModel"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: this needs Python 3.9 to 3.13, and ")
    assert answer.stderr.count("\n") == 1


def test_a_python_that_is_too_new_is_one_line(monkeypatch, capsys):
    def main():
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    with pytest.raises(SystemExit):
        run(main)
    said = capsys.readouterr().err
    assert said.startswith("Error: this needs Python 3.9 to 3.13, and ")
    assert "is Python 3.14, which has no tensorflow" in said and said.count("\n") == 1


SCRIPTS = sorted(path.name for path in ROOT.glob("*.py"))
NEEDS = {
    "RunModel.py": " x.h5 input.txt",
    "RunModel_CoNLL_Format.py": " x.h5 input.txt",
    "Create_ELMo_Cache.py": " data/sample 0",
}


@pytest.mark.parametrize(
    "command",
    [script + NEEDS.get(script, "") for script in SCRIPTS]
    + ["-m tagger tag x.h5 input.txt", "-m tagger evaluate x.h5 data/sample/test.txt"]
    + ["-m tagger check data/sample"],
)
def test_a_python_without_its_packages_is_one_line(command):
    """-S and -E: without the packages of the environment."""
    command = [sys.executable, "-S", "-E", *command.split()]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert answer.returncode == 1
    assert "is not installed for " + sys.executable in answer.stderr
    *before, line = answer.stderr.splitlines()
    assert line.startswith("Error: ")
    assert not before or "Model 1 of" in before[0] and len(before) == 1
