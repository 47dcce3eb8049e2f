"""The command: it starts, loads again, and ends without losing a request."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from served import ROOT, Command, call, checksum, post, running, wait_for

from tagger.__main__ import main

TEXT = "The dog sees a cat. " * 10


@pytest.fixture
def command(files, tmp_path):
    """A running command; `.model` is its file."""
    model = tmp_path / "served.h5"
    shutil.copy(files.chunks, model)
    found = Command(model, "--annotations", tmp_path / "annotations.jsonl")
    found.model = model
    yield found
    found.process.kill()
    found.process.wait()


def ask_until(service, ended, found):
    while not ended.is_set():
        found.append(call(service, "POST", "/v1/tag", {"text": TEXT})[0])


def test_reloading_under_load_and_the_end(command, files):
    before, ended, found = checksum(command), threading.Event(), []
    threads = [
        threading.Thread(target=ask_until, args=(command, ended, found))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    new = command.model.with_suffix(".new")
    shutil.copy(files.two, new)
    os.replace(new, command.model)
    command.process.send_signal(signal.SIGHUP)
    wait_for(lambda: checksum(command) != before)
    command.model.write_bytes(b"no model")
    command.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    ended.set()
    for thread in threads:
        thread.join()
    assert len(found) > 10 and set(found) == {200}

    # What is in flight when it is told to end is answered.
    late = http.client.HTTPConnection("127.0.0.1", command.port, timeout=30)
    late.request("POST", "/v1/tag", json.dumps({"text": TEXT * 50}).encode())
    time.sleep(0.02)
    command.process.send_signal(signal.SIGTERM)
    assert late.getresponse().status == 200
    assert command.process.wait(20) == 0
    told = command.process.stderr.read()
    assert "Loaded again" in told and "serves on" in told and "Traceback" not in told


def test_a_killed_service_has_lost_nothing_that_it_acknowledged(command):
    result = {"type": "labels", "value": {"start": 0, "end": 1, "labels": ["X"]}}
    stored = []

    def annotate():
        for number in range(10_000):
            data = {
                "action": "ANNOTATION_CREATED",
                "annotation": {"id": number, "result": [result]},
                "task": {"data": {"text": "A dog."}},
            }
            try:
                if call(command, "POST", "/webhook", data)[0] == 201:
                    stored.append(number)
            except OSError:
                return

    thread = threading.Thread(target=annotate)
    thread.start()
    wait_for(lambda: len(stored) > 20)
    command.process.kill()
    thread.join()
    lines = (command.model.parent / "annotations.jsonl").read_text().splitlines()
    found = {json.loads(line)["annotation"] for line in lines[: len(stored)]}
    assert set(stored) <= found


def test_a_changed_file_is_loaded_once_it_is_still(files, tmp_path):
    model = tmp_path / "m.h5"
    shutil.copy(files.chunks, model)
    with running([str(model)]) as service:
        service.shelf._pause = 0.05
        before = checksum(service)
        shutil.copy(files.two, model)
        wait_for(lambda: checksum(service) != before)
        assert len(post(service, {"text": "A dog."})["sentences"][0]["tokens"]) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.h5"], "missing.h5: no such model"),
        ([], "no model in models/"),
        (["a=x.h5", "a=y.h5"], "one name"),
        (["--port", "65536", "x.h5"], "65535"),
        (["--host", "nowhere.invalid", "x.h5"], "--host nowhere.invalid"),
        (["--token-file", "two", "x.h5"], "must hold a token"),
    ],
)
def test_what_is_wrong_with_the_flags(arguments, says, workdir, capsys):
    Path("two").write_text("two words", "utf-8")
    arguments = arguments if "--port" in arguments else [*arguments, "--port", "0"]
    with pytest.raises(SystemExit) as stop:
        main(["serve", *arguments])
    told = capsys.readouterr().err
    assert stop.value.code and says in told and "Traceback" not in told


def test_a_port_that_is_taken(service, files, capsys):
    with pytest.raises(SystemExit):
        main(["serve", files.chunks, "--port", str(service.port)])
    assert "Give another --port" in capsys.readouterr().err


def test_help_does_not_load_the_service():
    program = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from tagger.__main__ import main\n"
        "main(['serve', '--help'])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0 and "--annotations" in result.stdout


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_what_is_not_installed(missing, files):
    program = (
        f"import sys; sys.modules['{missing}'] = None\n"
        "from tagger.__main__ import main\n"
        f"main(['serve', {files.chunks!r}, '--port', '0'])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert f"needs {missing}" in result.stderr
    assert "requirements-serve.txt" in result.stderr
