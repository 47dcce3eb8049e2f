"""The parts of `tagger seeds`."""

import json
import os
import sys
from pathlib import Path

import h5py
import pytest

from tagger.experiments.seedruns import (
    configuration,
    display,
    local,
    resultsfile,
    table,
)
from tagger.experiments.seedruns.resultsfile import Outcome
from tagger.experiments.seedruns.seedfolder import SeedFolder, in_folder

LINES = """\
1\tpos\t0.5\t0.4\t0.5\t0.4
1\tner\t0.7\t0.6\t0.7\t0.6
2\tpos\t0.6\t0.3\t0.6\t0.3
2\tner\t0.6\t0.9\t0.7\t0.6
3\tpos\t0.6\t0.5\t0.6\t0.3
"""


BEST = ["pos_0.6000_0.3000_2.h5", "ner_0.7000_0.6000_1.h5"]


def test_the_outcome_is_that_of_the_best_dev_epoch(text_file):
    found = resultsfile.read(text_file(LINES))
    assert found == {"pos": Outcome(0.6, 0.3, 2, 3), "ner": Outcome(0.7, 0.6, 1, 2)}
    assert list(found) == ["pos", "ner"]


def test_half_a_line_is_still_being_written(text_file):
    assert resultsfile.read(text_file(LINES + "4\tpos\t0.9"))["pos"].epoch == 3


def test_a_run_behind_another_one_counts(text_file):
    found = resultsfile.read(text_file(LINES + "1\tpos\t0.1\t0.2\t0.1\t0.2\n"))
    assert found["pos"] == Outcome(0.1, 0.2, 1, 1)


def test_scores_may_be_missing(text_file):
    found = resultsfile.read(text_file("1\tpos\t0.5\tnan\t0.5\tnan\n"))["pos"]
    assert (found.dev, str(found.test)) == (0.5, "nan")


@pytest.mark.parametrize("line", ["x", "1\tpos\ta\t0.1\t0.1\t0.1", "1\tpos\t0.1"])
def test_other_files_are_refused(text_file, line):
    with pytest.raises(ValueError, match=":6: not a line of a results file"):
        resultsfile.read(text_file(LINES + line + "\n"))


def seed_folder(tmp_path, models, results=LINES):
    folder = tmp_path / "seed_7"
    folder.mkdir()
    (folder / "a.tsv").write_text(results, "utf-8")
    for age, name in enumerate(models):
        (folder / name).touch()
        os.utime(folder / name, (age, age))
    return SeedFolder(str(tmp_path), 7)


@pytest.mark.parametrize(
    "models, best",
    [
        # As all training scripts name them, the older ones touched later or not.
        (
            [
                "pos_0.6000_0.3000_2.h5",
                "ner_0.7000_0.6000_1.h5",
                "pos_0.5000_0.4000_1.h5",
            ],
            BEST,
        ),
        (["pos-1.h5", "pos-2.h5", "ner-1.h5"], ["pos-2.h5", "ner-1.h5"]),
        (["1.h5", "2.h5"], ["2.h5", "2.h5"]),  # one file for all tasks
        (["ner-1.h5", "ner-pos-2.h5", "pos2.h5"], ["pos2.h5", "ner-pos-2.h5"]),
        ([], ["", ""]),
    ],
)
def test_the_best_model_is_found(tmp_path, models, best):
    folder = seed_folder(tmp_path, models)
    folder.finish(12.34)
    rows = folder.rows()
    expected = [name and str(tmp_path / "seed_7" / name) for name in best]
    assert [row.model for row in rows] == expected
    assert [(row.task, row.dev, row.seconds) for row in rows] == [
        *(("pos", 0.6, 12.3), ("ner", 0.7, 12.3))
    ]
    folder.keep_best()
    left = {p.name for p in (tmp_path / "seed_7").glob("*.h5")}
    assert left == set(best) - {""}


def write_model(path, *tasks):
    with h5py.File(path, "w") as file:
        file.attrs["tasks"] = json.dumps([{"name": task} for task in tasks])


def results_of(*tasks):
    return "".join(f"1\t{task}\t0.5\t0.4\t0.5\t0.4\n" for task in tasks)


@pytest.mark.parametrize("readable", [True, False])
def test_a_task_whose_name_begins_like_anothers(tmp_path, readable):
    names = ["NER-1.h5", "NER_fine-1.h5", "NER-2.h5", "NER_fine-2.h5"]
    folder = seed_folder(tmp_path, names, results_of("NER", "NER_fine"))
    if readable:
        for age, name in enumerate(names):
            write_model(tmp_path / "seed_7" / name, name.split("-")[0])
            os.utime(tmp_path / "seed_7" / name, (age, age))
    folder.finish(1)
    assert [os.path.basename(row.model) for row in folder.rows()] == names[2:]
    folder.keep_best()
    assert {p.name for p in (tmp_path / "seed_7").glob("*.h5")} == set(names[2:])


def test_a_file_says_itself_what_it_holds(tmp_path):
    names = ["best of NER.h5", "NER.h5", "both.h5"]
    folder = seed_folder(tmp_path, names, results_of("NER", "POS"))
    for age, (name, tasks) in enumerate(zip(names, (["NER"], ["POS"], ["unscored"]))):
        write_model(tmp_path / "seed_7" / name, *tasks)
        os.utime(tmp_path / "seed_7" / name, (age, age))
    folder.finish(1)
    assert [os.path.basename(row.model) for row in folder.rows()] == names[:2]
    folder.keep_best()  # what is not scored is nothing to compare by
    assert {p.name for p in (tmp_path / "seed_7").glob("*.h5")} == set(names)


def test_a_moved_folder_keeps_its_models(tmp_path):
    seed_folder(tmp_path, ["pos-1.h5"]).finish(1)
    (tmp_path / "seed_7").rename(tmp_path / "seed_8")
    assert SeedFolder(str(tmp_path), 8).rows()[0].model == str(
        tmp_path / "seed_8/pos-1.h5"
    )


@pytest.mark.parametrize("content", ["", "[{}]", "[1]", "{", '{"a": 1}'])
def test_damaged_results_say_what_to_do(tmp_path, content):
    folder = seed_folder(tmp_path, [])
    (tmp_path / "seed_7/finished.json").write_text(content, "utf-8")
    with pytest.raises(ValueError, match="damaged. Delete the folder"):
        folder.rows()


def test_folders_of_seeds_are_found_by_number(tmp_path):
    for name in ("seed_10", "seed_9", "seed_x", "seed_01", "other"):
        (tmp_path / name).mkdir()
    assert [folder.seed for folder in in_folder(str(tmp_path))] == [9, 10]
    assert in_folder(str(tmp_path / "none")) == []


def test_the_last_line_of_a_long_log(tmp_path):
    folder = seed_folder(tmp_path, [])
    text = "x" * 100_000 + "\n\x1b[2J" + "y" * 400 + "\n\n"
    (tmp_path / "seed_7/training.log").write_text(text, "utf-8")
    line = folder.last_line()
    assert line.startswith(" [2Jyyy")
    assert len(line) == 300
    assert folder.last_line(len(text)) == "it wrote nothing"


def test_an_error_of_several_lines_is_told_from_its_beginning(tmp_path):
    folder = seed_folder(tmp_path, [])
    text = "Error: before\n12:00 begins\nError: x is missing.\n    python y.py\n"
    (tmp_path / "seed_7/training.log").write_text(text, "utf-8")
    assert folder.last_line() == "Error: x is missing. python y.py"


def test_the_table_is_sorted_and_whole(tmp_path):
    path = tmp_path / "results.csv"
    rows = [table.Row(seed, "a,b", 0.1, 0.2, 1, 2, 3.0, "m") for seed in (10, 9)]
    table.write(str(path), rows)
    assert path.read_text("utf-8").splitlines()[1:] == [
        '9,"a,b",0.1,0.2,1,2,3.0,m',
        '10,"a,b",0.1,0.2,1,2,3.0,m',
    ]
    assert os.listdir(tmp_path) == ["results.csv"]


@pytest.mark.parametrize(
    "cores, jobs, shares",
    [(2, 2, ("1", "1")), (8, 2, ("2", "2")), (4, 2, ("1", "2")), (2, 3, ("1", "1"))],
)
def test_each_job_gets_its_share_of_the_cores(monkeypatch, cores, jobs, shares):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(cores), raising=False)
    assert tuple(local.threads(jobs, {}).values()) == shares
    assert local.threads(1, {}) == {}
    assert local.threads(jobs, {"TF_NUM_INTEROP_THREADS": "2"}) == {}


def test_a_damaged_configuration_is_named(tmp_path):
    (tmp_path / "command.json").write_text("[]", "utf-8")
    with pytest.raises(ValueError, match="command.json: damaged"):
        configuration.store(str(tmp_path), {}, [], begun=True)


class Running:
    def __init__(self, seconds):
        self.seconds = seconds

    def state(self):
        return f"seed 3 after {self.seconds}"


def test_the_time_left(monkeypatch, capsys):
    monkeypatch.setattr(display, "_SECONDS_BETWEEN_LINES", 0)
    shown = display.Display(6, [], 2)
    shown.show([Running(10)])
    assert "left" not in capsys.readouterr().err
    shown.ended(600)
    shown.ended(None)
    # Half of one, a twelfth of another, and two that wait: 25.8 minutes for one core.
    shown.show([Running(300), Running(550)])
    said = capsys.readouterr().err
    assert "2 of 6 seeds ended, about 13 min left: seed 3 after 300; seed 3" in said
    # One alone cannot be shared.
    shown.ended(600)
    shown.ended(600)
    shown.ended(600)
    shown.show([Running(60)])
    assert "about 9 min left" in capsys.readouterr().err
    shown.close()


def test_the_parent_does_not_import_tensorflow():
    import subprocess

    root = str(Path(__file__).resolve().parents[3])
    code = (
        "import sys\nfrom tagger.commands import compare, seeds\n"
        "sys.exit('|'.join(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, encoding="utf-8"
    )
    loaded = set(result.stderr.strip().split("|"))
    assert "tagger.experiments.seedruns.runner" in loaded
    assert not {"tensorflow", "scipy", "matplotlib"} & loaded
