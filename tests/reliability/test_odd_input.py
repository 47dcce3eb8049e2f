"""Text of any length and any sort: what comes out aligns with what went in."""

import io
import os
import resource
import runpy
import sys
import time
from pathlib import Path

import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from util.CoNLL import conllWrite, readCoNLL
from util.features import addCasingInformation, addCharInformation
from util.output import streams
from util.output.segmentation import read_text
from util.output.streams import read_blocks
from util.preprocessing import createMatrices

ROOT = Path(__file__).parents[2]
TOKENS = 100_000
CHARACTERS = 1_000_000
# What tagging one sentence of 100,000 tokens may add to the memory of the process.
MEGABYTES_OF_A_SENTENCE = 400
LINES_AT_ONCE = 200_000

ODD_WORDS = [
    *("\u200b", "a\u200db", "\ufeff", "\u00ad", "\u2060", "\x00", "\x07", "\x1b[31m"),
    *("\x7f", "\x80", "\x85", "\u2028", "\u2029", "\x1c", "\u202eabc\u202c", "שלום"),
    *(
        "مرحبا",
        "e\u0301\u0301\u0301",
        "👩‍👩‍👧",
        "\U0010ffff",
        "\ufffe",
        "10\u00a0000",
        "İ",
        "ß",
    ),
    *('"' * 99, "." * 999, "-" * 999, "9" * 999, "'", "<s>", "&amp;", "B-NP", "#"),
]
SURROGATES = ["\ud800", "a\udcffb", "\udfff\ud800"]


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    """A small model with CRF and character CNN, untrained."""
    path = tmp_path_factory.mktemp("odd")
    toy.write_corpus(path / "corpus")
    with toy.folder(path):
        sets = {"x": toy.dataset("corpus", "chunk_BIO")}
        model = toy.tagger({"classifier": ["CRF"], "charEmbeddings": "CNN"}, sets)
        model.buildModel()
        model.modelSavePath = str(path / "model.h5")
        return model.saveModel("x", 0, 0, 0)


@pytest.fixture(scope="module")
def model(model_path):
    return BiLSTM.loadModel(model_path)


def tag(model, sentences) -> list:
    given = [{"tokens": tokens} for tokens in sentences]
    addCharInformation(given)
    addCasingInformation(given)
    tags = model.tagSentences(createMatrices(given, model.mappings))["x"]
    assert list(map(len, tags)) == list(map(len, sentences))
    assert {label for row in tags for label in row} <= set(model.mappings["chunk_BIO"])
    return tags


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_sentence_of_100000_tokens(model):
    words = ["The", "dog", "sees", "a", "cat", ".", *(f"word{n}" for n in range(994))]
    tag(model, [words])  # all that is needed once
    before = peak_megabytes()
    tags = tag(model, [(words * (TOKENS // len(words)))[:TOKENS], ["Dog"]])
    growth = peak_megabytes() - before
    assert growth < MEGABYTES_OF_A_SENTENCE
    assert len(tags[0]) == TOKENS


@pytest.mark.parametrize(
    "character", ["x", "9", ".", '"', "-", "é", "\u200b", "\ud800"]
)
def test_a_word_of_a_million_characters(model, character):
    begun = time.monotonic()
    long = tag(model, [["The", character * CHARACTERS, "."]])
    assert time.monotonic() - begun < 5
    # The network sees its first characters, and what it is looked up as.
    if character == "x":
        assert long == tag(model, [["The", "x" * 1000, "."]])


def test_odd_characters_do_not_disturb_their_neighbours(model):
    words = ["The", "dog", ".", *ODD_WORDS, *SURROGATES]
    alone = [tag(model, [[word]])[0] for word in words]
    assert tag(model, [[word] for word in words]) == alone
    tag(model, [words, [], words[::-1]])


def test_empty_sentences_and_none_at_all(model):
    assert tag(model, []) == []
    assert tag(model, [[], ["Dog"], [], []])[2:] == [[], []]
    assert tag(model, [[]]) == [[]]


def test_surrogates_cannot_be_written_and_the_error_names_the_file(tmp_path):
    path = tmp_path / "out.conll"
    path.write_text("before")
    with pytest.raises(ValueError, match="out.conll"):
        conllWrite(str(path), [{"tokens": SURROGATES}], ["tokens"])
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["out.conll"]


def run_script(name, *arguments, monkeypatch, capsys) -> str:
    """Run a script of the top folder here; return what it prints."""
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    runpy.run_path(str(ROOT / name), run_name="__main__")
    sys.stdout.flush()
    return sys.stdout.buffer.getvalue().decode()


@pytest.fixture
def script(monkeypatch, capsys):
    def run(name, *arguments):
        with monkeypatch.context() as patch:
            return run_script(name, *arguments, monkeypatch=patch, capsys=capsys)

    return run


def test_the_columns_script_prints_every_line_with_its_tag(
    script, model_path, tmp_path
):
    words = [word for word in ODD_WORDS if word.strip(" \t\r\n\v\f")]
    words = ["The", *words, "x" * CHARACTERS]
    lines = ["", *words, "", "  ", "\t", "", *reversed(words), "", "Dog"]
    path = tmp_path / "in.conll"
    path.write_bytes("\n".join(lines).encode())
    out = script("RunModel_CoNLL_Format.py", model_path, path).split("\n")
    assert out[-1] == "" and len(out) == len(lines) + 1
    for line, printed in zip(lines, out):
        if line.strip(" \t\r\n\v\f"):
            text, tab, label = printed.rpartition("\t")
            assert (text, tab) == (line, "\t") and label[:2] in ("O", "B-", "I-")
        else:
            assert printed == line


@pytest.mark.parametrize("text", ["", "\n", "\n\n \n\t\n", "\r\n\r\n", "\ufeff\n"])
@pytest.mark.parametrize("name", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_only_blank_lines(script, model_path, tmp_path, name, text):
    path = tmp_path / "in.txt"
    path.write_bytes(text.encode())
    out = script(name, model_path, path)
    assert not out.strip()
    if "CoNLL" in name:
        assert out.count("\n") == text.count("\n")


def test_the_text_script_prints_every_character(script, model_path, tmp_path):
    words = [w for w in ODD_WORDS if '"' not in w and w not in ("\x85", "\x1c")]
    text = "\n\n".join(["The dog .", *words, " ".join(words), "y" * 300_000])
    path = tmp_path / "in.txt"
    path.write_text(text, encoding="utf-8")
    out = script("RunModel.py", model_path, path)
    tokens = [line.rpartition("\t")[0] for line in out.split("\n") if line]
    assert all(tokens)
    assert "".join("".join(tokens).split()) == "".join(text.split())


PARTS = [
    *(
        "@",
        "a@",
        "a-",
        "a.b",
        "http://",
        "www.(",
        "#",
        "#1",
        "1.",
        "1/",
        "A&",
        ":-",
        "😀",
    ),
    *(
        "a. ",
        "1. ",
        "U.S. ",
        "z. B. ",
        "Mr. ",
        '." ',
        "… ",
        "—",
        "’",
        "‘a",
        "！",
        "\u200d",
    ),
    *("www.a.", "a.com/", "1. \n", "\u0301a"),
]


@pytest.mark.parametrize(
    "text",
    ["x" * CHARACTERS, "." * CHARACTERS, "a." * (CHARACTERS // 2), "\n" * CHARACTERS]
    + [" " * CHARACTERS, "'" * CHARACTERS, "a b " * (CHARACTERS // 4)]
    + ["\n" + " " * CHARACTERS, "?! " * 20_000, "1,2" * (CHARACTERS // 3)]
    + [part * (100_000 // len(part)) for part in PARTS],
    ids=lambda text: repr(text[:3]),
)
def test_a_million_characters_of_text_take_no_eternity(text):
    begun = time.monotonic()
    tokens = [t for window in read_text(io.StringIO(text)) for s in window for t in s]
    assert time.monotonic() - begun < 20
    if "'" not in text and '"' not in text:
        assert "".join(tokens) == "".join(text.split())


@pytest.mark.parametrize("line", ["\n", "# comment\n", "a b\n\n", "a b\n# c\n\n"])
def test_a_stream_of_any_length_is_read_in_pieces(monkeypatch, line):
    texts = line.split("\n")[:-1]
    read, texts = 0, texts * (300_000 // len(texts))

    def numbered_lines(path, starts, ends):
        nonlocal read
        for number, text in enumerate(texts, 1):
            read = number
            yield number, text

    monkeypatch.setattr(streams, "numbered_lines", numbered_lines)
    count = 0
    for lines, _ in read_blocks("x", {0: "tokens"}, "#"):
        count += len(lines)
        assert read - count <= LINES_AT_ONCE and len(lines) <= LINES_AT_ONCE
    assert count == read == len(texts)


def test_a_column_file_of_odd_words_comes_back(tmp_path):
    words = [word for word in ODD_WORDS if word.strip()] + ["x" * CHARACTERS]
    path = str(tmp_path / "out.conll")
    sentences = [{"tokens": words, "y": ["O"] * len(words)}]
    conllWrite(path, sentences, ["tokens", "y"])
    assert readCoNLL(path, {0: "tokens", 1: "y"}) == sentences
