"""The flags of `RunModel.py` and `RunModel_CoNLL_Format.py`, as a user gives them."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

TEXT = (
    '\ufeff"The dog  sees\ta cat," he said.\r\n\r\n'
    "Café \U0001f468‍\U0001f469‍\U0001f467 <b>… It rains.\rThe end"
)
COLUMNS = "\ufeff# c\r\nThe\tDET\r\ndog  NOUN\r\n\r\n  sees   VERB\nNew York\tX"


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    """A small, untrained model with two tasks: POS, and chunks with a CRF."""
    import toy

    folder = tmp_path_factory.mktemp("formats")
    toy.write_corpus(folder / "corpus")
    with toy.folder(folder), toy.eager():
        sets = {
            "words": toy.dataset(folder / "corpus"),
            "chunks": toy.dataset(folder / "corpus", "chunk_BIO"),
        }
        model = toy.tagger({"customClassifier": {"chunks": ["CRF"]}}, sets)
        model.buildModel()
        model.modelSavePath = str(folder / "both.h5")
        yield model.saveModel("words", 0, 0, 0)


@pytest.fixture
def run(model_path, tmp_path, monkeypatch, capsysbinary):
    """Run a script on a text, in this process; return what it prints."""

    def run(script, text, *flags, fails=False) -> str:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "in.txt").write_bytes(text.encode())
        arguments = [script, model_path, str(tmp_path / "in.txt"), *flags]
        monkeypatch.setattr(sys, "argv", arguments)
        capsysbinary.readouterr()
        code = 0
        try:
            runpy.run_path(str(ROOT / script), run_name="__main__")
        except SystemExit as stop:
            code = stop.code
        sys.stdout.flush()
        out, err = capsysbinary.readouterr()
        assert bool(code) == fails, err
        return err.decode() if fails else out.decode()

    return run


def sentences(out: str) -> list[dict]:
    return [json.loads(line) for line in out.split("\n") if line]


def tags_of(out: str) -> list[list[str]]:
    """Return the last columns of an output in columns: both labels."""
    return [re.split("[\t ]", line)[-2:] for line in out.split("\n") if line.strip()]


def test_json_of_raw_text_points_into_the_file(run):
    found = sentences(run("RunModel.py", TEXT, "--format", "json"))
    assert [sentence["text"] for sentence in found] == [
        '"The dog  sees\ta cat," he said.',
        "Café \U0001f468‍\U0001f469‍\U0001f467 <b>… It rains.",
        "The end",
    ]
    position = 1
    for sentence in found:
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]
        for token in sentence["tokens"]:
            assert TEXT[token["start"] : token["end"]] == token["text"]
            assert not TEXT[position : token["start"]].strip()
            position = token["end"]
        for spans in sentence["spans"].values():
            for span in spans:
                assert TEXT[span["start"] : span["end"]] == span["text"]
    assert position == len(TEXT)
    assert set(found[0]["spans"]) == {"chunks"}
    plain = run("RunModel.py", TEXT)
    tokens = [token for sentence in found for token in sentence["tokens"]]
    assert [list(token["labels"].values()) for token in tokens] == tags_of(plain)
    assert [token.get("read_as", token["text"]) for token in tokens] == [
        line.split("\t")[0] for line in plain.split("\n") if line
    ]


def test_json_of_columns_points_into_the_file(run):
    flags = ["--comment", "#"]
    script = "RunModel_CoNLL_Format.py"
    found = sentences(run(script, COLUMNS, *flags, "--format", "json"))
    tokens = [token for sentence in found for token in sentence["tokens"]]
    assert [token["text"] for token in tokens] == ["The", "dog", "sees", "New York"]
    for token in tokens:
        assert COLUMNS[token["start"] : token["end"]] == token["text"]
    assert [sentence["text"] for sentence in found] == ["The dog", "sees New York"]
    assert [token["labels"]["words"] for token in tokens] == [
        pair[0] for pair in tags_of(run(script, COLUMNS, *flags))[1:]
    ]


@pytest.mark.parametrize("script", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_a_page_goes_to_a_file(run, tmp_path, script):
    text = "<script>\nThe\ndog\n"
    for flags in ([], ["--confidence", "--nbest", "2"]):
        out = run(script, text, "--format", "html", "--output", "out/a.html", *flags)
        assert out == ""
        page = (tmp_path / "out/a.html").read_text(encoding="utf-8")
        assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n")
        assert "<script" not in page and "&lt;" in page
        assert (
            page.count("<details>")
            == page.count("</summary>")
            == (page.count("<section") * 2 if flags else 0)
        )
    assert os.listdir(tmp_path / "out") == ["a.html"]


@pytest.mark.parametrize("script", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_columns_in_a_file_are_those_on_standard_output(run, tmp_path, script):
    text = "The\ndog\n\nIt\n"
    assert run(script, text, "--output", "out.conll") == ""
    expected = run(script, text)
    assert (tmp_path / "out.conll").read_text(encoding="utf-8") == expected


def test_confidence_adds_a_column_per_task_and_changes_no_label(run):
    script = "RunModel_CoNLL_Format.py"
    text = "The dog sees a cat . \n\nDog".replace(" ", "\n")
    plain = [line.split("\t") for line in run(script, text).split("\n")]
    sure = [line.split("\t") for line in run(script, text, "--confidence").split("\n")]
    assert [[row[0], *row[1::2]] for row in sure] == plain
    numbers = [value for row in sure for value in row[2::2]]
    assert len(numbers) == 2 * 7
    assert all(re.fullmatch(r"[01]\.\d{4}", value) for value in numbers)
    assert len(set(numbers)) > 2


def test_the_likeliest_sequences_agree_in_all_formats(run):
    script, text = "RunModel_CoNLL_Format.py", "The\ndog\nsees\n.\n\nDog\n\n"
    found = sentences(run(script, text, "--format", "json", "--nbest", "3"))
    assert len(found) == 2
    lines = run(script, text, "--nbest", "3").split("\n")
    for sentence in found:
        for task in ("words", "chunks"):
            name, *numbers = lines.pop(0)[len("# nbest ") :].split(" ")
            sequences = sentence["sequences"][task]
            assert (name, len(numbers)) == (task, len(sequences))
            probabilities = [sequence["confidence"] for sequence in sequences]
            assert probabilities == pytest.approx(list(map(float, numbers)), rel=1e-3)
            assert probabilities == sorted(probabilities, reverse=True)
            assert sum(probabilities) <= 1 + 1e-5
            assert len({tuple(s["labels"]) for s in sequences}) == len(sequences)
        for index, token in enumerate(sentence["tokens"]):
            columns = lines.pop(0).split("\t")
            assert columns[1:] == [
                sequence["labels"][index]
                for task in ("words", "chunks")
                for sequence in sentence["sequences"][task]
            ]
            assert columns[0] == token["text"]
            assert columns[1] == token["labels"]["words"]
        assert lines.pop(0) == ""


def test_json_with_confidence_holds_probabilities(run):
    flags = ["--format", "json", "--confidence"]
    for sentence in sentences(run("RunModel.py", TEXT, *flags)):
        assert set(sentence["confidence"]) == {"words", "chunks"}
        for span in sentence["spans"]["chunks"]:
            least = sentence["confidence"]["chunks"]
            assert least - 1e-5 <= span["confidence"] <= 1 + 1e-5
        for task, probability in sentence["confidence"].items():
            least = min(token["confidence"][task] for token in sentence["tokens"])
            assert 0 <= probability <= least + 1e-5


@pytest.mark.parametrize("script", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_nothing_gives_an_empty_output(run, script):
    assert run(script, "\n \n", "--format", "json", "--confidence") == ""


def test_a_broken_column_file_leaves_no_output_file(run, tmp_path):
    flags = ["--columns", "1:tokens", "--output", "out.json", "--format", "json"]
    error = run("RunModel_CoNLL_Format.py", "a b\nc\n", *flags, fails=True)
    assert error.startswith("Error: ") and ":2: expected at least 2 columns" in error
    assert os.listdir(tmp_path) == ["in.txt"]


def test_standard_input_counts_as_the_file():
    result = subprocess.run(
        [sys.executable, "-m", "util.output.background", '["-"]']
        + [str(os.getpid()), "[]", "places"],
        cwd=ROOT,
        input=TEXT.encode(),
        capture_output=True,
        check=True,
    )
    windows = [json.loads(line) for line in result.stdout.splitlines()]
    places = [place for w in windows if isinstance(w, list) for place in w[1]]
    assert len(places) == 3
    for text, start, _ in places:
        assert TEXT[start : start + len(text)] == text
