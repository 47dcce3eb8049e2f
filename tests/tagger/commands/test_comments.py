"""A model remembers what comments begin with; flags may begin with a dash."""

import io
import os
import sys

import h5py
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from tagger.commands import check, evaluate, tag
from tagger.tagging.flags import add_column_flags
from util.commandline import verb_parser

SIGN = "##"


def commented(path):
    """Put a comment of three words before each sentence of a file."""
    text = path.read_text("utf-8").strip("\n")
    text = "\n\n".join(f"{SIGN} DET B-NP\n{part}" for part in text.split("\n\n"))
    path.write_text(text + "\n\n", "utf-8")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model of one task with comments, and one of two tasks that differ."""
    path = tmp_path_factory.mktemp("comments")
    toy.write_corpus(path / "corpus", train=8, other=4)
    for file in (path / "corpus").iterdir():
        commented(file)
    toy.write_corpus(path / "plain", train=8, other=4)
    with toy.folder(path):
        chunks = toy.dataset("corpus", "chunk_BIO", commentSymbol=SIGN)
        one = toy.tagger({}, {"chunks": chunks})
        two = toy.tagger({}, {"chunks": chunks, "pos": toy.dataset("plain")})
        paths = []
        for name, model in {"one": one, "two": two}.items():
            model.buildModel()
            model.modelSavePath = str(path / f"{name}.h5")
            paths.append(model.saveModel("chunks", 0, 0, 0))
    return path, *paths


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Run a verb; return what it writes on standard output."""
    monkeypatch.chdir(tmp_path)

    def call(verb, *arguments):
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
        monkeypatch.setattr(sys, "stdout", stream)
        try:
            verb.main([*map(str, arguments)])
        except SystemExit as stop:
            assert stop.code == 0
        stream.flush()
        return stream.buffer.getvalue().decode()

    return call


COLUMNS = ["--columns", "0:tokens,1:POS,2:chunk_BIO"]


def test_tagging_leaves_the_comments_of_training_alone(models, call):
    folder, one, _ = models
    lines = call(tag, one, folder / "corpus" / "test.txt", *COLUMNS).split("\n")
    comments = [line for line in lines if line.startswith(SIGN)]
    assert comments and set(comments) == {f"{SIGN} DET B-NP"}
    lines = call(tag, one, folder / "corpus" / "test.txt", *COLUMNS, "--comment", "")
    assert f"{SIGN} DET B-NP\n" not in lines


def test_evaluation_skips_the_comments_of_training(models, call):
    folder, one, _ = models
    file = folder / "corpus" / "test.txt"
    plain = folder / "without.txt"
    text = file.read_text("utf-8")
    plain.write_text(text.replace(f"{SIGN} DET B-NP\n", ""), "utf-8")
    table = call(evaluate, one, file, *COLUMNS).split("processed ")[1]
    assert table == call(evaluate, one, plain, *COLUMNS).split("processed ")[1]
    counted = call(evaluate, one, file, *COLUMNS, "--comment", "")
    assert counted.split("processed ")[1] != table


def test_tasks_that_differ_in_it_must_be_told(models, call):
    folder, _, two = models
    file = folder / "corpus" / "test.txt"
    with pytest.raises(ValueError, match="different comments .##, none.*--comment"):
        call(tag, two, file, *COLUMNS)
    assert SIGN in call(tag, two, file, *COLUMNS, "--comment", SIGN)
    call(evaluate, two, file, *COLUMNS, "--task", "chunks")


def test_where_it_is_stored_and_that_old_readers_need_not_know(models):
    _, one, _ = models
    with h5py.File(one) as file:
        assert file.attrs["comments"] == '{"chunks": "##"}'
        assert "comment" not in file.attrs["tasks"]
    assert BiLSTM.loadModel(one).tasks["chunks"].comment == SIGN


def test_training_on_takes_the_sign_of_the_new_data(models):
    folder, one, _ = models
    model = BiLSTM.loadModel(one)
    with toy.folder(folder):
        sets = {"chunks": toy.dataset("plain", "chunk_BIO")}
        _, mappings, data = toy.prepare(sets)
        model.setMappings(mappings, None)
        model.setDataset(sets, data)
    assert model.tasks["chunks"].comment is None


@pytest.mark.parametrize("sign", ["-DOCSTART-", "--", "-", "-X-", "-%", "#", "--=--"])
def test_a_sign_may_begin_with_a_dash(sign):
    parser = verb_parser("", "tag")
    add_column_flags(parser)
    for flags in (["--comment", sign], [f"--comment={sign}"]):
        assert parser.parse_args(flags).comment == sign


@pytest.mark.parametrize("flags", [["--comment", "--tag-style", "x"], ["--comment"]])
def test_a_sign_that_is_missing_is_told(flags, capsys):
    parser = verb_parser("", "tag")
    add_column_flags(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(flags)
    assert "--comment: expected one argument" in capsys.readouterr().err


def test_the_data_check_takes_a_sign_with_a_dash(call, tmp_path):
    os.mkdir("data")
    for split in ("train", "dev", "test"):
        text = f"-DOCSTART- -X-\n\n{split} X\nb{split} Y\n\nc{split} Y\n"
        (tmp_path / "data" / f"{split}.txt").write_text(text, "utf-8")
    out = call(check, "data", "--columns", "0:tokens,1:POS", "--comment", "-DOCSTART-")
    assert "-X-" not in out
    assert "note: train: 1 line -DOCSTART-, skipped." in out


def test_gold_labels_that_look_like_known_ones_are_refused(models, call, caplog):
    folder, one, _ = models
    path = folder / "odd.txt"
    path.write_text("Dog NOUN B-NP\u00a0\nx NOUN O\n", "utf-8")
    with pytest.raises(ValueError, match=r"odd.txt: labels that look.*U\+00A0"):
        call(evaluate, one, path, *COLUMNS)
    path.write_text("Dog NOUN B-np\nx NOUN O\n", "utf-8")
    call(evaluate, one, path, *COLUMNS)
    assert "letter case alone" in caplog.text
