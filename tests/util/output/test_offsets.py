import io
import itertools
import re
import tracemalloc

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from util.corpus.lines import is_utf16, numbered_lines, split_line
from util.output.offsets import (
    ColumnPlaces,
    PiecesOfText,
    UntouchedText,
    align,
    column_range,
)
from util.output.segmentation import PLAIN, read_text, windows
from util.output.streams import open_text, read_blocks
from util.output.textfiles import placed, split_piece
from util.output.tokens import tokenize

QUICK = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What the tokenizer rewrites or splits, blanks of all sorts, and odd characters.
PIECES = [
    *('"', "''", "``", "'", "`", "'''", "“", "”", "«", "‘", "’", "(", ")", "[", "<"),
    *(" ", "  ", "\t", "\n", "\n\n", "\r\n", "\r", "\x85", "\u2028", "\u3000", "\x1c"),
    *("...", "…", ".", ". ", ",", ":", "?", "!", "--", "—", "$", "%", "&", "*", "\x00"),
    *("a", "B", "1", "It", "Mr.", "U.S.", "cannot", "gonna", "wanna ", " 'tis", "d'ye"),
    *("can't", "'s ", "é", "e\u0301", "👩‍👩‍👧", "\ufeff", "\u200b", "שלום", "more'n"),
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(
        # Scripts without blanks are refused.
        lambda text: re.sub(
            "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]",
            "x",
            text,
        )
    ),
)


def untouched(text: str) -> UntouchedText:
    return UntouchedText(io.StringIO(text, newline=""))


def places_of(text: str, window: int = 1 << 16):
    """Return the tokens of each sentence, its text, start and ranges."""
    source = untouched(text)
    return [
        (tokens, *place)
        for sentences in read_text(source, window)
        for tokens, place in zip(sentences, source.place(sentences))
    ]


@QUICK
@given(texts, st.integers(1, 60))
@example("\ufeffA b.\r\n\r\n\ufeffC d.\r\n", 3)
def test_pieces_that_others_split_say_the_same(text, window):
    source = PiecesOfText(io.StringIO(text, newline=""))
    found = []
    for piece in windows(source, window):
        given, start = source.take(len(piece))
        assert text[start : start + len(given)] == given
        found += zip(*split_piece(given, start, PLAIN, True))
    expected = places_of(text, window)
    assert found == [(tokens, *placed([place])) for tokens, *place in expected]


@QUICK
@given(texts, st.integers(1, 60))
@example("``’’", 1)
@example("\"’''", 1)
@example("’’ʼa'’ b‘c’’", 60)
def test_every_token_stands_where_it_is_said_to_and_none_is_left_out(text, window):
    position = int(text.startswith("\ufeff"))
    for tokens, sentence, start, within in places_of(text, window):
        assert text[start : start + len(sentence)] == sentence
        assert (within[0][0], within[-1][1]) == (0, len(sentence))
        assert len(within) == len(tokens)
        for token, (first, end) in zip(tokens, within):
            written = text[start + first : start + end]
            assert written == token or (token, written) in [
                ("``", '"'),
                ("''", '"'),
                ("``", "''"),
            ]
            assert written and not text[position : start + first].strip()
            position = start + end
    assert not text[position:].strip()


@QUICK
@given(texts, st.integers(1, 60))
def test_the_sentences_are_those_of_the_text_as_it_is_read_else(text, window):
    file = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8-sig")
    expected = list(read_text(file, window))
    assert list(read_text(untouched(text), window)) == expected


def test_quotes_as_the_tokenizer_writes_them():
    text = "\"Yes\", he said. ''No''  (\"\")"
    assert tokenize(text)[:3] == ["``", "Yes", "''"]
    tokens = [text[a:b] for a, b in align(tokenize(text), text)]
    assert tokens[:4] == ['"', "Yes", '"', ","]
    assert tokens[-7:] == ["''", "No", "''", "(", '"', '"', ")"]


def test_tokens_of_another_text_are_refused():
    with pytest.raises(ValueError, match="do not stand in the text"):
        align(["Yes", "."], "No .")
    with pytest.raises(ValueError, match="do not stand in the text"):
        align(["Yes", "."], "Yes")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_offsets_are_those_of_the_file_opened_without_newline_translation(
    tmp_path, mark, end
):
    path = tmp_path / "in.txt"
    words = ["It", "rains", "in", "Köln", "👩‍👩‍👧"]
    text = mark + end.join([" ".join(words), "", "\tYes" + end])
    path.write_bytes(text.encode())
    with open_text(str(path), untouched=True) as file:
        source = UntouchedText(file)
        found = [place for s in read_text(source) for place in source.place(s)]
    with open(path, encoding="utf-8", newline="") as file:
        content = file.read()
    assert content == text
    assert [content[s + a : s + b] for _, s, within in found for a, b in within] == (
        [*words, "Yes"]
    )


def test_wrong_bytes_count_as_one_character_each(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes(b"\xff\xff Yes")
    with open_text(str(path), untouched=True) as file:
        source = UntouchedText(file)
        [[(_, start, within)]] = [source.place(s) for s in read_text(source)]
    assert start == 0 and within[-1] == [3, 6]


class Endless:
    """A file that repeats a text until it has given a number of characters."""

    def __init__(self, text: str, size: int):
        self._text, self._left = itertools.cycle(text), size

    def read(self, size: int) -> str:
        size = min(size, self._left)
        self._left -= size
        return "".join(itertools.islice(self._text, size))


@pytest.mark.parametrize("text, tokens", [(" \r\n", 0), ("It rains.\r\n\r\n", 3)])
def test_memory_does_not_grow_with_the_text(text, tokens):
    size, read, placed = 600_000, 0, 0
    source = UntouchedText(Endless(text, size))
    tracemalloc.start()
    for block in iter(lambda: source.read(2_000), ""):
        read += len(block)
        count = read // len(text.replace("\r\n", "\n")) - placed
        placed += count
        if tokens:
            [*_, (last, start, _)] = source.place([["It", "rains", "."]] * count)
            assert (last, start) == ("It rains.", (placed - 1) * len(text))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert placed >= size // len(text)
    assert peak < size / 2


# ------------------------------------------------------------------- column files

cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\v\f #"),
    min_size=1,
    max_size=4,
)
lines = st.one_of(
    st.tuples(
        st.lists(cells, min_size=2, max_size=2), st.sampled_from(["\t", " ", " \t  "])
    ).map(lambda given: given[1].join(given[0])),
    st.sampled_from(
        ["", " ", "\t", "# x", "  a   b  ", "New York\tB", " \ta ", "a\vb"]
    ),
)


@QUICK
@example([("0\x1f0\t0\x1f0", "\n")], "", 0, 1)  # no blanks, and so one word each
@given(
    st.lists(st.tuples(lines, st.sampled_from(["\n", "\r\n", "\r\r\n", "\r"]))),
    st.sampled_from(["", "\ufeff"]),
    st.integers(0, 1),
    st.integers(1, 5),
)
def test_every_token_of_a_column_file_stands_where_it_is_said_to(
    tmp_path_factory, lines, mark, column, size
):
    path = str(tmp_path_factory.getbasetemp() / "columns.txt")
    text = mark + "".join(itertools.chain.from_iterable(lines))
    # `mark` draws the mark of byte order; many NULs are told as UTF-16.
    assume(mark or not text.startswith("\ufeff"))
    assume(not is_utf16(text.encode()))
    with open(path, "wb") as file:
        file.write(text.encode())
    columns = {column: "tokens"}
    places = ColumnPlaces(path, columns)
    blocks = read_blocks(path, columns, "#", size, places.lines)
    for block, found in blocks:
        tokens = [sentence["tokens"] for sentence in found]
        placed = places.place(block, tokens)
        assert len(placed) == len(tokens)
        for place, those in zip(placed, tokens):
            assert [text[a:b] for a, b in place.file] == those
            assert place.file == sorted(place.file)
            assert place.text == " ".join(those)
            assert [place.text[a:b] for a, b in place.within] == those
    assert list(numbered_lines(path)) == [
        (line.number, line.text)
        for block, _ in read_blocks(path, columns, "#", size)
        for line, _ in block
    ]


@pytest.mark.parametrize(
    "line", ["a b c", "a\t b\t\tc", "  a  b ", "\va\fb\rc", "\t\t"]
)
def test_a_column_stands_where_split_line_finds_it(line):
    columns = split_line(line)
    ranges = [column_range(line, index) for index in range(len(columns))]
    assert [line[a:b] for a, b in ranges] == columns
