import io
import itertools
import logging
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nltk import downloader

from util.output import segmentation
from util.output.segmentation import read_text, split_text, tokenize

pytestmark = pytest.mark.usefixtures("offline")


def tokens_of(windows):
    return list(itertools.chain.from_iterable(itertools.chain.from_iterable(windows)))


def test_without_punkt_data_it_says_so_once(caplog):
    with caplog.at_level(logging.WARNING):
        assert len(split_text("It rains. We go.")) == 2
        split_text("It rains. We go.")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Punkt" in caplog.text


def test_a_failed_download_is_no_error_and_restores_the_time_limit(monkeypatch):
    def fail(self, *args, **kwargs):
        raise OSError("no network")

    monkeypatch.undo()
    monkeypatch.setattr(downloader.Downloader, "download", fail)
    before = socket.getdefaulttimeout()
    assert segmentation._downloaded(None) is None
    assert socket.getdefaulttimeout() == before


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
