"""`tagger train --workers 2`: a worker that dies, an end by a signal, --resume."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import toy

from neuralnets.training import checkpoint
from tagger.__main__ import main
from tagger.recipes import TrainingOptions
from tagger.team import joined

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 600  # at most, on a busy machine
SETTINGS = {
    **{"LSTM-Size": [6], "wordEmbeddingsSize": 6, "addFeatureDimensions": 3},
    **{"charEmbeddings": None, "miniBatchSize": 16, "earlyStopping": 0},
}
FLAGS = ["--label", "POS", "--columns", "0:tokens,1:POS", "--seed", "5"]
FLAGS += [f"--param={key}={value}" for key, value in SETTINGS.items()]


def command(corpus, epochs, output, *more):
    return ["train", corpus, *FLAGS, "--epochs", str(epochs), "--output", output, *more]


def started(corpus, *more):
    """Start two workers that would go on for long."""
    with open("log", "w", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tagger", *command(corpus, 9999, "two", *more)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=log,
        )


def said():
    return Path("log").read_text("utf-8")


def epochs():
    """How many epochs are stored."""
    found = list(Path("two").glob("*.tsv"))
    lines = found[0].read_text("utf-8").splitlines() if found else []
    return sum(not line.startswith("#") for line in lines)


def wait_for_epoch(process, number):
    last = time.monotonic() + SECONDS
    while epochs() < number:
        assert process.poll() is None and time.monotonic() < last, said()
        time.sleep(0.1)


def other_worker(process):
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8")
    return int(text.split()[0])


def is_there(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="looks there")
def test_a_lost_worker_and_a_signal_lose_no_epoch(corpus, workdir):
    process = started(corpus, "--workers", "2")
    try:
        wait_for_epoch(process, 1)
        os.kill(other_worker(process), signal.SIGKILL)
        assert process.wait(SECONDS) == 1, said()
        *_, last = said().splitlines()
        assert last.startswith("Error: Lost worker 2 of 2 (ended by SIGKILL; see two/")
        assert "--resume" in last and "Traceback" not in said()
        (log,) = Path("two").glob("*.worker2.log")
        assert "Epoch 1: loss" in log.read_text("utf-8")
        before = epochs()

        process = started(corpus, "--workers", "2", "--resume")
        wait_for_epoch(process, before + 1)
        other = other_worker(process)
        process.terminate()
        assert process.wait(SECONDS) == 130, said()
        assert said().splitlines()[-1] == "Terminated."
        assert not is_there(other)
        assert f"Going on after epoch {before}" in said()
    finally:
        process.kill()
        process.wait()

    (path,) = Path("two").glob("*.checkpoint")
    two = checkpoint.read(str(path))
    with toy.eager():
        main(command(corpus, two.progress["epoch"], "one"))
    one = checkpoint.read(str(Path("one", path.name)))
    assert two.run == one.run
    for ours, alone in zip(two.arrays, one.arrays):
        np.testing.assert_allclose(ours, alone, rtol=0, atol=1e-4)


def options(*flags):
    datasets = {"toy": toy.dataset("toy")}
    return TrainingOptions("", datasets, {}, argv=list(flags))


def test_another_number_than_TF_CONFIG_lists_is_refused(monkeypatch):
    cluster = {"worker": ["a:1", "b:2", "c:3"]}
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    with pytest.raises(ValueError, match="--workers 2: TF_CONFIG lists 3"):
        with joined(options("--workers", "2"), "nothing"):
            pass


def test_a_worker_that_cannot_begin_is_named(workdir):
    given = options("--workers", "2", "--output", "out")
    given.params = {"LSTM-Size": "nonsense"}
    with pytest.raises(ConnectionError) as caught:
        with joined(given, "nothing"):
            pass
    log = Path("out", "toy-POS.worker2.log")
    assert str(log) in str(caught.value)
    assert "exit code 1" in str(caught.value)
    assert "LSTM-Size" in log.read_text("utf-8")


def test_a_script_without_workers_refuses_them(run_script, workdir):
    sample = ROOT / "data" / "sample"
    code, _, err = run_script("Save_and_Load.py", "--data", sample, "--workers", "2")
    assert code == 1
    assert err.splitlines()[-1].startswith("Error: --workers: this script")
