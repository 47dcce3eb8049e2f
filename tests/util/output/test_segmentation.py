import io
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from util.output import segmentation
from util.output.background import BackgroundSplitter
from util.output.segmentation import read_text, split_text
from util.output.tokens import tokenize

ROOT = Path(__file__).resolve().parents[3]


def tokens_of(windows):
    return list(itertools.chain.from_iterable(itertools.chain.from_iterable(windows)))


ALONE = """
import socket, sys

def refuse(*_, **__):
    print("It opens the network.")

socket.socket.connect = socket.getaddrinfo = socket.setdefaulttimeout = refuse
from util.output.background import BackgroundSplitter
from util.output.segmentation import split_text
print(len(split_text("Dr. Who is here. We met Fig. Newton in Approx. It rains.")))
"""


def test_no_data_are_fetched(tmp_path):
    """Neither by the tagger nor by NLTK, and sockets keep their time limit."""
    home = {"NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        env={**os.environ, **home, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().isdigit()


@pytest.fixture
def text_pipe(tmp_path):
    """A pipe that a splitter reads and that nobody writes to."""
    os.mkfifo(tmp_path / "text")
    handle = os.open(tmp_path / "text", os.O_RDWR)
    yield str(tmp_path / "text")
    os.close(handle)


PARENT = """
import os, sys
from util.commandline import run
from util.output.background import BackgroundSplitter

def main():
    with BackgroundSplitter(sys.argv[1]) as windows:
        print(windows._process.pid, flush=True)
        list(windows)

run(main)
"""


def is_alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "State:\tZ" not in status


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there is no /dev/fd here")
def test_what_a_shell_calls_a_pipe_is_read():
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as file:
        file.write("Lena is here.")
    with BackgroundSplitter(f"/dev/fd/{reading}") as windows:
        os.close(reading)
        ((sentences, _),) = windows
    assert sentences == [["Lena", "is", "here", "."]]


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")
@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_splitter_ends_with_its_parent(text_pipe, which):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, text_pipe],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    time.sleep(1.5)  # it is reading now
    assert is_alive(child)
    parent.send_signal(which)
    said = parent.communicate(timeout=20)[1]
    if which != signal.SIGKILL:
        assert said == "Terminated.\n"
        assert parent.returncode == 130
    end = time.monotonic() + 20
    while is_alive(child) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_alive(child)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mrs. Jones.",
        "The U.S. Senate sat on Jan. 5.",
        "Prices, e.g. Of bread, rose.",
        "It cost 3.50 approx. Ten more came.",
    ],
)
def test_an_abbreviation_ends_no_sentence(text):
    assert len(split_text(text)) == 1


def test_sentences_end_at_full_stops_and_empty_lines():
    text = "It rains! Why? Nobody\nknows.\n \nA headline\r\n\r\nThe end."
    assert split_text(text) == [
        ["It", "rains", "!"],
        ["Why", "?"],
        ["Nobody", "knows", "."],
        ["A", "headline"],
        ["The", "end", "."],
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n \n", "\t\n"])
def test_an_empty_text_has_no_sentences(text):
    assert split_text(text) == []
    assert list(read_text(io.StringIO(text))) == []


def test_tokens_are_those_of_the_penn_treebank():
    assert tokenize("We can't pay $5 (now).") == (
        ["We", "ca", "n't", "pay", "$", "5", "(", "now", ")", "."]
    )


PIECES = [
    "Dr. Who",
    "It",
    "rains",
    "3.5",
    "U.S.",
    "end.",
    "Why?",
    '"Go',
    'away."',
    "(a)",
]
SEPARATORS = [" ", " ", " ", "\n", "\n\n", "\n \n", "\n\n\n"]


@settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES), st.sampled_from(SEPARATORS)), max_size=30
    ),
    st.integers(1, 60),
)
def test_the_size_of_the_window_changes_no_token(pieces, window):
    text = "".join(itertools.chain.from_iterable(pieces))
    assert tokens_of(read_text(io.StringIO(text), window)) == tokens_of(
        [split_text(text)]
    )


def test_a_window_ends_at_the_last_empty_line():
    windows = read_text(io.StringIO("One.\n\nTwo.\n\nThree is here."), window=14)
    assert [[" ".join(s) for s in window] for window in windows] == [
        ["One .", "Two ."],
        ["Three is here ."],
    ]


@pytest.mark.parametrize("word", ["word ", "word"])
def test_an_endless_sentence_is_cut_but_loses_nothing(monkeypatch, word):
    monkeypatch.setattr(segmentation, "_WINDOW", 16)
    windows = list(read_text(io.StringIO(word * 100), window=16))
    assert len(windows) > 1
    assert "".join(tokens_of(windows)) == "word" * 100
    if word.endswith(" "):
        assert set(tokens_of(windows)) == {"word"}
