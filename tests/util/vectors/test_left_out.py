"""What of a vector file is left out is told in one line, with its places."""

import logging

import pytest

from util.WordEmbeddings import read_vectors

GOOD = "".join(f"w{i} {i} 1 2\n" for i in range(6))


def told(caplog, path, wanted=None):
    with caplog.at_level(logging.INFO):
        vocabulary, _ = read_vectors(path, wanted)
    assert len(caplog.messages) <= 1
    return list(vocabulary)[2:], "".join(caplog.messages).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "line, kind",
    [
        *((line, "ragged") for line in ("bad 1 2", "bad 1 x 3", "bad", "bad one two")),
        *((f"bad 1 {n} 2", "not finite") for n in ("nan", "inf", "-inf", "1e99")),
        ("w3 7 8 9", "duplicate"),
    ],
)
@pytest.mark.parametrize("some", [False, True])
def test_a_line_is_left_out_and_told(text_file, caplog, line, kind, some):
    wanted = {"bad", "w3"} if some else None
    words, text = told(caplog, text_file(GOOD + line + "\n"), wanted)
    assert words == (["w3"] if some else [f"w{i}" for i in range(6)])
    assert text == f"1 line was left out: line 7 ({kind})"


def test_all_is_told_in_one_line(text_file, caplog):
    text = GOOD + "a 1\nb nan 1 2\n\nw1 1 2 3\nc 2\n" + GOOD + "New York 1 2 3\n"
    words, text = told(caplog, text_file("99 3\n" + text))
    assert words[-1] == "New York" and len(words) == 7
    assert text == (
        "10 lines were left out: lines 8, 12 (ragged), line 9 (not finite), lines 11, "
        "13, 14, 15, 16, 17, 18 (duplicate); its header promises 99 words, but it "
        "holds 17: is it cut off?; 1 word holds blanks: line 19"
    )


def test_only_the_first_places_are_told(text_file, caplog):
    _, text = told(caplog, text_file(GOOD * 4))
    assert "18 lines were left out" in text
    assert "lines 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 and 8 more (duplicate)" in text


def test_a_good_file_is_read_in_silence(text_file, caplog):
    for text in (GOOD, "6 3\n" + GOOD, "PADDING_TOKEN 0 0 0\n" + GOOD):
        assert told(caplog, text_file(text))[1] == ""


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(f"{i}\tword{i}\tNOUN\tO" for i in range(9)),
        '{"the": [1, 2, 3]}\n',
        "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 99\n",
        "a 1 2 3\n" * 9 + "ragged 1\n" * 1001 + GOOD * 999,
        b"\x80\x04\x95junk\n" * 20,
    ],
    ids=["columns", "JSON", "LFS", "mostly ragged", "pickle"],
)
def test_a_file_of_other_things_is_refused(text_file, content):
    path = text_file(content)
    with pytest.raises(ValueError, match="expected a word and") as error:
        read_vectors(path)
    assert str(error.value).startswith(f"{path}:")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("numbers", [10**6, 10**17, 10**30])
def test_absurd_sizes_end_in_one_line(text_file, numbers):
    for count in (2, 10**15):
        path = text_file(f"{count} {numbers}\n")
        with pytest.raises(ValueError) as error:
            read_vectors(path)
        assert path in str(error.value)
