"""The messages in docs/Troubleshooting.md are those of the code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/Troubleshooting.md").read_text("utf-8")
SEEN = re.findall(r"^ {4}(?:Error|Skipped|\w+Error): (.*)$", TEXT, re.M)
_LEAST = 12  # characters that a message does not share with others by chance


@pytest.fixture(scope="module")
def constants():
    """The pieces of text in the code that tell a message from others."""
    found = set()
    for folder in ("util", "neuralnets", "tagger"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.strip())
    return [text for text in found if len(text) >= _LEAST]


def test_there_are_twenty():
    assert len(SEEN) >= 20 and len(set(SEEN)) == len(SEEN)


@pytest.mark.parametrize("seen", SEEN)
def test_the_code_says_it(constants, seen):
    of_the_system = "No such file or directory"
    assert of_the_system in seen or any(text in seen for text in constants)
