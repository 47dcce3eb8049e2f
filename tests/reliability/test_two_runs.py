"""The same command twice at once, and after one that was killed."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(folder, *flags):
    return subprocess.Popen(
        [sys.executable, "Train_POS.py", "--data", "data/sample"]
        + ["--output", str(folder), "--param", "LSTM-Size=[8]"]
        + ["--param", "earlyStopping=0", *flags],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_of_two_runs_stops_and_says_why(tmp_path):
    first = start(tmp_path, "--seed", "1", "--epochs", "500")
    try:
        for line in first.stderr:
            if "Epoch 2: loss" in line:
                break
        first.send_signal(signal.SIGSTOP)  # it holds its files, and leaves the cores
        for flags in (["--seed", "1"], ["--seed", "2"], ["--resume"]):
            second = start(tmp_path, *flags)
            said = second.communicate(timeout=120)[1].splitlines()
            assert second.returncode == 1
            assert said[-1].startswith(f"Error: {tmp_path}, task sample: another run")
            assert f"process {first.pid} on " in said[-1]
            assert "sample-POS, seed 1)" in said[-1]
            assert "--output" in said[-1]
            assert not [
                line for line in said[:-1] if "Error" in line or "Trace" in line
            ]
        assert first.poll() is None
        elsewhere = start(tmp_path / "new", "--seed", "1", "--epochs", "1")
        assert elsewhere.wait(timeout=120) == 0
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    # What was killed holds nothing.
    reached = (tmp_path / "sample-POS.tsv").read_text("utf-8").splitlines()
    third = start(tmp_path, "--resume", "--epochs", str(len(reached)))
    said = third.communicate(timeout=240)[1]
    assert third.returncode == 0, said
    lines = (tmp_path / "sample-POS.tsv").read_text("utf-8").splitlines()
    assert lines[: len(reached)] == reached
    assert [line.split("\t")[0] for line in lines[1:]] == [
        str(epoch) for epoch in range(1, len(lines))
    ]
    assert (tmp_path / "sample-POS.seed1.checkpoint").exists()
