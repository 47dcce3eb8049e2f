"""A service of several processes: to a visitor it is one."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from served import ROOT, Command, call, checksum, wait_for

from tagger.__main__ import main

TEXT = "The dog sees a cat. " * 10

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="it finds processes as on Linux"
)


@pytest.fixture
def command(files, tmp_path):
    """A command of two processes; `.model` is its file."""
    model = tmp_path / "served.h5"
    shutil.copy(files.chunks, model)
    found = Command(model, "--processes=2", f"--annotations={tmp_path / 'stored'}")
    found.model = model
    yield found
    found.process.kill()
    found.process.wait()


def children(command):
    pid = command.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return {int(child) for child in found}


def alive(pid):
    """Return whether a process runs, and does not only wait to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] != "Z"
    except OSError:
        return False


def answered(command, count=20):
    """Ask from many connections, which the system shares out; all must be answered."""
    for _ in range(count):
        assert call(command, "POST", "/v1/tag", {"text": TEXT})[0] == 200


def counted(command):
    """Return how many requests to tag were counted, and how many processes' turns."""
    text = call(command, "GET", "/metrics")[2].decode()
    (count,) = re.findall(r'(?m)^tagger_requests_total.*"/v1/tag".* (\d+)\.0$', text)
    assert "\ntagger_ready 1.0" in text
    return int(count)


def test_they_count_and_load_again_as_one(command, files, tmp_path):
    assert len(children(command)) == 2
    answered(command)
    assert counted(command) == 20
    folder = Path(f"/proc/{min(children(command))}/environ").read_bytes()
    (folder,) = re.findall(rb"PROMETHEUS_MULTIPROC_DIR=([^\0]+)", folder)
    busy = {path.name for path in Path(os.fsdecode(folder)).glob("counter_*.db")}
    assert len(busy) == 2  # each has counted in a file of its own

    annotation = {
        "action": "ANNOTATION_CREATED",
        "annotation": {"id": 1, "result": []},
        "task": {"data": {"text": "A dog."}},
    }
    for _ in range(10):
        assert call(command, "POST", "/webhook", annotation)[0] == 201
    assert len((tmp_path / "stored").read_text("utf-8").splitlines()) == 10

    before = checksum(command)
    new = command.model.with_suffix(".new")
    shutil.copy(files.two, new)
    os.replace(new, command.model)
    command.process.send_signal(signal.SIGHUP)
    wait_for(lambda: before not in {checksum(command) for _ in range(8)})

    # What is in flight when it is told to end is answered; then nothing is left.
    late = http.client.HTTPConnection("127.0.0.1", command.port, timeout=30)
    late.request("POST", "/v1/tag", json.dumps({"text": TEXT * 50}).encode())
    time.sleep(0.05)
    several = children(command)
    command.process.send_signal(signal.SIGTERM)
    assert late.getresponse().status == 200
    assert command.process.wait(20) == 0
    assert not any(map(alive, several)) and not os.path.exists(folder)
    with pytest.raises(OSError):
        call(command, "GET", "/health")


def test_one_that_is_killed_is_replaced(command):
    one, other = sorted(children(command))
    os.kill(one, signal.SIGKILL)
    wait_for(lambda: len(children(command) - {one, other}) == 1)
    answered(command)  # those who called meanwhile have waited
    assert other in children(command)
    several = children(command)
    command.process.kill()
    wait_for(lambda: not any(map(alive, several)))
    told = command.process.stderr.read()
    assert told.count("another takes its place") == 1 and "Traceback" not in told


def test_what_cannot_begin_says_so_once(command, tmp_path, capsys):
    for several in ("1", "2"):
        with pytest.raises(SystemExit):
            flags = ["--port", str(command.port), "--processes", several]
            main(["serve", str(command.model), *flags])
        assert "Give another --port" in capsys.readouterr().err

    (tmp_path / "broken.h5").write_bytes(b"no model")
    result = subprocess.run(
        [sys.executable, "-m", "tagger", "serve", str(tmp_path / "broken.h5")]
        + ["--processes", "2", "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert "broken.h5" in result.stderr


def test_a_system_that_does_not_share(files, capsys, monkeypatch):
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    with pytest.raises(SystemExit):
        main(["serve", files.chunks, "--port", "0", "--processes", "2"])
    assert "leave it out" in capsys.readouterr().err
