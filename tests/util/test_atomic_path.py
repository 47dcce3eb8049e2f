import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from util.files import atomic_path

ROOT = Path(__file__).resolve().parents[2]


def test_the_finished_file_takes_its_place(tmp_path):
    path = tmp_path / "a" / "b" / "out.txt"
    with atomic_path(str(path)) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("new")
        assert not path.exists()
        assert os.path.dirname(temporary) == str(path.parent)
    assert path.read_text(encoding="utf-8") == "new"
    assert os.listdir(path.parent) == ["out.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("half")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_the_file_is_as_readable_as_any_other(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    with atomic_path(str(tmp_path / "out")) as temporary:
        assert os.path.exists(temporary)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {stat.S_IMODE(usual.stat().st_mode)}


def write(path, content="new"):
    with atomic_path(str(path)) as temporary:
        # Every mode: a checksum, say, is put in front of what was written before.
        with open(temporary, "w+b") as file:
            file.write(b"..." + content[3:].encode())
            file.seek(0)
            file.write(content[:3].encode())


def test_a_file_that_is_replaced_hands_on_its_mode_and_owner(tmp_path):
    path = tmp_path / "out.txt"
    path.touch()
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 5678)
    before = path.stat()
    write(path)
    after = path.stat()
    assert path.read_text(encoding="utf-8") == "new"
    for what in ("st_mode", "st_uid", "st_gid"):
        assert getattr(after, what) == getattr(before, what)


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_one(tmp_path, exists):
    target = tmp_path / "elsewhere" / "target.txt"
    target.parent.mkdir()
    if exists:
        target.write_text("old", encoding="utf-8")
    (tmp_path / "between").symlink_to("elsewhere/target.txt")
    (tmp_path / "link").symlink_to(tmp_path / "between")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "between").is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert sorted(os.listdir(tmp_path)) == ["between", "elsewhere", "link"]
    assert os.listdir(target.parent) == ["target.txt"]


def test_a_named_pipe_gets_the_content_and_stays_one(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    write(path, "new content")
    reader.join(10)
    assert got == [b"new content"]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_devices_are_written_to():
    before = os.stat("/dev/null")
    write("/dev/null")
    with pytest.raises(OSError, match="/dev/full") as error:
        write("/dev/full")
    assert error.value.errno == errno.ENOSPC
    for path in ("/dev/null", "/dev/full"):
        assert stat.S_ISCHR(os.stat(path).st_mode)
    assert os.stat("/dev/null").st_ino == before.st_ino


PROGRAM = """
import sys
from util.files import atomic_path

print("before")
with atomic_path(sys.argv[1]) as path, open(path, "w") as file:
    file.write("content\\n")
print("after")
"""


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "out.txt"])
@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_standard_output_loses_nothing_that_is_printed_besides(tmp_path, name, kind):
    if (name, kind) == ("out.txt", "pipe"):
        pytest.skip("a pipe has no name")
    path = tmp_path / "out.txt"
    with open(path, "wb") as file:
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM, name],
            stdout=file if kind == "file" else subprocess.PIPE,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    out = path.read_bytes() if kind == "file" else result.stdout
    assert out == b"before\ncontent\nafter\n"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_an_exception_leaves_a_pipe_unopened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RuntimeError), atomic_path(tmp_path / "pipe"):
        raise RuntimeError  # opening it would wait for a reader


def test_a_folder_is_refused_before_the_work(tmp_path):
    with pytest.raises(IsADirectoryError), atomic_path(str(tmp_path)):
        pytest.fail("the work has begun")
    assert not os.listdir(tmp_path)


def test_links_in_a_circle_are_an_error_that_names_them(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError) as error:
        write(tmp_path / "a")
    assert error.value.filename == str(tmp_path / "a")


def test_a_name_of_any_length_that_the_system_takes(tmp_path):
    for name in ("x" * 255, "ä" * 127):
        write(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == "new"


def test_what_a_killed_run_leaves_is_removed_by_the_next_one(tmp_path):
    program = PROGRAM.replace("file.write", "import os; os.kill(os.getpid(), 9)  #")
    for name in ("out.txt", "other.h5"):
        killed = subprocess.run(
            [sys.executable, "-c", program, name],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL
    kept = [".hidden.part", "download.12345678.part", "file.part"]
    for name in kept:
        (tmp_path / name).touch()
    assert len(os.listdir(tmp_path)) == 1 + len(kept)  # the second removed the first
    write(tmp_path / "out.txt")
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "out.txt"])


def test_what_a_living_run_writes_is_not_taken_for_a_leftover(tmp_path):
    with atomic_path(str(tmp_path / "slow.txt")) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("slow")
        write(tmp_path / "quick.txt")
    assert sorted(os.listdir(tmp_path)) == ["quick.txt", "slow.txt"]


def test_many_threads_write_the_same_file(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(tmp_path / "x", f"{n:04}" * 500), range(200)))
    text = (tmp_path / "x").read_text(encoding="utf-8")
    assert text == text[:4] * 500
    assert os.listdir(tmp_path) == ["x"]
