"""One call from text or words to tagged sentences."""

import io
import json
import sys

import pytest

from neuralnets.BiLSTM import BiLSTM
from tagger.commands import tag
from tagger.engines import load

TEXT = '\ufeff"The dog  sees\ta cat," he said.\r\n\r\nIt rains. The café’s 😀!\n'


@pytest.fixture(scope="module")
def model(trained):
    return BiLSTM.loadModel(trained.stored)


@pytest.mark.parametrize("asked", [{}, {"confidence": True}, {"nbest": 2}])
def test_it_says_what_the_command_writes_as_json(
    trained, asked, text_file, monkeypatch
):
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    flags = ["--confidence"] * ("confidence" in asked) + ["--nbest=2"] * (
        "nbest" in asked
    )
    tag.main([trained.stored, text_file(TEXT), "--format", "json", *flags])
    stream.flush()
    lines = stream.buffer.getvalue().decode().splitlines()
    found = load(trained.stored).tag(TEXT, **asked)
    assert json.loads(json.dumps(found)) == [json.loads(line) for line in lines]
    assert len(found) == 3


def test_offsets_point_into_the_text_that_was_given(model):
    for sentence in model.tag(TEXT):
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]
        for piece in (*sentence["tokens"], *sentence["spans"]["chunks"]):
            assert TEXT[piece["start"] : piece["end"]] == piece["text"]


def test_lists_of_words(model):
    sentences = [["The", "dog", "sees", "New York"], [], ("It",)]
    found = model.tag(sentences, confidence=True)
    assert [[token["text"] for token in s["tokens"]] for s in found] == (
        [list(sentence) for sentence in sentences]
    )
    assert [s["text"] for s in found] == ["The dog sees New York", "", "It"]
    labels = model.tagSentences(model.rows(sentences))["chunks"]
    assert [
        [token["labels"]["chunks"] for token in s["tokens"]] for s in found
    ] == labels
    for sentence in found:
        for piece in (*sentence["tokens"], *sentence["spans"]["chunks"]):
            text = sentence["text"][piece["start"] : piece["end"]]
            assert text == piece["text"]
    columns = [{"tokens": sentences[0], "POS": ["X"] * 4}]
    assert model.tag(columns)[0]["tokens"] == model.tag(sentences[:1])[0]["tokens"]


def test_how_the_text_is_written(model):
    def words(*arguments, **options):
        found = model.tag(*arguments, **options)
        return [[token["text"] for token in s["tokens"]] for s in found]

    assert words("It can't.\nNo. So", pretokenized=True) == (
        [["It", "can't."], ["No.", "So"]]
    )
    assert words("No. So\nbe it", oneSentencePerLine=True) == (
        [["No", ".", "So"], ["be", "it"]]
    )
    assert words("") == words([]) == []
    with pytest.raises(ValueError, match="`language` must be the code"):
        model.tag("It rains.", language="german")
    with pytest.raises(ValueError, match="looks like Chinese"):
        model.tag("我爱北京天安门。")
    pytest.importorskip("spacy")
    assert words("Am 3. Mai kam er.", language="de") == (
        [["Am", "3.", "Mai", "kam", "er", "."]]
    )
    model.params["language"] = "de"
    try:
        assert len(words("Am 3. Mai kam er.")) == 1
        assert len(words("Am 3. Mai kam er.", language="en")) == 2
    finally:
        model.params["language"] = None


@pytest.mark.parametrize(
    "wrong", [["The", "dog"], [["The"], "dog"], [[1, 2]], 7, None, [{"POS": ["X"]}]]
)
def test_what_else_is_given_is_refused_with_what_to_give(model, wrong):
    with pytest.raises(ValueError, match=r"`tag` takes a text.*tag\(\[\["):
        model.tag(wrong)


@pytest.mark.parametrize(
    "wrong", ["It rains.", ["It", "rains"], [["It", "rains"]], [{"tokens": ["It"]}]]
)
@pytest.mark.parametrize("method", ["tagSentences", "tagWithConfidence"])
def test_words_are_no_rows_and_the_error_says_what_to_call(model, method, wrong):
    with pytest.raises(ValueError, match=r"model\.tag\('It rains"):
        getattr(model, method)(wrong)


def test_no_rows_are_no_sentences(model):
    assert model.tagSentences([]) == {"chunks": []}
