"""How raw text is written is said by flags, and its language by the model, too."""

import io
import json
import sys

import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage.h5file import sealed_attribute
from tagger.commands import tag
from tagger.recipes import TrainingOptions


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Small, untrained models by the language that they were made with."""
    path = tmp_path_factory.mktemp("languages")
    toy.write_corpus(path / "corpus", train=8, other=4)
    paths = {}
    with toy.folder(path):
        for language in (None, "de_AT"):
            params = {} if language is None else {"language": language}
            model = toy.tagger(params, {"words": toy.dataset("corpus")})
            model.buildModel()
            model.modelSavePath = str(path / f"{language}.h5")
            paths[language] = model.saveModel("words", 0, 0, 0)
    return paths


@pytest.fixture
def words(monkeypatch, text_file):
    """Tag a text; return the tokens, by sentences."""

    def words(model, text, *flags):
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
        monkeypatch.setattr(sys, "stdout", stream)
        tag.main([model, text_file(text), *flags])
        stream.flush()
        blocks = stream.buffer.getvalue().decode().strip().split("\n\n")
        return [" ".join(r.split("\t")[0] for r in b.split("\n")) for b in blocks]

    return words


GERMAN = "Am 3. Mai kam er. Es geht's."


def test_a_model_without_a_language_is_english(models, words):
    assert BiLSTM.loadModel(models[None]).params["language"] is None
    assert words(models[None], GERMAN) == ["Am 3 .", "Mai kam er .", "Es geht 's ."]


def test_the_language_is_stored_in_the_model(models, words):
    assert BiLSTM.loadModel(models["de_AT"]).params["language"] == "de"
    pytest.importorskip("spacy")
    expected = ["Am 3. Mai kam er .", "Es geht 's ."]
    assert words(models["de_AT"], GERMAN) == expected
    assert words(models[None], GERMAN, "--language", "de") == expected
    assert len(words(models["de_AT"], GERMAN, "--language", "en")) == 3


def test_tokens_between_blanks_and_lines_that_are_sentences(models, words):
    text = "It  can't . So\nbe it.\n\n"
    assert words(models[None], text, "--pretokenized") == ["It can't . So", "be it."]
    assert words(models[None], text, "--one-sentence-per-line") == (
        ["It ca n't . So", "be it ."]
    )
    assert words(models["de_AT"], text, "--pretokenized") == ["It can't . So", "be it."]


def test_chinese_in_the_text_of_an_english_model_is_one_clear_line(models, words):
    with pytest.raises(ValueError, match=r"data.txt: .* looks like Chinese.*zh") as e:
        words(models[None], "It rains.\n\n我爱北京天安门。\n")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "encoding, probably, flag",
    [
        ("latin-1", "Latin-1", "latin-1"),
        ("cp1252", "Windows-1252", "cp1252"),
        ("utf-16", "UTF-16", "utf-16"),
        ("utf-16-le", "UTF-16", "utf-16-le"),
    ],
)
def test_another_encoding_is_named_and_read_if_it_is_said(
    models, words, encoding, probably, flag, tmp_path
):
    text = "The café – it is open.\r\n\r\nNo."
    if encoding == "latin-1":
        text = text.replace("–", "-")
    content = text.encode(encoding)
    with pytest.raises(ValueError, match=f"data.txt: not UTF-8.* {probably}.*iconv"):
        words(models[None], content)
    found = words(models[None], content, "--encoding", flag)
    assert found[0].startswith("The café ") and found[1] == "No ."
    output = tmp_path / "tags.json"
    flags = ["--format", "json", "--output", str(output)]
    words(models[None], content, "--encoding", flag, *flags)
    for line in output.read_text("utf-8").splitlines():
        sentence = json.loads(line)
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_a_wrong_encoding_is_told(models, words, capsys):
    with pytest.raises(ValueError, match="not ascii .* another --encoding"):
        words(models[None], "Café", "--encoding", "ascii")
    for name in ("nothing", "zip"):
        with pytest.raises(SystemExit):
            words(models[None], "It", "--encoding", name)
        assert "is no encoding; try latin-1" in capsys.readouterr().err
    assert words(models[None], "\ufeffCafé") == ["Café"]


@pytest.mark.parametrize(
    "flag", ["--language=de", "--pretokenized", "--encoding=latin-1"]
)
def test_columns_have_no_such_flags(models, words, flag, capsys):
    with pytest.raises(SystemExit):
        words(models[None], "It\n", "--columns", "0:tokens", flag)
    assert "is for raw text" in capsys.readouterr().err


def test_an_unknown_language_is_refused(models, words, capsys):
    with pytest.raises(SystemExit):
        words(models[None], "It\n", "--language", "german")
    assert "the code of a language" in capsys.readouterr().err


def test_a_training_script_takes_the_language():
    columns = {0: "tokens", 1: "POS"}
    sets = {"x": {"columns": columns, "label": "POS"}}
    options = TrainingOptions("", sets, {}, argv=["--language", "pt-BR"])
    assert options.params["language"] == "pt"
    assert "language" not in TrainingOptions("", sets, {}, argv=[]).params


def test_only_whole_sealed_files_are_looked_into(models, tmp_path):
    assert '"language": "de"' in sealed_attribute(models["de_AT"], "params")
    assert sealed_attribute(models["de_AT"], "nothing") is None
    assert sealed_attribute(str(tmp_path / "missing.h5"), "params") is None
    broken = tmp_path / "broken.h5"
    with open(models["de_AT"], "rb") as file:
        broken.write_bytes(file.read()[:-1])
    assert sealed_attribute(str(broken), "params") is None
