"""`tagger seeds --cluster`: two Ray nodes on this machine, which lose parts."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: requirements-ray.txt")

ROOT = Path(__file__).resolve().parents[3]
WAIT = 180  # seconds at most
FLAGS = ["--seeds", "2", "--jobs", "2"]
SCRIPT = ["--", "--data", "data/sample", "--epochs", "5"]
SCRIPT += ["--param", "LSTM-Size=[6]", "--param", "charEmbeddings=None"]


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    # 127.0.0.1 would be taken for another address.
    head = {"node_ip_address": "127.0.0.2", "num_cpus": 1, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    yield made
    made.shutdown()


def start(folder, *flags):
    command = [sys.executable, "-m", "tagger", "seeds", "Train_POS.py", *FLAGS]
    return subprocess.Popen(
        [*command, "--output", str(folder), *flags, *SCRIPT],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(folder):
    with open(folder / "results.csv", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    return [
        [r[k] for k in ("seed", "dev", "test", "best_epoch", "epochs")] for r in found
    ]


def wait_for(condition):
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def worker_of(folder):
    """Return the process that runs the training in a folder."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
            if str(folder).encode() in words:
                status = (path.parent / "stat").read_text().rpartition(")")[2]
                return int(status.split()[1])
        except OSError:
            continue
    raise AssertionError("no training there")


def test_seeds_on_a_cluster_are_those_of_this_machine_whatever_dies(cluster, tmp_path):
    node = cluster.add_node(num_cpus=1, node_ip_address="127.0.0.3")
    out = tmp_path / "cluster"
    process = start(out, "--cluster", cluster.address)
    wait_for(lambda: len(list(out.glob("seed_*/*.tsv"))) == 2)
    logs = {n: (out / f"seed_{n}/training.log").read_text("utf-8") for n in (1, 2)}
    assert "127.0.0.3" in "".join(logs.values())
    there = next(n for n in logs if "127.0.0.3" in logs[n])
    os.kill(worker_of(out / f"seed_{3 - there}"), signal.SIGKILL)
    cluster.remove_node(node, allow_graceful=False)
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == 0, said
    assert (
        "was lost" in said and "the training went on elsewhere: seed 1, seed 2" in said
    )
    here = start(tmp_path / "here")
    assert here.wait(WAIT) == 0
    assert rows(out) == rows(tmp_path / "here")
