"""The scripts, run from another folder than their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.__main__ import main
from tagger.recipes import TrainingOptions
from util.corpus.datasets import MissingData, split_files
from util.download import fetch
from util.download.fetch import missing_data_message
from util.preprocessing import perpareDataset

ROOT = Path(__file__).resolve().parents[1]


def run(folder, script, *arguments):
    command = [sys.executable, str(ROOT / script), *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment
    )


def test_a_training_script_says_where_its_data_are(tmp_path):
    answer = run(tmp_path, "Train_Chunking.py", "--data", "data/sample")
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1
    assert f"data{os.sep}sample is missing here" in answer.stderr
    assert f"cd {ROOT}" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_fetches_data_works_from_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = missing_data_message("data/GermEval").splitlines()
    assert f"    cd {ROOT} && python -m tagger download GermEval" in said
    assert f"cd {ROOT} && " in missing_data_message("data/nowhere")


def test_paths_are_those_of_the_users_folder(tmp_path, trained):
    os.link(trained.stored, tmp_path / "m.h5")
    (tmp_path / "text.txt").write_text("The dog sees a cat .\n", "utf-8")
    answer = run(tmp_path, "RunModel.py", "m.h5", "text.txt", "--output", "tags.txt")
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "tags.txt").read_text("utf-8").startswith("The\tB-NP\n")


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path, make):
    path = tmp_path / "mine"
    make(path)
    vectors = make is Path.mkdir
    said = missing_data_message(str(path), vectors)
    assert said.startswith(f"{path} is a {'folder' if vectors else 'file'}, and it")
    assert "\n" not in said and ("tagger train" in said) is not vectors


def test_the_wrong_kind_is_told_by_what_reads_it(tmp_path, capsys):
    (tmp_path / "x").touch()
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS"}
    with pytest.raises(MissingData, match="x is a file"):
        split_files("x", {**dataset, "path": str(tmp_path / "x")})
    with pytest.raises(MissingData, match="is a folder"):
        perpareDataset(str(tmp_path), {"x": dataset})
    with pytest.raises(SystemExit):
        TrainingOptions("", {}, {}, argv=["--output", str(tmp_path / "x")])
    assert "is a file, not a folder" in capsys.readouterr().err
    for command in ("evaluate a.h5 a.txt --tensorboard", "analyse a.csv --plots"):
        with pytest.raises(SystemExit) as stop:
            main([*command.split(), str(tmp_path / "x")])
        assert stop.value.code == 2
        assert "is a file, not a folder" in capsys.readouterr().err


def test_in_the_clone_nothing_is_said_of_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert "cd " not in missing_data_message("data/nowhere")
    monkeypatch.setattr(fetch, "_CLONE", ROOT / "tests")  # installed, so no clone
    assert "cd " not in missing_data_message("data/nowhere")
