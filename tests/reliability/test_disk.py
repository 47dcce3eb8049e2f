"""Full disks, read-only folders, and two processes that write the same file."""

import contextlib
import glob
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import diskwork
import pytest
import toy

from util.preprocessing import loadDatasetPickle

CHILD = str(Path(diskwork.__file__))
# Mounts a disk of 2 MB that only the command in it sees.
ON_A_DISK = """
set -e
mount -t tmpfs -o size=2m none disk
cp -r base/. disk
%s
exec "$@"
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder that holds a file of every kind, but not what `prepare` stores."""
    path = tmp_path_factory.mktemp("disk") / "base"
    toy.write_corpus(path / "corpus", 300, 30)
    with toy.folder(path):
        for work in diskwork.WORKS:
            done = diskwork.outcome(work)
            assert done["code"] == 0, done
        diskwork.forget_prepared()
    return path


@pytest.fixture
def workdir(base, tmp_path, monkeypatch):
    """A copy of it."""
    shutil.copytree(base, tmp_path / "base")
    monkeypatch.chdir(tmp_path / "base")
    return tmp_path / "base"


@contextlib.contextmanager
def limited_files(size):
    """Let no file grow beyond a size: writing fails in the midst, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def check(outcome, before, after):
    """One clear line that names the file; all earlier files are as they were."""
    _, path = diskwork.WORKS[outcome["work"]]
    assert outcome["code"] == 1, outcome
    *notes, line = outcome["said"].splitlines()
    assert line.startswith("Error: ") and path in line, outcome
    assert all(note[:8].count(":") == 2 for note in notes), outcome  # 12:34:56 ...
    for name in before.keys() | after.keys():
        if name.endswith(".previous"):  # the last good one has two names now
            last = name[: -len(".previous")]
            assert after[name] in (before.get(name), before[last])
        else:
            assert after.get(name) == before.get(name), name


def check_read_only(outcome, before, after):
    """The same, but prepared data go to the user's caches."""
    if outcome["work"] != "prepare":
        check(outcome, before, after)
        return
    assert outcome["code"] == 0 and "Prepared data go to" in outcome["said"], outcome
    assert before == after


@pytest.mark.parametrize("work", diskwork.WORKS)
@pytest.mark.parametrize("size", [0, 600, 9005])
def test_a_write_that_fails_in_the_midst(work, size, workdir):
    before = diskwork.snapshot(workdir)
    with limited_files(size):
        outcome = diskwork.outcome(work)
    check(outcome, before, diskwork.snapshot(workdir))
    assert diskwork.outcome(work)["code"] == 0  # there is room again


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("work", diskwork.WORKS)
def test_a_folder_that_is_read_only(work, workdir, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    before = diskwork.snapshot(workdir)
    folders = [workdir, *(path for path in workdir.rglob("*") if path.is_dir())]
    files = [path for path in workdir.rglob("*") if path.is_file()]
    for path in [*folders, *files]:
        path.chmod(0o555)
    try:
        outcome = diskwork.outcome(work)
    finally:
        for path in [*folders, *files]:
            path.chmod(0o755)
    check_read_only(outcome, before, diskwork.snapshot(workdir))


@pytest.mark.parametrize(
    "state",
    {
        "full": "head -c 9m /dev/zero > disk/ballast 2> ballast.log || true",
        "read-only": "mount -o remount,ro disk",
    }.items(),
    ids=lambda state: state[0],
)
def test_a_real_disk_that_is_full_or_read_only(state, workdir, monkeypatch):
    folder = workdir.parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "caches"))
    (folder / "disk").mkdir()
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        possible = subprocess.run(
            [*alone, "mount -t tmpfs none disk"], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if possible.returncode:
        pytest.skip("a process may not mount a disk of its own here")
    script = ON_A_DISK % state[1]
    command = [sys.executable, CHILD, "disk", *diskwork.WORKS]
    result = subprocess.run(
        [*alone, script, "sh", *command], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [outcome["work"] for outcome in outcomes] == list(diskwork.WORKS)
    for outcome in outcomes:
        changed = outcome.pop("changed")
        (check_read_only if state[0] == "read-only" else check)(outcome, {}, {})
        assert set(changed) <= {"models/x.checkpoint.previous"}


def test_two_processes_prepare_the_same_data_at_once(workdir):
    command = [sys.executable, CHILD, ".", "wait", "prepare"]
    processes = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert [outcome["code"] for outcome in outcomes] == [0, 0], outcomes
    new = [path for path in glob.glob("pkl/*") if path not in diskwork.kept_prepared()]
    assert len(new) == 1
    assert not glob.glob("pkl/.*")
    whole = Path(new[0]).read_bytes()
    loadDatasetPickle(new[0])
    os.unlink(new[0])
    assert diskwork.outcome("prepare")["code"] == 0
    assert Path(new[0]).read_bytes() == whole
