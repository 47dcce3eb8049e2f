import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from util.CoNLL import readCoNLL
from util.corpus.lines import split_line
from util.output.streams import open_text, read_blocks

COLUMNS = {0: "tokens", 1: "POS"}


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.sampled_from(["a X", "b\tY", "# c", "", " "]), max_size=30),
    st.integers(1, 9),
)
def test_each_line_once_in_order_and_sentences_whole(tmp_path_factory, lines, size):
    path = tmp_path_factory.mktemp("blocks") / "in.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    blocks = list(read_blocks(str(path), COLUMNS, "#", size))
    placed = [pair for block, _ in blocks for pair in block]
    assert [line.text for line, _ in placed] == lines
    assert [line.number for line, _ in placed] == list(range(1, len(lines) + 1))
    sentences = [sentence for _, block in blocks for sentence in block]
    assert sentences == readCoNLL(str(path), COLUMNS, "#")
    for block, found in blocks:
        places = [
            (split_line(line.text)[0], found[where[0]]["tokens"][where[1]])
            for line, where in block
            if where is not None
        ]
        assert all(written == read for written, read in places)
        assert len(places) == sum(len(sentence["tokens"]) for sentence in found)


def test_a_block_ends_with_the_sentence_that_fills_it(text_file):
    path = text_file("a X\n\nb X\nc X\n\nd X\n")
    blocks = list(read_blocks(path, COLUMNS, tokens=2))
    assert [[s["tokens"] for s in sentences] for _, sentences in blocks] == [
        [["a"], ["b", "c"]],
        [["d"]],
    ]


def test_conllu_lines_that_are_no_tokens_have_no_place(text_file):
    rows = ["1-2\tdon't", "1\tdo", "2\tn't", "2.1\tgo"]
    lines = ["# text = don't", *(row + "\t_" * 8 for row in rows), ""]
    [(placed, sentences)] = read_blocks(text_file("\n".join(lines)), {1: "tokens"})
    assert [where for _, where in placed] == [None, None, (0, 0), (0, 1), None]
    assert sentences == [{"tokens": ["do", "n't"]}]


def test_too_few_columns_are_an_error_with_the_line(text_file):
    path = text_file("a X\nb\n")
    with pytest.raises(ValueError, match=":2: expected at least 2 columns"):
        list(read_blocks(path, COLUMNS))


def test_open_text_drops_the_mark_and_replaces_wrong_bytes(text_file):
    with open_text(text_file(b"\xef\xbb\xbfa\r\n\xff")) as file:
        assert file.read() == "a\n\ufffd"


def test_a_hyphen_is_standard_input(monkeypatch):
    class Input:
        buffer = io.BytesIO(b"\xef\xbb\xbfa X\n")

    monkeypatch.setattr("sys.stdin", Input)
    [(_, sentences)] = read_blocks("-", COLUMNS)
    assert sentences == [{"tokens": ["a"], "POS": ["X"]}]
