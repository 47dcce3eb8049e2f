"""The examples of docs/Serving.md, asked of a service."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).resolve().parents[3] / "docs/Serving.md").read_text("utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S)


def here(example, service):
    return example.replace("localhost:8000", f"127.0.0.1:{service.port}")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")
def test_examples_for_the_shell(service):
    one_line, streamed = SHELL
    answers = []
    for command in one_line.splitlines():
        done = subprocess.run(
            ["sh", "-c", here(command, service)], capture_output=True, check=True
        )
        answers.append(done.stdout.decode())
    text, texts, sentences = map(json.loads, answers[:3])
    assert [t["text"] for t in text["sentences"][0]["tokens"]][:2] == ["The", "dog"]
    assert len(texts["texts"]) == 2
    assert "confidence" in texts["texts"][0]["sentences"][0]
    assert len(sentences["sentences"][0]["sequences"]["chunks"]) == 3
    assert answers[3].splitlines()[:2] == ["The\tB-NP", "dog\tI-NP"]
    done = subprocess.run(
        ["sh", "-c", here(streamed, service)], capture_output=True, check=True
    )
    assert [len(json.loads(x)["sentences"]) for x in done.stdout.splitlines()] == [1, 1]


def test_the_example_in_python(service):
    (example,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S)
    done = subprocess.run(
        [sys.executable, "-c", here(example, service)], capture_output=True, check=True
    )
    lines = done.stdout.decode().splitlines()
    assert lines[1] == "dog 4 7 {'chunks': 'I-NP'}"
    assert len(lines) == 6
