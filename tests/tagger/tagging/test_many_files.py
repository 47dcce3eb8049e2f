"""Several files in one call, each with an output of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from tagger.tagging import reading
from util.output.background import BackgroundSplitter
from util.output.destinations import is_folder, jobs_of


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")
    return name


@pytest.mark.parametrize(
    "flags, suffix",
    [([], "conll"), (["--format", "json"], "jsonl"), (["--format", "html"], "html")],
)
def test_each_file_has_an_output_of_its_own(models, call, flags, suffix, capsys):
    files = [write("texts/a.txt", "It\nrains\n\nNo\n"), write("b", "A\ndog")]
    flags = [*flags, "--columns", "0:tokens"]
    assert call(models.pos, *files, "--output", "tags", *flags) == ""
    assert sorted(os.listdir("tags")) == [f"a.{suffix}", f"b.{suffix}"]
    for name, path in zip("ab", files):
        alone = call(models.pos, path, *flags)
        assert Path(f"tags/{name}.{suffix}").read_text("utf-8") == alone


def test_columns_too_and_a_single_file_with_a_folder(models, call):
    path = write("in.txt", "x It\nx rains\n")
    call(models.pos, path, "--columns", "1:tokens", "--output", "tags/")
    (first, second) = Path("tags/in.conll").read_text("utf-8").splitlines()
    assert first.startswith("x It ") and second.startswith("x rains ")


def test_several_files_without_a_folder_are_one_output(models, call):
    files = [write("a.txt", "It\nrains\n"), write("b.txt", "A\ndog")]
    flags = ["--columns", "0:tokens"]
    both = call(models.pos, *files, *flags)
    assert both == "".join(call(models.pos, path, *flags) for path in files)
    call(models.pos, *files, *flags, "--output", "all.conll")
    assert Path("all.conll").read_text("utf-8") == both


@pytest.mark.parametrize("flags", [[], ["--columns", "0:tokens,1:X"]])
def test_bad_files_are_told_and_skipped(models, call, capsys, flags):
    write("good.txt", "It X\nrains X\n")
    os.mkdir("folder.txt")
    Path("bytes.txt").write_bytes(b"caf\xe9 X\n" if flags else b"A caf\xe9.\n")
    files = ["missing.txt", "folder.txt", "good.txt", "bytes.txt"]
    with pytest.raises(ValueError, match="3 of 4 files could not be .* in tags/?"):
        call(models.pos, *files, "--output", "tags/", *flags)
    assert os.listdir("tags") == ["good.conll"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["Skipped", f" {name}"] for name in ("missing.txt", "folder.txt", "bytes.txt")
    ]


def test_a_bad_file_alone_is_an_error_like_any_other(models, call):
    with pytest.raises(OSError, match="missing"):
        call(models.pos, "missing.txt", "--output", "tags/")
    with pytest.raises(ValueError, match=r"^2 of 2 files could not be tagged\.$"):
        call(models.pos, "a.txt", "b.txt", "--output", "tags/")


def test_a_bad_file_among_several_of_one_output_leaves_nothing(models, call):
    write("good.txt", "It rains.")
    with pytest.raises(OSError, match="missing"):
        call(models.pos, "good.txt", "missing.txt", "--output", "all.conll")
    assert not os.path.exists("all.conll")


def test_names_that_clash_are_told_before_anything_is_written(models, call):
    files = [write("x/a.txt", "It."), write("y/A.md", "It.")]
    with pytest.raises(ValueError, match="x/a.txt and y/A.md would both.*two calls"):
        call(models.pos, *files, "--output", "tags/")
    with pytest.raises(ValueError, match="a.txt and x/a.txt would both"):
        call(models.pos, files[0], files[0], "--output", "tags/")
    assert not os.path.exists("tags")


@pytest.mark.parametrize("output", [".", "a.conll", "link", "hard"])
def test_an_input_is_never_replaced(models, call, output):
    write("a.conll", "It X\n")
    os.symlink("a.conll", "link")
    os.link("a.conll", "hard")
    with pytest.raises(ValueError, match="would replace a.conll"):
        call(models.pos, "a.conll", "--columns", "0:tokens", "--output", output)
    # ... nor by the tags of another file
    write("b/a.txt", "It.")
    if output == ".":
        with pytest.raises(ValueError, match="would replace a.conll"):
            call(models.pos, "b/a.txt", "a.conll", "--output", output)
    assert Path("a.conll").read_text("utf-8") == "It X\n"


def test_a_model_among_the_texts_is_told(models, call, capsys):
    write("a.txt", "It.")
    for given in (["a.txt", models.pos], [models.pos, "a.txt", models.fed]):
        with pytest.raises(SystemExit):
            call(*given)
        assert f"{given[-1]} is a model, no text: name it" in capsys.readouterr().err


def test_what_is_a_folder(workdir):
    os.mkdir("there")
    write("file", "")
    assert is_folder("there", ["a"]) and is_folder("new/", ["a"])
    assert is_folder("new", ["a", "b"]) and not is_folder("new", ["a"])
    for name in ("new.conll", "file", os.devnull, None):
        assert not is_folder(name, ["a", "b"])
    [job] = jobs_of(["-"], "new/", "json")
    assert job.output == os.path.join("new", "stdin.jsonl")


def test_one_process_splits_many_texts(models, call, monkeypatch):
    monkeypatch.setattr(reading, "_TEXTS", 3)
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **k: started.append(a) or popen(*a, **k)
    )
    texts = {f"{n}.txt": f"The {word}." for n, word in enumerate("abcdefgh")}
    files = [write(*text) for text in texts.items()]
    Path(files[1]).unlink()
    Path(files[4]).write_bytes(b"\xff" * 9)
    os.makedirs("tags/6.conll")
    with pytest.raises(ValueError, match="3 of 8 files"):
        call(models.pos, *files, "--output", "tags/")
    assert len(started) == 3
    for number in "02357":
        words = Path(f"tags/{number}.conll").read_text("utf-8").split()[::2]
        assert "".join(words) == texts[f"{number}.txt"].replace(" ", "")


def test_a_text_that_is_left_before_its_end_is_skipped(tmp_path):
    long = write(str(tmp_path / "long"), "It rains.\n\n" * 20_000)
    short = write(str(tmp_path / "short"), "A dog.")
    with BackgroundSplitter([long, short]) as splitter:
        assert len(next(splitter.text(0))[0]) > 1
        assert list(splitter.text(1)) == [([["A", "dog", "."]], None)]
