"""`tagger seeds`: with a quick stand-in for a training script, and with a real one."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WAIT = 60  # seconds at most

# Writes what a training script writes, an epoch every --pace seconds. The dev score
# rises up to epoch 2.
FAKE = """\
import argparse, os, signal, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int)
parser.add_argument("--output")
parser.add_argument("--resume", action="store_true")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--pace", type=float, default=0)
parser.add_argument("--fail", type=int)
parser.add_argument("--tasks", nargs="+", default=["pos"])
flags = parser.parse_args()
print("threads", os.environ.get("TF_NUM_INTRAOP_THREADS"), file=sys.stderr)
results = os.path.join(flags.output, "all.tsv")
done = 0
if flags.resume and os.path.exists(results):
    done = len(open(results).readlines()) // len(flags.tasks)
print("resume" if flags.resume else "begin", "after", done, file=sys.stderr)
if flags.fail in (0, flags.seed):
    sys.exit("Error: this seed\\x1b is unlucky")
for name in ("a.checkpoint", "a.checkpoint.previous", ".b.h5.part"):
    open(os.path.join(flags.output, name), "w").close()
for epoch in range(done + 1, flags.epochs + 1):
    time.sleep(flags.pace)
    for task in flags.tasks:
        best = min(epoch, 2)
        dev, top = 0.5 - abs(epoch - 2) / 10, 0.3 + best / 10
        test, top_test = dev + flags.seed / 1000, top + flags.seed / 1000
        if epoch <= 2:
            name = f"{task}_{dev:.4f}_{test:.4f}_{epoch}.h5".replace("/", "_")
            open(os.path.join(flags.output, name), "w").close()
        with open(results, "a") as file:
            print(epoch, task, dev, test, top, top_test, sep="\\t", file=file)
"""


@pytest.fixture
def fake(tmp_path):
    (tmp_path / "fake.py").write_text(FAKE, "utf-8")
    return tmp_path


def start(folder, *flags, script="fake.py", environment=None):
    return subprocess.Popen(
        [sys.executable, "-m", "tagger", "seeds", script, "--output", "out", *flags],
        cwd=folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        # A process in the background may be deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def run(folder, *flags, **options):
    process = start(folder, *flags, **options)
    said = process.communicate(timeout=WAIT)[1]
    assert "Traceback" not in said
    return process.returncode, said


def wait_for(condition):
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def table(folder, name="out"):
    with open(folder / name / "results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def log(folder, seed):
    return (folder / f"out/seed_{seed}/training.log").read_text("utf-8")


def epochs(folder, seed):
    path = folder / f"out/seed_{seed}/all.tsv"
    return len(path.read_text("utf-8").splitlines()) if path.exists() else 0


def test_every_seed_gets_a_line(fake):
    started = time.monotonic()
    code, said = run(fake, "--seeds", "3", "--first-seed", "9", "--jobs", "2")
    took = time.monotonic() - started
    assert code == 0
    rows = table(fake)
    assert list(rows[0]) == (
        "seed task dev test best_epoch epochs seconds model".split()
    )
    assert [row["seed"] for row in rows] == ["9", "10", "11"]
    assert [float(row["dev"]) for row in rows] == pytest.approx([0.5] * 3)
    assert [float(row["test"]) for row in rows] == pytest.approx([0.509, 0.51, 0.511])
    assert {(row["best_epoch"], row["epochs"], row["task"]) for row in rows} == {
        ("2", "3", "pos")
    }
    # To a tenth of a second.
    assert all(0 < float(row["seconds"]) <= took + 0.05 for row in rows)
    assert "Seed 9 is finished: pos dev 50.00 test 50.90 at epoch 2 of 3" in said
    assert "All 3 seeds are finished: out/results.csv" in said
    stored = json.loads((fake / "out/command.json").read_text("utf-8"))
    assert "python -m tagger seeds fake.py" in stored["command"]


@pytest.mark.parametrize("keep", [[], ["--keep-all"]])
def test_only_the_best_model_is_kept(fake, keep):
    assert run(fake, "--seeds", "1", *keep)[0] == 0
    model = fake / table(fake)[0]["model"]
    assert model.name == "pos_0.5000_0.5010_2.h5"
    assert model.exists()
    left = {p.name for p in model.parent.iterdir() if p.suffix not in (".json", ".log")}
    every = {"pos_0.4000_0.4010_1.h5", "a.checkpoint", "a.checkpoint.previous"}
    every |= {".b.h5.part"}
    assert left == {model.name, "all.tsv", *(every if keep else ())}


def test_several_tasks_have_a_line_each(fake):
    assert run(fake, "--seeds", "2", "--", "--tasks", "z/1", "a")[0] == 0
    rows = table(fake)
    assert [(r["seed"], r["task"]) for r in rows] == [
        *(("1", "z/1"), ("1", "a"), ("2", "z/1"), ("2", "a"))
    ]


def test_finished_seeds_are_skipped_and_more_can_follow(fake):
    assert run(fake, "--seeds", "1")[0] == 0
    before = log(fake, 1), table(fake)[0]
    code, said = run(fake, "--seeds", "2")
    assert code == 0
    assert "1 of 2 seeds are finished already" in said
    assert (log(fake, 1), table(fake)[0]) == before
    # A range of its own leaves the others in the table.
    assert run(fake, "--seeds", "1", "--first-seed", "5")[0] == 0
    assert [row["seed"] for row in table(fake)] == ["1", "2", "5"]


def test_a_failed_seed_does_not_stop_the_others(fake):
    code, said = run(fake, "--seeds", "3", "--", "--fail", "2")
    assert code == 1
    assert "Seed 2 failed, exit code 1: Error: this seed  is unlucky" in said
    assert "Error: 1 of 3 seeds failed (2)" in said
    assert "\x1b" not in said
    assert [row["seed"] for row in table(fake)] == ["1", "3"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_for_every_seed_is_told_before_all_have_started(fake, jobs):
    flags = ["--seeds", "5", "--jobs", str(jobs)]
    code, said = run(fake, *flags, "--", "--fail", "0")
    assert code == 1
    last = said.splitlines()[-1]
    assert "failed before its first epoch, exit code 1: Error: this seed" in last
    assert f"The other {5 - jobs} were not started" in last
    assert len(list(fake.glob("out/seed_*"))) == jobs


def test_a_training_without_results_has_failed(fake):
    code, said = run(fake, "--seeds", "1", "--", "--epochs", "0")
    assert code == 1
    assert "without a results file" in said


def test_another_configuration_is_refused(fake):
    assert run(fake, "--seeds", "1")[0] == 0
    before = table(fake)
    code, said = run(fake, "--seeds", "2", "--", "--epochs", "4")
    assert code == 1
    assert "another configuration: fake.py, and not fake.py --epochs 4" in said
    (fake / "fake.py").write_text(FAKE + "# changed\n", "utf-8")
    code, said = run(fake, "--seeds", "2")
    assert code == 1
    assert "fake.py as it was before it was changed" in said
    assert table(fake) == before


def test_a_mistyped_flag_can_be_put_right(fake):
    code, said = run(fake, "--seeds", "1", "--", "--epoch-s", "4")
    assert code == 1
    assert "unrecognized arguments: --epoch-s" in said
    assert run(fake, "--seeds", "1", "--", "--tasks", "ner")[0] == 0
    assert [row["task"] for row in table(fake)] == ["ner"]


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_trainings_and_the_same_command_goes_on(fake, which):
    flags = ["--seeds", "2", "--jobs", "2", "--", "--epochs", "10", "--pace", "0.1"]
    process = start(fake, *flags)
    wait_for(lambda: min(epochs(fake, 1), epochs(fake, 2)) >= 2)
    process.send_signal(which)
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == 130
    assert "0 of 2 seeds are finished" in said
    ending = "Interrupted." if which == signal.SIGINT else "Terminated."
    assert said.endswith(f"\n{ending}\n")
    assert said.count("Interrupted") == (which == signal.SIGINT)
    assert "go on with the same command" in said
    reached = epochs(fake, 1)
    assert reached < 10
    time.sleep(0.25)
    assert epochs(fake, 1) == reached  # it has ended indeed

    code, said = run(fake, *flags)
    assert code == 0
    assert "Seed 1 goes on" in said
    assert f"resume after {reached}" in log(fake, 1)
    assert [row["epochs"] for row in table(fake)] == ["10"] * 2
    assert float(table(fake)[0]["seconds"]) >= 1  # both processes


def test_a_training_that_is_left_behind_keeps_others_out(fake):
    flags = ["--seeds", "1", "--", "--epochs", "5", "--pace", "1.5"]
    process = start(fake, *flags)
    wait_for(lambda: epochs(fake, 1) >= 1)
    process.kill()
    process.communicate()
    code, said = run(fake, *flags)
    assert code == 1
    assert "a training that it left behind" in said
    wait_for(lambda: epochs(fake, 1) == 5)
    wait_for(lambda: run(fake, *flags)[0] == 0)
    assert epochs(fake, 1) == 5
    assert table(fake)[0]["epochs"] == "5"


def test_each_process_gets_its_share_of_the_cores(fake):
    for jobs, environment, threads in (
        ("1", {}, "None"),
        ("64", {}, "1"),
        ("64", {"TF_NUM_INTRAOP_THREADS": "7"}, "7"),
    ):
        name = f"{jobs}{threads}"
        flags = ["--seeds", "1", "--jobs", jobs, "--output", f"out/{name}"]
        assert run(fake, *flags, environment=environment)[0] == 0
        said = (fake / "out" / name / "seed_1/training.log").read_text("utf-8")
        assert f"threads {threads}\n" in said


@pytest.mark.parametrize(
    "flags, code, said",
    [
        (["--seeds", "0"], 2, "must be 1 or more"),
        (["--data", "x"], 2, "Flags of the training script come after --"),
        (["--", "--seed", "3"], 1, "itself gives each run its --seed"),
        (["--", "--outp=x"], 1, "itself gives each run its --output"),
    ],
)
def test_bad_commands(fake, flags, code, said):
    found = run(fake, *flags)
    assert found[0] == code
    assert said in found[1]
    assert not (fake / "out").exists()


def test_a_missing_script(tmp_path):
    code, said = run(tmp_path, script="none.py")
    assert (code, said) == (1, "Error: none.py: there is no such training script.\n")


def test_a_real_training_interrupted_ends_as_an_uninterrupted_one(tmp_path):
    def begin(name, seeds):
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tagger",
                "seeds",
                "Train_POS.py",
                "--seeds",
                str(seeds),
            ]
            + ["--jobs", "2", "--output", str(tmp_path / name), "--"]
            + ["--data", "data/sample", "--param", "LSTM-Size=[8]", "--epochs", "8"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    process = begin("out", 2)
    wait_for(lambda: (tmp_path / "out/seed_1/sample-POS.tsv").exists())
    process.terminate()
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == 130, said
    for process in [begin("whole", 1), begin("out", 2)]:
        said = process.communicate(timeout=WAIT)[1]
        assert process.returncode == 0, said
    rows, (whole,) = table(tmp_path), table(tmp_path, "whole")
    assert [row["seed"] for row in rows] == ["1", "2"]
    for key in ("task", "dev", "test", "best_epoch", "epochs"):
        assert rows[0][key] == whole[key]
    for row in rows:
        assert os.path.getsize(row["model"]) > 1000
        assert list(Path(row["model"]).parent.glob("*.h5")) == [Path(row["model"])]
