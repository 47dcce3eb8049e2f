import os
import random

import numpy as np
import pytest

from util.corpus import columns
from util.corpus.columns import Column, Columns, by_appearance

SENTENCES = [
    {"tokens": ["a", "b", "a"], "tag": ["X", "Y", "Z"]},
    {"tokens": ["c"], "tag": ["X"]},
    {"tokens": [], "tag": []},
    {"tokens": ["b", "d"], "tag": ["Z", "X"]},
]


@pytest.fixture(params=[True, False], ids=["in a file", "in memory"])
def read(request, monkeypatch):
    """Sentences in columns, whose numbers lie in a file or in memory."""
    monkeypatch.setattr(columns, "_BLOCK", 2)
    if request.param:
        monkeypatch.setattr(columns, "_MOST_IN_MEMORY", 2)
    found = Columns.of(iter(SENTENCES))
    mapped = isinstance(found.columns["tokens"].numbers, np.memmap)
    assert mapped == request.param
    return found


def test_sentences_come_back(read):
    assert list(read) == SENTENCES and read == SENTENCES
    assert [read[number] for number in range(-4, 4)] == SENTENCES * 2
    assert read[1:3] == SENTENCES[1:3] and read[::-1] == SENTENCES[::-1]
    assert len(read) == 4 and read != SENTENCES[:3]
    with pytest.raises(IndexError):
        read[4]


def test_values_are_counted_in_the_order_of_their_appearance(read):
    assert list(read.columns["tokens"].counts().items()) == (
        [("a", 2), ("b", 2), ("c", 1), ("d", 1)]
    )
    assert read.columns["tag"].values == ["X", "Y", "Z"]


def test_the_place_of_a_value_is_its_first(read):
    assert read.place_of("tokens", ["d", "c"]) == (1, 0, "c")
    assert read.place_of("tag", {"Z"}) == (0, 2, "Z")
    assert read.place_of("tokens", ["d"]) == (3, 1, "d")


def test_columns_are_converted_renamed_and_chosen(read):
    read.convert("tag", lambda tags: [tag.lower() * len(tags) for tag in tags])
    assert list(read.lists("tag")) == [["xxx", "yyy", "zzz"], ["x"], [], ["zz", "xx"]]
    assert list(read.select(["tokens"])) == [{"tokens": s["tokens"]} for s in SENTENCES]
    renamed = read.columns["tokens"].renamed({"a": "b", "b": "b", "c": "e", "d": "e"})
    assert renamed.values == ["b", "e"]
    assert renamed.numbers.tolist() == [0, 0, 0, 1, 0, 1]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_full_disk_names_the_folder_of_temporary_files(monkeypatch):
    monkeypatch.setattr(columns, "_MOST_IN_MEMORY", 2)
    full = lambda: open("/dev/full", "w+b")  # noqa: E731, SIM115
    monkeypatch.setattr(columns.tempfile, "TemporaryFile", full)
    with pytest.raises(OSError, match="No space left") as error:
        Columns.of(SENTENCES)
    assert error.value.filename == columns.tempfile.gettempdir()


def test_no_sentences_and_no_columns():
    assert list(Columns.of([])) == [] and len(Columns.of([])) == 0
    assert list(Columns.of([{}, {}])) == [{}, {}]
    assert Column([], np.zeros(0, np.int32)).counts() == {}


def test_distinct_numbers_by_first_appearance(monkeypatch):
    monkeypatch.setattr(columns, "_BLOCK", 7)
    draw = random.Random(1)
    numbers = [draw.randrange(40) for _ in range(100)]
    found = by_appearance(np.array(numbers), 40)
    assert found.tolist() == list(dict.fromkeys(numbers))
    assert by_appearance(np.zeros(0, np.int32), 3).tolist() == []
