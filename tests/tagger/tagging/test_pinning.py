"""Pins in a column of the file: `--pinned`."""

import pytest

COLUMNS = "0:tokens,1:chunk_BIO"
TEXT = "The\t?\ndog\tO\nsees\tB-NP|B-VP\n.\t?\n\nDog\tB-VP\n\n"


def tags(text):
    return [line.split("\t")[-1] for line in text.split("\n") if line.strip()]


def test_pins_are_kept_and_the_rest_is_found(models, call, tmp_path):
    (tmp_path / "in.txt").write_text(TEXT)
    given = models.chunks, "in.txt", "--columns", COLUMNS, "--pinned", "chunk_BIO"
    for engine in ("numpy", "tensorflow"):
        found = tags(call(*given, "--engine", engine))
        assert (found[1], found[4]) == ("O", "B-VP") and found[2] in ("B-NP", "B-VP")
        assert "?" not in found
    assert call(*given).startswith("The\t?\t")  # lines stay as they are


def test_one_task_takes_a_column_of_any_name(models, call, tmp_path, read_json):
    (tmp_path / "in.txt").write_text(TEXT)
    given = models.chunks, "in.txt", "--columns", "0:tokens,1:x", "--pinned", "x"
    found = read_json(call(*given, "--confidence", "--format", "json"))
    token = found[1]["tokens"][0]
    assert token["labels"]["chunks"] == "B-VP"
    assert "1" in str(token)  # surely


@pytest.mark.parametrize(
    "line, what",
    [
        ("dog\tXX", r"in.txt:2: pinned to 'XX', which 'chunks' does not have"),
        ("dog\tO|", r"in.txt:2: pinned to 'O\|'"),
    ],
)
def test_errors_begin_with_file_and_line(models, call, tmp_path, line, what):
    (tmp_path / "in.txt").write_text(TEXT.replace("dog\tO", line))
    with pytest.raises(ValueError, match=what):
        call(models.chunks, "in.txt", "--columns", COLUMNS, "--pinned", "chunk_BIO")


@pytest.mark.parametrize(
    "flags, what",
    [
        (["--pinned", "x"], "--pinned x: name the column"),
        (["--columns", COLUMNS, "--pinned", "x"], "--pinned x: name the column"),
        (["--columns", COLUMNS, "--pinned", "tokens"], "--pinned tokens: name"),
        (
            ["--columns", "0:tokens,1:chunk_IOB", "--pinned", "chunk_IOB"],
            "--pinned chunk_IOB: pins .* the model writes BIO.* column chunk_BIO",
        ),
        (
            ["--columns", COLUMNS, "--pinned", "chunk_BIO", "--tag-style", "BILOU"],
            "--tag-style does not convert what is --pinned",
        ),
    ],
)
def test_flags_that_do_not_go_together(models, call, tmp_path, flags, what):
    (tmp_path / "in.txt").write_text(TEXT)
    with pytest.raises(ValueError, match=what):
        call(models.chunks, "in.txt", *flags)


def test_a_model_may_need_what_is_pinned_no_more(models, call, tmp_path):
    """The column of pins is no input."""
    text = TEXT.replace("\t", "\tDET\t")
    (tmp_path / "in.txt").write_text(text)
    columns = "0:tokens,1:POS,2:chunk_BIO"
    out = call(models.fed, "in.txt", "--columns", columns, "--pinned", "chunk_BIO")
    assert tags(out)[1] == "O"
