"""CoNLL-U in and out, from the command line."""

import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from util.output.background import BackgroundSplitter

ROOT = Path(__file__).resolve().parents[3]
EWT = Path(os.environ.get("TAGGER_DATA", "-"), "data/UD_English-EWT")
REST = "\t_\t_\t_\t_\t0\troot\t_\t_\n"
GIVEN = f"# text = The dog\n1\tThe{REST}2\tdog{REST}\n"


@pytest.fixture
def given(tmp_path):
    (tmp_path / "in.conllu").write_text(GIVEN, "utf-8")
    return "in.conllu"


def columns(text, at):
    return [line.split("\t")[at] for line in text.split("\n") if "\t" in line]


def test_it_is_recognised_without_a_word(models, call, given):
    plain = call(models.pos, given)
    assert [line.count("\t") for line in plain.split("\n")] == [0, 10, 10, 0, 0]
    tags = columns(plain, -1)
    assert tags == columns(call(models.pos, given, "--columns", "1:tokens"), -1)
    found = call(models.pos, given, "--format", "conllu")
    assert columns(found, 3) == tags
    assert found == call(
        models.pos, given, "--format", "conllu", "--columns", "1:tokens"
    )
    misc = call(models.pos, given, "--format=conllu", "--conllu-column", "MISC")
    assert columns(misc, 9) == [f"POS={tag}" for tag in tags]
    chunks = call(models.chunks, given, "--format=conllu", "--output", "tags/")
    assert chunks == ""
    text = Path("tags/in.conllu").read_text("utf-8")
    assert all(m.startswith("chunk=") for m in columns(text, 9))
    assert text.startswith("# text = The dog\n1\tThe\t_\t_\t")


def test_raw_text_and_conllu_in_one_call(models, call, given):
    Path("a.txt").write_text("The dog. \n\nIt rains.", "utf-8")
    found = call(models.pos, "a.txt", given, "--format", "conllu")
    words = re.findall(r"^(\d)\t(\S+)", found, re.M)
    assert [word for _, word in words] == "The dog . It rains . The dog".split()
    assert "\n2\tdog\t_\t" in found and "SpaceAfter=No" in found
    assert found.count("# text = The dog") == 2 and found.endswith("\n\n")


def test_columns_that_the_model_needs_are_found_by_their_names(models, call, given):
    with_pos = GIVEN.replace("The\t_\t_", "The\tthe\tDET").replace(
        "dog\t_\t_", "dog\t_\tX"
    )
    Path("pos.conllu").write_text(with_pos, "utf-8")
    asked = ["--columns", "1:tokens,3:POS"]
    assert call(models.fed, "pos.conllu") == call(models.fed, "pos.conllu", *asked)
    assert call(models.fed, "pos.conllu") != call(models.fed, given)


@pytest.mark.parametrize("form", ["conll", "conllu", "json"])
def test_its_numbers_are_never_taken_for_words(models, call, given, form, monkeypatch):
    flags = ["--format", form]
    with pytest.raises(ValueError, match="numbers 1, 2, 3"):
        rows = "".join(f"{i}\tw{i}{REST}" for i in range(1, 5))
        Path("long.conllu").write_text(rows, "utf-8")
        call(models.pos, "long.conllu", *flags, "--columns", "0:tokens")
    expected = call(models.pos, given, *flags)
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    for script in ("RunModel.py", "RunModel_CoNLL_Format.py"):
        monkeypatch.setattr(sys, "argv", [script, models.pos, given, *flags])
        monkeypatch.setattr(sys, "stdout", stream)
        runpy.run_path(str(ROOT / script), run_name="__main__")
    stream.flush()
    assert stream.buffer.getvalue().decode() == 2 * expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_conllu_where_raw_text_should_be_is_told(encoding):
    result = subprocess.run(
        [sys.executable, "-m", "util.output.background", '["-"]']
        + [str(os.getpid()), f'["en", false, false, "{encoding}"]'],
        cwd=ROOT,
        input=GIVEN.encode(encoding),
        capture_output=True,
        check=True,
    )
    assert b"looks like CoNLL-U" in result.stdout and result.stdout.count(b"\n") == 1


@pytest.mark.parametrize(
    "text, warned",
    [
        ("EU\tNNP\nsays\tVBZ\n\nYes\tUH\n.\t.\n", True),
        ("EU NNP B-ORG\nsays VBZ O\n\nYes UH O\n. . O\n", True),
        ("It rains\nIt snows\n\nWe go\nWe stay\n", False),
        ("EU\tNNP\nsays\tVBZ\tO\n\nYes\tUH\n.\t.\n", False),
        ("One.\nTwo.\nThree.\nFour.\nFive.\n", False),
    ],
)
def test_columns_that_are_read_as_text_are_told(text_file, caplog, text, warned):
    path = text_file(text)
    with BackgroundSplitter(path) as windows:
        assert list(windows)
    assert (f"{path}: each line has" in caplog.text) == warned
    assert ("--columns 0:tokens" in caplog.text) == warned


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--conllu-column", "XPOS"], "goes with --format conllu"),
        (["--format", "conllu", "--confidence"], "no place for --confidence"),
        (["--format", "conllu", "--nbest", "2"], "no place for --confidence and --n"),
    ],
)
def test_flags_that_do_not_go_together(models, call, given, flags, message):
    with pytest.raises(ValueError, match=message):
        call(models.pos, given, *flags)


@pytest.mark.skipif(not EWT.is_dir(), reason="needs UD English EWT")
def test_a_treebank_keeps_all_but_the_tags(models, call):
    text = (EWT / "en_ewt-ud-dev.conllu").read_text("utf-8")
    sentences = text[:-1].split("\n\n")
    odd = [s for s in sentences if re.search(r"^\d+\.\d", s, re.M)]
    text = "".join(s.rstrip("\n") + "\n\n" for s in [*odd, *sentences[:400]])
    Path("ewt.conllu").write_bytes(text.encode())
    for model, at in ((models.pos, 3), (models.chunks, 9)):
        found = call(model, "ewt.conllu", "--format", "conllu")
        changed = set()
        for before, after in zip(text.split("\n"), found.split("\n")):
            if re.match(r"\d+\t", before):
                cells, other = before.split("\t"), after.split("\t")
                changed.add(other[at])
                if at == 9:
                    assert re.fullmatch(r"(.*\|)?chunk=\S+", other[at])
                    assert other[at].startswith(cells[at].strip("_"))
                cells[at] = other[at]
                before = "\t".join(cells)
            assert after == before
        assert found.count("\n") == text.count("\n") and len(changed) > 1
