"""`--cluster`: what two Ray nodes on this machine do is what it does alone."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: requirements-ray.txt")

from util.cores import usable_cores  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
WAIT = 600  # seconds at most
HEAD, OTHER = "127.0.0.2", "127.0.0.3"  # 127.0.0.1 would be taken for another address
# Connects to the head: older Rays take the node that began last for this machine's.
TAGGER = f"""\
import functools, ray
ray.init = functools.partial(ray.init, _node_ip_address="{HEAD}")
from tagger.__main__ import main
main()
"""
# Each training gets one core, on the cluster by --cpus, here as a share of all.
HERE = ["--jobs", str(usable_cores())]
SMALL = ["--param", "LSTM-Size=[6]", "--param", "charEmbeddings=None"]
EPOCHS = 20  # three seconds
SEEDS = ["--", "--data", "data/sample", "--epochs", str(EPOCHS), *SMALL]
SEEDS += ["--param", "earlyStopping=0"]
SAME = (".h5", ".tsv", ".json", ".jsonl")  # byte for byte
# But these say when, how long and where.
PASSING = {"seconds", "model", "seconds.json", "finished.json", "command.json"}
DATA = ["data/sample", "--label", "POS", "--epochs", "2"]
VERBS = {
    "search": ["Train_POS.py", "--trials", "2", "--sampler", "random"],
    "errors": [*DATA, "--folds", "2"],
    "simulate": [*DATA, "--strategies", "mnlp", "--shares", "0.1", "0.2"],
    "forecast": [*DATA, "--shares", "0.1", "0.2"],
}

pytestmark = pytest.mark.ray


class Nodes:
    """A cluster of two nodes with one CPU each, of which one can be killed."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        head = {"node_ip_address": HEAD, "num_cpus": 1, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.flags = ["--cluster", self.cluster.address, "--jobs", "2"]
        self.add()

    def add(self):
        self.other = self.cluster.add_node(num_cpus=1, node_ip_address=OTHER)

    def kill(self):
        self.cluster.remove_node(self.other, allow_graceful=False)


@pytest.fixture(scope="module")
def nodes():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Workers would yield to everything else, for minutes on a busy machine.
        patch.setenv("RAY_worker_niceness", "0")
        made = Nodes()
        yield made
        made.cluster.shutdown()


@pytest.fixture
def start(tmp_path):
    """Start a verb; return its process and its folder. None outlives the test."""
    started = []

    def start(name, verb, *flags):
        folder = tmp_path / name
        folder.mkdir()
        tagger = ["-c", TAGGER] if "--cluster" in flags else ["-m", "tagger"]
        with open(folder / "said", "wb") as said:
            process = subprocess.Popen(
                [sys.executable, *tagger, *verb, "--output", folder, *flags],
                cwd=ROOT,
                stdout=said,
                stderr=said,
            )
        started.append(process)
        return process, folder

    yield start
    for process in started:
        process.kill()
        process.wait()


def ended(process, folder):
    """Return what it said until it ended well."""
    code = process.wait(WAIT)
    said = (folder / "said").read_text("utf-8")
    assert code == 0 and "Traceback" not in said, said
    return said


def wait_for(look):
    until = time.monotonic() + WAIT
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def in_the_middle(folder, address):
    """Return the folder of a training on a node that has come to some of its epochs."""
    for results in folder.glob("seed_*/*.tsv"):
        epochs = results.read_bytes().count(b"\n")
        log = (results.parent / "training.log").read_text("utf-8")
        last = re.findall(r"\(([\d.]+)\), 1 CPUs", log)[-1]
        if 2 <= epochs <= EPOCHS // 2 and last == address:
            return results.parent
    return None


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


def left(folder):
    """Return what a run has left: models, scores, tables."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.suffix == ".csv":
            with open(path, encoding="utf-8", newline="") as file:
                found[name] = [
                    {k: v for k, v in row.items() if k not in PASSING}
                    for row in csv.DictReader(file)
                ]
        elif path.suffix in SAME and path.name not in PASSING:
            found[name] = path.read_bytes()
    return found


@pytest.mark.parametrize("count", [3, 10], ids=["three", "ten"])
def test_seeds_on_a_cluster_are_those_of_this_machine_whatever_dies(
    nodes, start, count
):
    verb = ["seeds", "Train_POS.py", "--seeds", str(count)]
    process, out = start("cluster", verb, *nodes.flags, *SEEDS)

    def finished():
        return len(list(out.glob("seed_*/finished.json")))

    wait_for(lambda: finished() >= count // 3 - 1)
    first = wait_for(lambda: in_the_middle(out, HEAD))
    os.kill(worker_of(first), signal.SIGKILL)
    wait_for(lambda: "was lost" in (out / "said").read_text("utf-8"))
    wait_for(lambda: finished() >= count // 2 - 1)
    second = wait_for(lambda: in_the_middle(out, OTHER))
    nodes.kill()
    nodes.add()
    said = ended(process, out)
    summary = "2 times a machine or a worker was lost, and the training went on"
    lost = sorted({folder.name.replace("_", " ") for folder in (first, second)})
    assert f"{summary} elsewhere: {', '.join(lost)}." in said
    for folder in (first, second):
        assert "Going on after epoch" in (folder / "training.log").read_text("utf-8")
    here = start("here", verb, *HERE, *SEEDS)
    ended(*here)
    found = left(out)
    assert found == left(here[1])
    assert len(found) == 2 * count + 1  # a model and its scores each, and the table


@pytest.mark.parametrize("verb", VERBS)
def test_other_verbs_on_a_cluster_do_what_they_do_here(nodes, start, tmp_path, verb):
    flags = [verb, *VERBS[verb]]
    behind = ["--", *SMALL]
    if verb == "search":
        pytest.importorskip("optuna", reason="needs Optuna: requirements-search.txt")
        (tmp_path / "space.txt").write_text("miniBatchSize: 16 .. 64\n", "utf-8")
        flags += ["--space", tmp_path / "space.txt"]
        behind += ["--data", "data/sample", "--epochs", "2"]
    elif verb != "errors":
        flags += ["--seeds", "1"]
    there = start("cluster", flags, *nodes.flags, *behind)
    ended(*there)
    here = start("here", flags, *HERE, *behind)
    ended(*here)
    found = left(there[1])
    assert found == left(here[1])
    assert sum(name.endswith(".h5") for name in found) >= 2
    logs = [path.read_text("utf-8") for path in there[1].rglob("training.log")]
    assert all(re.search(r"\(127\.0\.0\.[23]\), 1 CPUs", log) for log in logs)


def test_without_ray_on_this_machine_nothing_is_tried_in_vain(nodes, start, tmp_path):
    """The last test here: it leaves no cluster."""
    (tmp_path / "slow.py").write_text("import time; time.sleep(600)", "utf-8")
    verb = ["seeds", tmp_path / "slow.py", "--seeds", "3"]
    process, out = start("cluster", verb, *nodes.flags)
    wait_for(lambda: len(list(out.glob("seed_*/training.log"))) == 2)
    nodes.cluster.head_node.kill_raylet()
    assert process.wait(WAIT) == 1
    said = (out / "said").read_text("utf-8")
    assert said.splitlines()[-1].startswith("Error: Ray has died on this machine.")
    assert "Traceback" not in said and " was lost: " not in said, said
