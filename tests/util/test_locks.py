"""Locks: who holds them, that they die with their process, and where there are none."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from util.locks import lock_of, locked

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from util.locks import locked
with locked(sys.argv[1], "place", "a run", "go"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "new" / ".x.lock")


def hold(file, run="seed 1"):
    return locked(file, "models/x", run, "go elsewhere")


def other_process(file):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, file],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def refused(file):
    with pytest.raises(ValueError) as caught:
        with hold(file):
            pass
    return str(caught.value)


def test_who_comes_second_is_told_who_is_first(file):
    with other_process(file) as process:
        for _ in range(2):  # trying does not make it forget
            said = refused(file)
            assert said.startswith("models/x: another run is still at work there")
            assert f"process {process.pid} on " in said
            assert ": a run). Wait until it ends, end it, or go elsewhere." in said
            assert "\n" not in said
        process.stdin.write("\n")
    with hold(file):
        assert f"process {os.getpid()} on " in refused(file)
    with hold(file):
        pass


def test_a_killed_process_leaves_no_lock_behind(file):
    with other_process(file) as process:
        process.send_signal(signal.SIGKILL)
    with hold(file):
        pass


def test_an_owner_that_cannot_be_read_does_not_matter(file):
    with hold(file):
        for text in ("", "[1]", "{", '["a", "b", "c", "d"]', '[1, 2, 1e300, "x"]'):
            Path(file + ".owner").write_text(text, "utf-8")
            assert "at work there. Wait" in refused(file)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX hands descriptors down")
def test_a_child_that_inherits_it_holds_it_after_its_parent_is_gone(file, tmp_path):
    parent = (
        "import os, subprocess, sys\n"
        "from util.locks import locked\n"
        "with locked(sys.argv[1], 'place', 'a run', 'go') as held:\n"
        "    child = subprocess.Popen(['sleep', '60'], pass_fds=[held])\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent, file],
        cwd=ROOT,
        stdout=(tmp_path / "pid").open("w"),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert "at work there" in refused(file)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    for _ in range(100):
        try:
            with hold(file):
                return
        except ValueError:
            pass
    pytest.fail("The lock outlived all who held it.")


@pytest.mark.parametrize(
    "error", [NotImplementedError("no flock"), PermissionError(13, "denied")]
)
def test_where_there_are_no_locks_a_run_goes_on(file, caplog, monkeypatch, error):
    def acquire(*_, **__):
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with hold(file) as held:
        assert held is None
    assert "models/x: not protected from another run" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="Windows locks otherwise")
def test_where_every_lock_fails_a_run_goes_on(file, caplog, monkeypatch):
    import fcntl

    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with hold(file) as held:
        assert held is None
    assert "models/x: not protected from another run" in caplog.text
    assert os.listdir(os.path.dirname(file)) == [".x.lock"]


def test_a_full_disk_is_told(file, monkeypatch):
    def acquire(*_, **__):
        raise OSError(28, "No space left on device", file)

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with pytest.raises(OSError, match="No space left"):
        with hold(file):
            pass


def test_a_link_leads_to_the_lock_of_what_it_leads_to(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "x").symlink_to("y")
    expected = str(tmp_path / "real" / ".y.lock")
    assert lock_of(str(tmp_path / "link" / "x")) == expected


def test_the_longest_name_can_be_locked(tmp_path):
    (tmp_path / ("\u00fc" * 127)).touch()
    file = lock_of(str(tmp_path / ("\u00fc" * 127)))
    with hold(file):
        assert f"process {os.getpid()}" in refused(file)
    assert file != lock_of(str(tmp_path / ("\u00fc" * 126)))
