"""`tagger search`, with a quick stand-in for a training script, and with a real one."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs Optuna: requirements-search.txt")

ROOT = Path(__file__).resolve().parents[3]
WAIT = 60  # seconds at most

# Its dev score is its vectors' size of 100, and a little more with each epoch. The test
# score falls where dev rises.
FAKE = """\
import argparse, os, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int)
parser.add_argument("--output")
parser.add_argument("--resume", action="store_true")
parser.add_argument("--param", action="append", default=[])
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--pace", type=float, default=0)
parser.add_argument("--fail", type=int)
parser.add_argument("--tasks", nargs="+", default=["pos"])
parser.add_argument("--no-dev", action="store_true")
flags = parser.parse_args()
params = dict(param.split("=", 1) for param in flags.param)
results = os.path.join(flags.output, "all.tsv")
done = 0
if flags.resume and os.path.exists(results):
    done = len(open(results).readlines()) // len(flags.tasks)
print("begins after", done, *sys.argv[1:], flush=True)
if flags.fail in (0, flags.seed):
    sys.exit("Error: this trial is unlucky")
for epoch in range(done + 1, flags.epochs + 1):
    time.sleep(flags.pace)
    for place, task in enumerate(flags.tasks):
        dev = int(params["wordEmbeddingsSize"]) / 100 + epoch / 1000 - place / 10
        if flags.no_dev:
            dev = float("nan")
        with open(results, "a") as file:
            print(epoch, task, *[dev, 1 - dev] * 2, sep="\\t", file=file)
"""
SPACE = """\
wordEmbeddingsSize: 10 .. 90
optimizer: nadam | adam | sgd
rate: 0.1 | 0.2
dropout: 0 | rate
"""


@pytest.fixture
def fake(tmp_path):
    (tmp_path / "fake.py").write_text(FAKE, "utf-8")
    (tmp_path / "space.txt").write_text(SPACE, "utf-8")
    return tmp_path


def start(folder, *flags, script="fake.py"):
    command = [sys.executable, "-m", "tagger", "search", script, "--output", "out"]
    return subprocess.Popen(
        [*command, "--space", "space.txt", *flags],
        cwd=folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def run(folder, *flags, **options):
    process = start(folder, *flags, **options)
    said = process.communicate(timeout=WAIT)[1]
    assert "Traceback" not in said, said
    return process.returncode, said


def wait_for(condition):
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def table(folder, name="out"):
    with open(folder / name / "runs.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def drawn(folder, name="out"):
    kept = "trial", "wordEmbeddingsSize", "optimizer", "rate", "dropout"
    return [{key: row[key] for key in kept} for row in table(folder, name)]


def epochs(folder, trial):
    path = folder / f"out/trial_{trial}/all.tsv"
    return len(path.read_text("utf-8").splitlines()) if path.exists() else 0


def states(folder, name="out"):
    import optuna

    url = f"sqlite:///{folder}/{name}/study.sqlite3"
    study = optuna.load_study(study_name="search", storage=url)
    return [trial.state.name for trial in study.trials]


def test_every_trial_gets_a_line_that_analyse_reads(fake):
    code, said = run(fake, "--trials", "8", "--jobs", "2", "--sampler", "random")
    assert code == 0, said
    rows = table(fake)
    assert list(rows[0]) == (
        "trial state dev test best_epoch epochs seconds model wordEmbeddingsSize "
        "optimizer rate dropout".split()
    )
    assert [row["trial"] for row in rows] == [str(n) for n in range(1, 9)]
    for row in rows:
        size = int(row["wordEmbeddingsSize"])
        assert 10 <= size <= 90
        assert float(row["dev"]) == pytest.approx(size / 100 + 0.003)
        assert float(row["test"]) == pytest.approx(1 - float(row["dev"]))
        assert row["epochs"] == "3" and row["state"] == "finished"
        assert (row["rate"] == "") == (row["dropout"] == "0")
        log = (fake / f"out/trial_{row['trial']}/training.log").read_text("utf-8")
        dropout = "0" if row["dropout"] == "0" else row["rate"]
        assert f"--param wordEmbeddingsSize={size} " in log
        assert f"--param optimizer={row['optimizer']} --param dropout={dropout} " in log
        assert f"--seed {row['trial']} " in log
    assert len({row["wordEmbeddingsSize"] for row in rows}) > 3
    # The best is that of dev: of the test scores it has the worst.
    best = max(rows, key=lambda row: float(row["dev"]))
    assert f"Best by its dev score is trial {best['trial']}: dev " in said
    size = best["wordEmbeddingsSize"]
    assert f"tagger seeds fake.py -- --param wordEmbeddingsSize={size}" in said
    assert (fake / "out/space.txt").read_text("utf-8") == SPACE

    from tagger.experiments.analysis.runs import read_runs

    runs = read_runs(str(fake / "out/runs.csv"))
    assert set(runs.settings) <= {"wordEmbeddingsSize", "optimizer", "rate", "dropout"}
    assert runs.score == "test" and len(runs.scores) == 8


def test_more_trials_are_added_and_finished_ones_stay(fake):
    flags = ["--sampler", "random"]
    assert run(fake, "--trials", "2", *flags)[0] == 0
    before = table(fake)
    code, said = run(fake, "--trials", "4", *flags)
    assert code == 0 and "2 of 4 trials are finished already" in said
    assert table(fake)[:2] == before and len(table(fake)) == 4
    # As many at once draw the same.
    assert run(fake, "--trials", "4", *flags, "--output", "whole")[0] == 0
    assert drawn(fake) == drawn(fake, "whole")
    assert run(fake, "--trials", "1", *flags, "--seed", "2", "--output", "o2")[0] == 0
    assert drawn(fake, "o2") != drawn(fake)[:1]


def test_tpe_goes_where_scores_are_high(fake):
    assert run(fake, "--trials", "25", "--jobs", "4", "--", "--epochs", "1")[0] == 0
    sizes = [int(row["wordEmbeddingsSize"]) for row in table(fake)]
    assert sum(sizes[12:]) / 13 > sum(sizes[:10]) / 10


def test_each_configuration_with_every_option(fake):
    flags = ["--trials", "9", "--sampler", "random", "--each", "optimizer"]
    assert run(fake, *flags)[0] == 0
    rows = drawn(fake)
    assert [row["optimizer"] for row in rows] == ["nadam", "adam", "sgd"] * 3
    for row in rows:
        del row["trial"], row["optimizer"]
    for begin in (0, 3, 6):
        assert rows[begin] == rows[begin + 1] == rows[begin + 2]
    assert rows[0] != rows[3]
    from tagger.experiments.analysis.effects import tried
    from tagger.experiments.analysis.runs import read_runs

    options, scores = tried(read_runs(str(fake / "out/runs.csv")), "optimizer")
    assert scores.shape == (3, 3)


def test_halving_ends_what_is_worse(fake):
    flags = ["--trials", "9", "--sampler", "random", "--halving"]
    code, said = run(fake, *flags, "--", "--epochs", "6", "--pace", "0.5")
    assert code == 0, said
    rows = table(fake)
    pruned = [row for row in rows if row["state"] == "pruned"]
    whole = [row for row in rows if row["state"] == "finished"]
    assert len(pruned) + len(whole) == 9 and pruned and whole
    assert all(row["epochs"] == "6" for row in whole)
    assert all(int(row["epochs"]) < 6 for row in pruned)
    # By dev, though their test scores are better.
    best = max(float(row["dev"]) for row in rows)
    assert best in [float(row["dev"]) for row in whole]
    assert f"Trial {pruned[0]['trial']} is stopped" in said
    assert sorted(states(fake)) == ["COMPLETE"] * len(whole) + ["PRUNED"] * len(pruned)
    before = table(fake)
    assert run(fake, *flags, "--", "--epochs", "6", "--pace", "0.5")[0] == 0
    assert table(fake) == before


def test_several_tasks_count_by_their_mean(fake):
    assert run(fake, "--trials", "1", "--", "--tasks", "ner", "pos")[0] == 0
    (row,) = table(fake)
    size = int(row["wordEmbeddingsSize"])
    assert float(row["dev"]) == pytest.approx(size / 100 + 0.003 - 0.05)


def test_a_failed_trial_is_told_and_tried_again(fake):
    flags = ["--trials", "3", "--sampler", "random"]
    code, said = run(fake, *flags, "--", "--fail", "2")
    assert code == 1
    assert "Error: 1 of 3 trials failed (2)" in said
    assert [row["state"] for row in table(fake)] == ["finished", "failed", "finished"]
    before = drawn(fake)
    assert run(fake, *flags, "--", "--fail", "2")[0] == 1
    assert drawn(fake) == before and len(states(fake)) == 3


def test_another_search_is_refused_but_one_that_trained_nothing_is_forgotten(fake):
    assert run(fake, "--trials", "2", "--", "--fail", "0")[0] == 1
    (fake / "space.txt").write_text("wordEmbeddingsSize: 1 | 2\n", "utf-8")
    assert run(fake, "--trials", "2")[0] == 0
    assert {row["wordEmbeddingsSize"] for row in table(fake)} <= {"1", "2"}
    for changed in (["--sampler", "random"], ["--halving"], ["--seed", "9"]):
        code, said = run(fake, "--trials", "2", *changed)
        assert code == 1 and "another configuration" in said
    (fake / "space.txt").write_text(SPACE, "utf-8")
    code, said = run(fake, "--trials", "2")
    assert code == 1 and "another configuration" in said


def test_a_storage_of_ones_own(fake):
    url = f"sqlite:///{fake}/mine.db"
    assert run(fake, "--trials", "1", "--storage", url)[0] == 0
    assert (fake / "mine.db").exists()
    assert not (fake / "out/study.sqlite3").exists()
    os.unlink(fake / "mine.db")
    code, said = run(fake, "--trials", "2", "--storage", url)
    assert code == 1 and "the storage does not know this trial" in said
    code, said = run(fake, "--trials", "1", "--storage", "nowhere", "--output", "o2")
    assert code == 1 and "Error: the storage of the trials cannot be used" in said


def test_a_password_is_not_stored(fake):
    url = "mysql://me:secret@127.0.0.1:1/db"
    code, said = run(fake, "--trials", "1", "--storage", url)
    assert code == 1 and "secret" not in said
    assert "me:***@127" in (fake / "out/command.json").read_text("utf-8")
    assert "secret" not in (fake / "out/command.json").read_text("utf-8")


def test_without_a_dev_score_there_is_nothing_to_search_by(fake):
    code, said = run(fake, "--trials", "2", "--", "--no-dev")
    assert code == 1 and "the data need a dev split" in said


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_the_same_command(fake, which):
    flags = ["--trials", "5", "--jobs", "2", "--", "--epochs", "8", "--pace", "0.1"]
    process = start(fake, *flags)
    wait_for(lambda: epochs(fake, 3) >= 2)
    process.send_signal(which)
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == 130, said
    assert "of 5 trials are finished" in said and "the same command" in said
    open_trials = states(fake).count("RUNNING")
    assert open_trials >= 1
    reached = epochs(fake, 3)
    assert reached < 8
    code, said = run(fake, *flags)
    assert code == 0 and "Trial 3 goes on" in said
    log = (fake / "out/trial_3/training.log").read_text("utf-8")
    assert f"begins after {reached}" in log
    assert states(fake) == ["COMPLETE"] * 5
    assert [row["trial"] for row in table(fake)] == list("12345")
    assert {row["epochs"] for row in table(fake)} == {"8"}


@pytest.mark.parametrize("moment", [0.0, 0.6])
def test_killed_with_its_trainings_it_goes_on_with_as_many_trials(fake, moment):
    """SIGKILL in the middle, of the run and of what it left behind."""
    flags = ["--trials", "4", "--jobs", "2", "--sampler", "random", "--halving"]
    flags += ["--", "--epochs", "4", "--pace", "0.4"]
    process = start(fake, *flags)
    wait_for(lambda: epochs(fake, 1) >= 1)
    time.sleep(moment)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    ours = [int(child) for child in children.read_text("utf-8").split()]
    process.kill()
    process.communicate()
    for child in ours:
        with contextlib.suppress(ProcessLookupError):  # it was through
            os.kill(child, signal.SIGKILL)
    wait_for(lambda: "at work" not in run(fake, *flags)[1])
    rows = table(fake)
    assert [row["trial"] for row in rows] == list("1234")
    assert len(states(fake)) == 4 and "RUNNING" not in states(fake)
    # What was drawn does not depend on the interruption.
    assert run(fake, *flags[:-5], "--output", "whole", "--", "--epochs", "1")[0] == 0
    assert drawn(fake) == drawn(fake, "whole")


def test_a_kill_between_pruning_and_its_end(fake):
    """What the storage calls pruned is closed, and not trained again."""
    flags = ["--trials", "2", "--sampler", "random", "--halving", "--", "--epochs", "2"]
    assert run(fake, *flags)[0] == 0
    import optuna

    url = f"sqlite:///{fake}/out/study.sqlite3"
    study = optuna.load_study(study_name="search", storage=url)
    flags[1] = "3"
    study.sampler = optuna.samplers.RandomSampler(seed=1)
    trial = study.ask()
    trial.suggest_int("wordEmbeddingsSize", 10, 90)
    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    (fake / "out/trial_3").mkdir()
    results = "1\tpos\t0.2\t0.8\t0.2\t0.8\n"
    (fake / "out/trial_3/all.tsv").write_text(results, "utf-8")
    assert run(fake, *flags)[0] == 0
    last = table(fake)[-1]
    assert (last["trial"], last["state"], last["epochs"]) == ("3", "pruned", "1")
    assert not (fake / "out/trial_3/training.log").exists()


@pytest.mark.parametrize(
    "flags, code, said",
    [
        (["--trials", "0"], 2, "must be 1 or more"),
        (["--trials", "1", "--data", "x"], 2, "come after --"),
        (["--trials", "1", "--", "--seed", "3"], 1, "`tagger search` itself gives"),
        (["--trials", "1", "--space", "none"], 1, "Error: none: No such file"),
        (["--trials", "1", "--output", "a?b"], 1, "a folder with ? in its path"),
        (["--trials", "1", "--each", "lr"], 1, "There are: optimizer, rate, dropout"),
    ],
)
def test_bad_commands(fake, flags, code, said):
    found = run(fake, *flags)
    assert found[0] == code
    assert said in found[1]
    assert not (fake / "out").exists()


def test_a_real_training_killed_ends_as_an_uninterrupted_one(tmp_path):
    (tmp_path / "space.txt").write_text(
        "LSTM-Size: [4] | [6]\ndropout: 0 | 0.1", "utf-8"
    )

    def begin(name, trials):
        command = [sys.executable, "-m", "tagger", "search", "Train_POS.py"]
        command += ["--space", str(tmp_path / "space.txt"), "--trials", str(trials)]
        command += ["--sampler", "random", "--output", str(tmp_path / name), "--"]
        command += ["--data", "data/sample", "--epochs", "3"]
        return subprocess.Popen(
            [*command, "--param", "charEmbeddings=None"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    process = begin("out", 1)
    wait_for(lambda: (tmp_path / "out/trial_1/sample-POS.tsv").exists())
    process.terminate()
    process.communicate(timeout=WAIT)
    for process in [begin("out", 1), begin("whole", 1)]:
        said = process.communicate(timeout=WAIT)[1]
        assert process.returncode == 0, said
    rows = [table(tmp_path, name)[0] for name in ("out", "whole")]
    for row in rows:
        assert os.path.getsize(row.pop("model")) > 1000
        del row["seconds"]
    assert rows[0] == rows[1] and rows[0]["epochs"] == "3"
    assert json.loads((tmp_path / "out/command.json").read_text("utf-8"))["flags"]
