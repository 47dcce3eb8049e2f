"""Cores, threads, and processes that were forked."""

import copy
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import toy

from neuralnets import threads
from neuralnets.BiLSTM import BiLSTM
from util import cores

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = ["the dog sees a cat .", "Dog"]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")


def in_a_fork(function, *arguments):
    """Return what a function returns in a forked process, or its exception."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        try:
            return pool.apply_async(function, arguments).get(60)
        except multiprocessing.TimeoutError:
            pytest.fail("It hangs.")
        except Exception as error:
            return error


@needs_fork
@pytest.mark.parametrize(
    "use",
    [
        lambda model, rows: model.tagSentences(rows),
        lambda model, rows: model.tagWithConfidence(rows),
        lambda model, rows: model.labelProbabilities(rows),
        lambda model, rows: model.predictLabels(model.models["chunks"], rows),
        lambda model, _: model.computeF1("chunks", model.data["chunks"]["devMatrix"]),
        lambda model, _: model.trainModel(),
        lambda model, _: model.fit(1),
        lambda model, _: BiLSTM.loadModel(model.stored),
    ],
)
def test_a_forked_process_is_told_and_does_not_hang(trained, use, monkeypatch):
    global used
    used = lambda: use(trained, toy.rows_of(trained, SENTENCES))  # noqa: E731
    error = in_a_fork(call_used)
    assert isinstance(error, RuntimeError)
    assert f"forked from process {os.getpid()}" in str(error)
    assert "docs/Programs.md" in str(error) and "\n" not in str(error)


used = None


def call_used():
    return used()


PROGRAM = """
import multiprocessing, sys
from neuralnets.BiLSTM import BiLSTM
from util.features import addCasingInformation, addCharInformation
from util.preprocessing import createMatrices

def load():
    global model
    model = BiLSTM.loadModel(sys.argv[1])

def tag(text):
    sentences = [{"tokens": text.split()}]
    addCharInformation(sentences)
    addCasingInformation(sentences)
    return model.tagSentences(createMatrices(sentences, model.mappings))["chunks"][0]

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    with context.Pool(2, load) as pool:
        print(*pool.map_async(tag, ["the dog", "Dog"]).get(100))
"""


@pytest.mark.parametrize(
    "method",
    [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()],
)
def test_models_that_are_loaded_after_the_fork_tag(trained, method, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    done = subprocess.run(
        [sys.executable, "program.py", trained.stored, method],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.stdout == "['B-NP', 'I-NP'] ['B-NP']\n", done.stderr


def test_a_model_is_stored_and_not_pickled(trained):
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="saveModel"):
            way(trained)
    assert pickle.loads(pickle.dumps(BiLSTM({"seed": 3}))).params["seed"] == 3


@pytest.mark.parametrize(
    "count, expected", [(1, (1, 1)), (2, (1, 2)), (3, (1, 2)), (8, (4, 2))]
)
def test_thread_settings_fit_the_cores(monkeypatch, count, expected):
    given = {}
    for kind in ("intra", "inter"):
        monkeypatch.setattr(
            threads.tf.config.threading,
            f"set_{kind}_op_parallelism_threads",
            lambda number, kind=kind: given.update({kind: number}),
        )
        monkeypatch.delenv(f"TF_NUM_{kind.upper()}OP_THREADS", raising=False)
    monkeypatch.setattr(threads, "usable_cores", lambda: count)
    threads.configure()
    assert (given["intra"], given["inter"]) == expected


def test_cores_are_known_where_processes_have_no_affinity(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert cores.usable_cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    for found, expected in ((6, 6), (1, 1), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda found=found: found)
        assert cores.usable_cores() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_one_core_trains_and_tags_alike(trained):
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "import sys; sys.argv[2] = 'fork'\n" + PROGRAM
    )
    done = subprocess.run(
        [sys.executable, "-c", program, trained.stored, ""],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.stdout == "['B-NP', 'I-NP'] ['B-NP']\n", done.stderr


ELSEWHERE = """
import os, signal, subprocess, sys
sys.path[:0] = sys.argv[1:]
import neuralnets.framework, filelock, nltk  # other people's know such systems
for module in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[module] = None
for owner, names in {
    os: "sched_getaffinity sched_setaffinity fork getuid geteuid getpgid killpg setsid "
        "chown mkfifo uname statvfs sysconf nice getloadavg register_at_fork",
    signal: "SIGHUP SIGALRM SIGPIPE SIGUSR1",
}.items():
    for name in names.split():
        if hasattr(owner, name):
            delattr(owner, name)
os.cpu_count = lambda: None
import toy
from neuralnets.BiLSTM import BiLSTM
from util.commandline import run
from util.output.background import BackgroundSplitter
from tagger.experiments.seedruns import runner
from tagger.commands import check, compare, demo, download, evaluate, seeds, tag

def main():
    toy.write_corpus("corpus")
    model = toy.tagger({"classifier": "CRF"}, {"x": toy.dataset("corpus", "chunk_BIO")})
    model.modelSavePath = "x.h5"
    model.storeResults("x.tsv")
    model.fit(1)
    model = BiLSTM.loadModel("x.h5")
    with BackgroundSplitter("text.txt") as windows:
        for sentences, _ in windows:
            rows = model.rows([{"tokens": tokens} for tokens in sentences])
            print(len(model.tagSentences(rows)["x"]))

run(main, verbose=False)
"""


def test_what_other_systems_lack_is_not_needed(tmp_path):
    """As on Windows and macOS, with cores that nobody can count."""
    (tmp_path / "text.txt").write_text("The dog. A cat.", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(ROOT), str(ROOT / "tests")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1\n1\n", done.stderr


def test_the_threads_of_a_model_end_with_it(trained):
    before = threading.active_count()
    model = BiLSTM.loadModel(trained.stored)
    rows = toy.rows_of(model, SENTENCES)
    expected = trained.tagSentences(toy.rows_of(trained, SENTENCES))["chunks"]
    results = []

    def tag(model=model):
        results.append(model.tagSentences(rows))

    callers = [threading.Thread(target=tag) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert [list(found.values()) for found in results] == [[expected]] * 8
    assert threading.active_count() <= before + threads.AT_ONCE + 2
    del model, callers, tag
    gc.collect()
    for _ in range(100):
        if threading.active_count() <= before + threads.AT_ONCE:
            break
        threading.Event().wait(0.1)
    assert threading.active_count() <= before + threads.AT_ONCE


MEMORY = """
import gc, os, sys
sys.path[:0] = sys.argv[2:]
import toy
from neuralnets.BiLSTM import BiLSTM

def blocks():
    gc.collect()
    return sys.getallocatedblocks()

model = BiLSTM.loadModel(sys.argv[1])
rows = toy.rows_of(model, ["the dog sees a cat .", "Dog"])
for use in (model.tagSentences, model.tagWithConfidence, model.labelProbabilities):
    for _ in range(1000):  # TensorFlow's caches fill, then stay.
        use(rows)
    before = blocks()
    for _ in range(1000):
        use(rows)
    print(blocks() - before)
"""


def test_tagging_takes_no_memory_with_it(trained):
    """Python's blocks are counted, which is exact: one more per call would show."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, trained.stored, str(ROOT), str(ROOT / "tests")],
        capture_output=True,
        text=True,
        check=False,
    )
    growth = list(map(int, done.stdout.split()))
    assert len(growth) == 3, done.stderr
    assert max(growth) < 500, growth


INTERRUPTED = """
import signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & ignores it
sys.path[:0] = sys.argv[2:]
import toy
from neuralnets.BiLSTM import BiLSTM

start = threading.Thread.start

def start_and_interrupt(thread):
    start(thread)
    if thread.name.startswith("ThreadPoolExecutor"):
        signal.raise_signal(signal.SIGINT)

threading.Thread.start = start_and_interrupt
model = BiLSTM.loadModel(sys.argv[1])
model.tagSentences(toy.rows_of(model, ["Dog"]))
"""


def test_ctrl_c_while_threads_start_ends_the_program(trained):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, trained.stored, str(ROOT), f"{ROOT}/tests"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stderr.endswith("KeyboardInterrupt\n")
