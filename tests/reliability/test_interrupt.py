"""Ctrl-C in the terminal."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(folder, *flags):
    return subprocess.Popen(
        [sys.executable, "Train_POS.py", "--data", "data/sample"]
        + ["--output", str(folder), "--epochs", "4", "--seed", "1", *flags]
        + ["--param", "LSTM-Size=[8]"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # A process in the background may be deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_ctrl_c_keeps_the_finished_epochs_and_says_how_to_go_on(tmp_path):
    process = start(tmp_path)
    for line in process.stderr:
        if "Epoch 1: loss" in line:
            process.send_signal(signal.SIGINT)
            break
    said = process.stderr.read()
    process.wait(timeout=60)
    assert "--resume" in said
    assert said.endswith("Interrupted.\n") and said.count("Interrupted") == 1
    assert process.returncode == 130

    process = start(tmp_path, "--resume")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    epochs = (tmp_path / "sample-POS.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in epochs] == ["# epoch", *"1234"]
