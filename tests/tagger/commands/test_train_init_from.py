"""`tagger train DATA --init-from MODEL`: a new label for a stored model."""

import pytest
import toy

from tagger.commands import train

FLAGS = ["--label", "chunk_BIO", "--columns", "0:tokens,2:chunk_BIO"]


@pytest.fixture(autouse=True)
def _(workdir):
    pass


@pytest.fixture
def marked():
    """A folder in which the ends of sentences alone are marked."""
    rows = [("the", "x", "O"), ("dog", "x", "O"), ("sees", "x", "O"), (".", "x", "B-E")]
    for split in ("train", "dev"):
        toy.write_sentences(f"marked/{split}.txt", [rows, rows[1:], [rows[0]]] * 3)
    return "marked"


def test_it_tells_the_scores_of_old_labels(marked, trained, caplog, eager):
    caplog.set_level("INFO")
    more = ["--init-from", trained.stored, "--epochs", "1", "--output", "out"]
    train.main([marked, *FLAGS, *more])
    assert "new labels alone are marked, 6 of 24 training tokens" in caplog.text
    assert "begins with" in caplog.text and "new: B-E" in caplog.text
    assert "old labels: none are given; agreement with the stored model" in caplog.text
    train.main([marked, *FLAGS, *more, "--resume"])
    assert "Going on after epoch 1" in caplog.text


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--preset", "small"], "--preset cannot stand with --init-from"),
        (["--embeddings", "vectors.txt"], "--embeddings cannot stand with"),
    ],
)
def test_flags_that_would_make_another_network_are_refused(
    flags, message, marked, capsys
):
    with pytest.raises(SystemExit):
        train.main([marked, *FLAGS, "--init-from", "model.h5", *flags])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--init-from", "nowhere.h5"], "nowhere.h5: no such model file"),
        (["--param", "LSTM-Size=[7]"], "`LSTM-Size` is"),
        (["--partial"], "known in part .*write O"),
    ],
)
def test_what_is_not_possible_is_one_line(flags, message, marked, trained):
    if "--partial" in flags:
        toy.write_sentences("marked/train.txt", [[("a", "x", "?"), (".", "x", "B-E")]])
    given = flags if "--init-from" in flags else ["--init-from", trained.stored, *flags]
    with pytest.raises(ValueError, match=message) as error:
        train.main([marked, *FLAGS, *given, "--output", "out"])
    assert "\n" not in str(error.value)
