"""On a terminal, `tagger train` asks what it is not sure of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.asking import define_or_ask
from util.corpus.owndata import Unclear

pty = pytest.importorskip("pty")

ROOT = Path(__file__).resolve().parents[2]
TEXT = "# id 1\nAnna NE B-PER\nruft VV O\n\n# id 2\nIn APPR O\nYork NE B-LOC\n"
PROGRAM = """
import sys
from tagger.asking import define_or_ask
from util.commandline import run
run(lambda: print(*define_or_ask(sys.argv[1], None, None, None, False)))
"""


def answer(path, keys):
    """Run the program on a terminal of its own and type keys; return what it says."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, path],
        cwd=ROOT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        os.write(ours, keys.encode())
        out, err = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "keys, columns, comment",
    [
        ("\n\n", "{0: 'tokens', 2: 'NER_BIO'}", "'#'"),
        ("nonsense\n0:tokens\n0:tokens,1:POS\ny\n", "{0: 'tokens', 1: 'POS'}", "'#'"),
        ("0:tokens,1:POS,2:NER\nX\nNER\n\n", "2: 'NER_BIO'}", "'#'"),
        ("\nn\n", "{0: 'tokens', 2: 'NER_BIO'}", "None"),
    ],
)
def test_what_is_likely_is_the_default(text_file, keys, columns, comment):
    code, out, err = answer(text_file(TEXT), keys)
    assert code == 0, err
    assert "It has 3 columns, separated by blanks, comments with #" in err
    assert "Columns (Enter for 0:tokens,2:NER_BIO): " in out
    assert columns in out and f"'commentSymbol': {comment}" in out
    assert "The same without questions: --columns 0:tokens," in err


def test_the_end_of_input_is_no_answer(text_file):
    code, _, err = answer(text_file(TEXT), "\x04")
    assert code == 1
    assert err.endswith("--label NER_BIO --comment '#'\n") and "Traceback" not in err


def test_without_a_terminal_nobody_is_asked(text_file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115
    with pytest.raises(Unclear):
        define_or_ask(text_file(TEXT), None, None, None, False)
