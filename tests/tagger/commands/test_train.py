"""`tagger train`: own files to a tagger, from flags alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import toy

from tagger.commands import tag, train
from util.corpus.definition import check_definition
from util.corpus.owndata import define, with_dev
from util.preprocessing import perpareDataset

ROOT = Path(__file__).resolve().parents[3]
BIO = "Anna\tB-PER\nruft\tO\n\nIn\tO\nNew\tB-LOC\nYork\tI-LOC\n\n"


def write(path, text):
    path.write_text(text, "utf-8")
    return str(path)


def test_two_columns_are_found_and_a_column_of_tags_is_scored_by_spans(tmp_path):
    name, dataset = define(write(tmp_path / "mine.txt", BIO), "NER")
    assert name == "mine-NER_BIO" and dataset["label"] == "NER_BIO"
    assert dataset["columns"] == {0: "tokens", 1: "NER_BIO"}


def test_a_label_may_stand_first(tmp_path):
    lines = [line.split("\t")[::-1] for line in BIO.split("\n")]
    text = "\n".join("\t".join(line) for line in lines)
    _, dataset = define(write(tmp_path / "mine.txt", text), "NER_BIO")
    assert dataset["columns"] == {1: "tokens", 0: "NER_BIO"}


def test_the_first_column_may_be_named_as_tags(tmp_path):
    path = write(tmp_path / "mine.txt", "B-PER Anna\nO ruft\nO sie\n\n")
    _, dataset = define(path, "NER", {0: "NER_BIO", 1: "tokens"})
    assert dataset["label"] == "NER_BIO"
    with pytest.raises(ValueError, match="no such column. There are: NER_BIO, tokens"):
        define(path, "POS", {0: "NER_BIO", 1: "tokens"})


def test_a_foreign_style_is_converted(tmp_path):
    text = BIO.replace("B-PER", "U-PER").replace("I-LOC", "L-LOC")
    _, dataset = define(write(tmp_path / "mine.txt", text), "NER_BIO")
    assert dataset["tagStyle"] == {"NER_BIO": "BILOU"}


def test_conllu_is_recognised(tmp_path):
    rows = "\n".join(f"{i}\tw{i}\tw\tNOUN\tNN\t_\t0\troot\t_\t_" for i in (1, 2))
    path = write(tmp_path / "mine.conllu", f"# sent_id = 1\n{rows}\n\n")
    _, dataset = define(path, "UPOS")
    assert dataset["columns"] == {1: "tokens", 3: "UPOS"}


@pytest.mark.parametrize(
    "text, flags",
    [
        (BIO.replace("\t", "\tX\t"), "--columns 0:tokens,2:NER_BIO --label NER_BIO"),
        ("# id 1\n" + BIO, "--comment '#'"),
        ("a DET\nb NOUN\n\n", "--columns 0:tokens,1:NER"),
    ],
)
def test_what_is_not_sure_ends_with_the_flags_to_give(tmp_path, text, flags):
    with pytest.raises(ValueError) as caught:
        define(write(tmp_path / "mine.txt", text), "NER")
    assert flags in str(caught.value)


def test_wrong_columns_name_the_flag(tmp_path):
    path = write(tmp_path / "m.txt", BIO)
    for columns in ({0: "tokens", 7: "NER"}, {7: "tokens", 1: "NER"}):
        with pytest.raises(ValueError, match="--columns names column 7"):
            define(path, "NER", columns)


def test_the_dev_split_is_drawn_by_the_seed_and_stored(tmp_path):
    text = "".join(f"w{i}\tB-X\n\n" for i in range(20))
    name, dataset = define(write(tmp_path / "mine.txt", text), "NER")
    drawn = []
    for seed in (1, 1, 2):
        made = with_dev(name, dataset, 0.2, seed, str(tmp_path))
        parts = [
            (Path(made["path"]) / f"{s}.txt").read_text() for s in ("train", "dev")
        ]
        assert sorted("".join(parts).split()) == sorted(text.split())
        assert parts[1].count("B-X") == 4
        drawn.append(parts[1])
    assert drawn[0] == drawn[1] != drawn[2]


def test_train_and_tag_from_flags_alone(tmp_path):
    folder = toy.write_corpus(tmp_path / "mine", train=20, other=5)
    command = [sys.executable, "-m", "tagger", "train", folder, "--label", "chunk_BIO"]
    command += ["--label", "POS", "--columns", "0:tokens,1:POS,2:chunk_BIO"]
    command += ["--preset", "small", "--epochs", "1", "--seed", "1"]
    command += ["--output", str(tmp_path / "out")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    models = sorted(path.name for path in (tmp_path / "out").glob("*.h5"))
    assert [name.split("_0")[0] for name in models] == ["mine-POS", "mine-chunk_BIO"]
    assert "python -m tagger tag" in result.stderr.splitlines()[-1]


def test_the_newest_model_is_taken_and_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("A dog.", "utf-8")
    with pytest.raises(ValueError, match="no model in models/"):
        tag.main(["text.txt"])
    (tmp_path / "models").mkdir()
    for number, name in enumerate("bca"):
        (tmp_path / "models" / f"{name}.h5").write_bytes(b"")
        os.utime(tmp_path / "models" / f"{name}.h5", (number, number))
    monkeypatch.setattr(tag, "tag_files", lambda arguments: used.append(arguments))
    used = []
    tag.main(["text.txt"])
    tag.main(["models/b.h5", "text.txt"])
    assert [Path(u.model).name for u in used] == ["a.h5", "b.h5"]
    assert all(u.inputs == ["text.txt"] for u in used)
    assert "a.h5" in capsys.readouterr().err


def test_a_misspelt_key_is_named(tmp_path):
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS", "evalute": True}
    with pytest.raises(ValueError, match="'evalute'. Did you mean 'evaluate'"):
        check_definition("mine", dataset)


def test_missing_vectors_are_not_taken_for_a_data_set(tmp_path):
    dataset = toy.dataset(toy.write_corpus(tmp_path / "mine", train=2, other=2))
    with pytest.raises(ValueError, match="file of word vectors") as caught:
        perpareDataset(str(tmp_path / "my.vec"), {"mine": dataset})
    assert "train.txt" not in str(caught.value)


def test_partial_labels_are_no_foreign_style(tmp_path, caplog):
    columns = {0: "tokens", 1: "NER"}
    text = BIO.replace("ruft\tO", "ruft\t?").replace("B-PER", "B-PER|B-ORG")
    path = write(tmp_path / "mine.txt", text)
    _, dataset = define(path, "NER", columns, partial=True)
    assert dataset["label"] == "NER_BIO" and "tagStyle" not in dataset
    # Beside O, a question mark is no O.
    _, dataset = define(path, "NER_BIO", {0: "tokens", 1: "NER_BIO"})
    assert "tagStyle" not in dataset
    with pytest.raises(ValueError, match=r"'\?' is no tag.*--partial"):
        perpareDataset(None, {"x": {**dataset, "evaluate": False}})


def test_question_marks_in_place_of_o_are_told(tmp_path, caplog):
    path = write(tmp_path / "mine.txt", BIO.replace("\tO", "\t?"))
    columns = {0: "tokens", 1: "NER_BIO"}
    _, dataset = define(path, "NER_BIO", columns)
    assert dataset["tagStyle"] == {"NER_BIO": "O=?"}
    assert "give --partial" in caplog.text
    _, dataset = define(path, "NER_BIO", columns, partial=True)
    assert "tagStyle" not in dataset


def test_partial_labels_in_another_style_are_refused(tmp_path):
    text = BIO.replace("B-PER", "U-PER").replace("I-LOC", "L-LOC")
    path = write(tmp_path / "mine.txt", text.replace("ruft\tO", "ruft\t?"))
    with pytest.raises(ValueError, match="BILOU.*--partial.*must be in BIO"):
        define(path, "NER_BIO", {0: "tokens", 1: "NER_BIO"}, partial=True)


def test_the_preset_for_few_sentences_reads_what_tells_no_label(tmp_path, monkeypatch):
    text = "\n".join(f"w{i} N B-X X 1\n" for i in range(20))
    (tmp_path / "mine.txt").write_text(text + "\n", "utf-8")
    used = []
    monkeypatch.setattr(train, "train_with", used.append)
    columns = "0:tokens,1:POS,2:NER_BIO,3:NER_class,4:weight"
    command = [str(tmp_path / "mine.txt"), "--label", "NER_BIO", "--columns", columns]
    command += ["--weights", "weight", "--output", str(tmp_path / "out")]
    for preset, names in {"few": ["tokens", "casing", "POS"], "small": None}.items():
        train.main([*command, "--preset", preset])
        assert used[-1].params.get("featureNames") == names
    assert used[0].params["directFeatures"] == ["spelling", "context"]
