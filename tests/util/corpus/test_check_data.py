import json
import logging
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagger.commands import check as command
from util.corpus.checking.check import (
    brief,
    check,
    check_sentences,
    default_label,
)
from util.corpus.checking.report import ERROR, NOTE, WARNING
from util.corpus.checking.tags import closest_scheme, valid_schemes
from util.corpus.checking.tally import Tally
from util.corpus.datasets import KNOWN_COLUMNS, label_column, read_split, split_files
from util.corpus.owndata import full_label
from util.preprocessing import loadDatasetPickle, perpareDataset

PROJECT = Path(__file__).parents[3]
PUBLIC = Path(os.environ.get("TAGGER_DATA", "."), "data")
CLEAN = {
    "train": "John\tB-PER\nSmith\tI-PER\nsleeps\tO\n\nMary\tB-PER\nruns\tO\n\n",
    "dev": "Smith\tB-PER\nruns\tO\n\n",
    "test": "Mary\tB-PER\nSmith\tI-PER\nruns\tO\n\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make data/toy: the clean files, changed by keyword; None leaves one out."""
    monkeypatch.chdir(tmp_path)

    def make(**splits):
        path = tmp_path / "data" / "toy"
        path.mkdir(parents=True, exist_ok=True)
        for split, text in {**CLEAN, **splits}.items():
            if text is not None:
                content = text if isinstance(text, bytes) else text.encode()
                (path / f"{split}.txt").write_bytes(content)

    return make


def definition(**changes):
    columns = {0: "tokens", 1: "NER_BIO"}
    return {"toy": {"columns": columns, "label": "NER_BIO", **changes}}


def findings(kind, report=None, **changes):
    report = report or check(definition(**changes))
    return [finding for finding in report.all_findings() if finding.kind == kind]


def only(kind, level, **changes):
    (finding,) = findings(kind, **changes)
    assert finding.level == level
    return finding


def places(finding):
    return [place.replace("\\", "/") for place in finding.places]


def test_clean_data_have_no_findings_and_right_counts(folder):
    folder()
    report = check(definition())
    assert report.can_start
    assert report.all_findings() == []
    train = report.datasets[0].splits["train"]
    assert (train.sentences, train.tokens, train.words) == (2, 5, 5)
    assert train.labels == {"B-PER": 2, "O": 2, "I-PER": 1}
    assert train.schemes == ["BIO"]
    assert (train.longest_sentence, train.longest_word) == (3, 6)


def test_the_sample_is_clean():
    dataset = {"path": str(PROJECT / "data" / "sample"), "label": "chunk_BIO"}
    report = check({"sample": {**dataset, "columns": KNOWN_COLUMNS["sample"]}})
    assert report.all_findings() == []


# ----------------------------------------------------------------------------- errors


def test_every_line_with_too_few_columns_is_named_up_to_a_limit(folder):
    folder(train=CLEAN["train"] + "alone\n" * 30, dev=CLEAN["dev"] + "x\n")
    first, second = findings("columns")
    assert first.level == ERROR
    assert first.count == 30
    assert len(first.places) == 20
    assert places(first)[0] == (
        "data/toy/train.txt:8: expected at least 2 columns, found 1"
    )
    assert places(second)[0].startswith("data/toy/dev.txt:4:")
    assert not check(definition()).can_start


def test_bytes_that_are_not_utf8(folder):
    folder(test=b"Mary\tB-PER\nJos\xe9\tI-PER\nruns\tO\nJos\xe9\tB-PER\n")
    finding = only("encoding", ERROR)
    assert finding.count == 2
    assert places(finding)[0].startswith("data/toy/test.txt:2: not UTF-8")
    assert places(finding)[1].startswith("data/toy/test.txt:4: not UTF-8")


def test_utf16_is_named(folder):
    folder(train=CLEAN["train"].encode("utf-16"))
    assert "UTF-16" in only("encoding", ERROR).text


@pytest.mark.parametrize("text", ["", "\n\n  \n", b"\xef\xbb\xbf"])
def test_files_without_sentences(folder, text):
    folder(test=text)
    finding = only("empty", ERROR)
    assert places(finding) == ["data/toy/test.txt"]


def test_missing_splits(folder):
    folder(train=None, dev=None, test=None)
    levels = [(f.level, f.text.split(":")[0]) for f in findings("missing")]
    assert levels == [(ERROR, "train"), (ERROR, "dev"), (NOTE, "test")]
    levels = [f.level for f in findings("missing", evaluate=False)]
    assert levels == [ERROR, NOTE, NOTE]


def test_a_missing_folder_and_a_missing_named_file(folder):
    folder()
    assert "nowhere" in only("missing", ERROR, path="nowhere").text
    files = {"train": "train.txt", "dev": "none.txt"}
    missing = findings("missing", files=files)
    assert [f.level for f in missing] == [ERROR, NOTE]
    assert "none.txt" in missing[0].text


def test_a_dev_split_without_labels(folder):
    folder(dev="Smith\nruns\n")
    assert places(only("dev_labels", ERROR)) == ["data/toy/dev.txt:1"]
    assert findings("dev_labels", evaluate=False) == []


def test_a_test_split_without_labels_is_fine(folder):
    folder(test="Mary\nSmith\n")
    report = check(definition())
    assert report.all_findings() == []
    assert not report.datasets[0].splits["test"].labelled


def test_a_label_that_is_no_column(folder):
    folder()
    assert "POS" in only("label_column", ERROR, label="POS").text


def test_a_definition_without_tokens(folder):
    folder()
    assert "tokens" in only("definition", ERROR, columns={0: "words"}).text


def test_a_file_that_cannot_be_read(folder, monkeypatch):
    folder()

    def refuse(path, *rest):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("util.corpus.checking.dataset.scan", refuse)
    found = findings("unreadable")
    assert [f.level for f in found] == [ERROR] * 3
    assert "Permission denied" in found[0].text


def test_damaged_and_missing_vectors(folder, text_file):
    folder()
    path = text_file("John 1 2 3\nzzz 1 2\n", "vectors.txt")
    (finding,) = check(definition(), path).findings
    assert finding.level == ERROR
    assert f"{path}:2: expected a word and 3 numbers" in finding.text
    (finding,) = check(definition(), "none.txt").findings
    assert "none.txt is missing" in finding.text


# --------------------------------------------------------------------------- warnings


def test_invalid_transitions_with_their_lines(folder):
    wrong = "a\tO\nb\tI-LOC\n\nc\tI-PER\nd\tB-PER\ne\tI-LOC\n\nf\tB-LOC\n\n"
    folder(train=CLEAN["train"] + wrong)
    finding = only("transitions", WARNING)
    assert finding.count == 3
    assert places(finding) == [
        "data/toy/train.txt:9: I-LOC after O",
        "data/toy/train.txt:11: I-PER after the beginning of the sentence",
        "data/toy/train.txt:13: I-LOC after B-PER",
    ]
    assert check(definition()).can_start


def test_iobes_that_is_not_closed_names_the_last_line(folder):
    folder(
        train="a\tB-PER\nb\tE-PER\nc\tB-PER\n\nd\tS-PER\n\n",
        dev="x\tS-PER\n",
        test="y\tS-PER\n",
    )
    columns = {0: "tokens", 1: "NER_IOBES"}
    finding = only("transitions", WARNING, columns=columns, label="NER_IOBES")
    assert places(finding) == ["data/toy/train.txt:3: the sentence ends with B-PER"]


def test_another_scheme_than_the_name_announces(folder):
    iob = "John\tI-PER\nSmith\tI-PER\n\nMary\tI-PER\n"
    folder(train=iob, dev="Bob\tI-PER\n")
    train, dev = findings("scheme")
    assert train.level == WARNING
    assert train.count == 2
    assert "valid IOB: " in train.text
    assert "_IOB." in dev.text


def test_tags_in_a_column_of_another_name(folder):
    folder()
    finding = only("scheme", WARNING, columns={0: "tokens", 1: "NER"}, label="NER")
    assert "_BIO" in finding.text


@pytest.mark.parametrize(
    ("tags", "schemes", "closest"),
    [
        ("B-A I-A O B-A B-A", ["BIO"], "BIO"),
        ("I-A I-A O I-A B-A", ["IOB"], "IOB"),
        ("B-A E-A O S-A S-A", ["IOBES"], "IOBES"),
        ("O O", ["BIO", "IOB", "IOBES"], None),
        ("NOUN VERB INTJ BE-NP", [], None),
        ("B-A I-A O I-A O B-B I-B B-A", [], "BIO"),
    ],
)
def test_schemes_found(tags, schemes, closest):
    tally = Tally()
    tags = tags.split()
    tally.add(["w"] * len(tags), tags)
    assert valid_schemes(tally) == schemes
    assert closest_scheme(tally) == closest


def test_labels_of_another_scheme_than_the_column(folder):
    folder()
    report = check(definition(label="NER_IOBES"))
    assert report.all_findings() == []
    train = report.datasets[0].splits["train"]
    assert train.labels == {"O": 2, "B-PER": 1, "E-PER": 1, "S-PER": 1}


def test_labels_only_in_dev_or_test(folder):
    folder(dev="Smith\tB-LOC\nx\tB-LOC\n", test="x\tB-PER\ny\tB-ORG\n")
    dev, test = findings("new_labels")
    assert (dev.level, test.level) == (WARNING, WARNING)
    assert "dev: 1 label" in dev.text
    assert "B-LOC (2)" in dev.text
    assert "B-ORG (1)" in test.text


def test_one_label_and_far_too_many(folder):
    folder(train="a\tO\n", dev="b\tO\n", test="c\tO\n")
    assert "only one label, O" in only("one_label", WARNING).text
    lines = "".join(f"w{i}\tlabel{i}\n\n" for i in range(2100))
    folder(train=lines)
    only("many_labels", WARNING, columns={0: "tokens", 1: "X"}, label="X")


def test_sentences_in_two_splits(folder):
    folder(dev=CLEAN["dev"] + "Mary\tO\nruns\tO\n\n" * 2)
    finding = only("shared", WARNING)
    assert finding.count == 2
    assert "dev: 2 sentences (66.7 %) also in train." in finding.text
    assert places(finding) == ["data/toy/dev.txt:4: as data/toy/train.txt:5"]
    assert check(definition()).datasets[0].splits["dev"].shared == {"train": 2}


def test_long_sentences_and_words(folder):
    folder(
        train=CLEAN["train"] + "w\tO\n" * 501 + "\n" + "v\tO\n" * 500,
        test="a\tO\n" + "x" * 101 + "\tO\n" + "y" * 100 + "\tO\n",
    )
    finding = only("long_sentence", WARNING)
    assert finding.count == 1
    assert places(finding) == ["data/toy/train.txt:8: 501 tokens"]
    finding = only("long_word", WARNING)
    assert finding.count == 1
    assert places(finding) == ["data/toy/test.txt:2: 101 characters"]


def test_a_byte_order_mark_is_noted_and_not_counted(folder):
    folder(train=b"\xef\xbb\xbf" + CLEAN["train"].encode())
    only("byte_order_mark", NOTE)
    assert check(definition()).datasets[0].splits["train"].words == 5


def test_line_ends(folder):
    windows = CLEAN["dev"].replace("\n", "\r\n")
    folder(dev=windows)
    only("line_ends", NOTE)
    folder(dev=windows + "new\tO\n")
    assert "mixed" in only("line_ends", WARNING).text
    folder(dev=CLEAN["dev"].replace("\n", "\r"))
    assert "carriage return" in only("line_ends", WARNING).text


@pytest.mark.parametrize("character", ["\u200b", "\x07", "\ufeff", "\u202e", "\ufffd"])
def test_characters_that_do_not_show(folder, character):
    folder(test=f"a\tO\nb{character}c\tO\n")
    finding = only("characters", WARNING)
    assert f"U+{ord(character):04X}" in finding.places[0]
    assert places(finding)[0].startswith("data/toy/test.txt:2:")
    assert finding.places[0].isprintable()


@pytest.mark.parametrize(
    "word",
    ["\u200c", "\u0645\u06cc\u200c", "\U0001f469\u200d\U0001f692", "10\u00a0000"],
)
def test_characters_that_belong_there(folder, word):
    folder(test=f"a\tO\n{word}\tO\n")
    assert findings("characters") == []


def test_columns_that_vary_in_number(folder):
    folder(test="a\tO\nb\tO\tmore\nc\tO\n")
    finding = only("uneven_columns", WARNING)
    assert places(finding) == ["data/toy/test.txt:2: 3 columns"]


def test_empty_values(folder):
    folder(test="a\tO\n\tO\nc\t\n")
    finding = only("empty_value", WARNING)
    assert places(finding) == ["data/toy/test.txt:2: an empty token"]
    finding = only("empty_label", ERROR)
    assert places(finding) == ["data/toy/test.txt:3: an empty label"]


def test_coverage_by_training_and_by_vectors(folder, text_file):
    folder(dev="SMITH\tO\nnew\tO\nnew\tO\nruns\tO\n")
    path = text_file("3 2\nsmith 1 2\nruns 1 2\nother 1 2\n", "vectors.txt")
    report = check(definition(), path)
    dev = report.datasets[0].splits["dev"]
    assert (dev.known_tokens, dev.known_words) == (2 / 4, 2 / 3)
    assert (dev.vector_tokens, dev.vector_words) == (2 / 4, 2 / 3)
    train = report.datasets[0].splits["train"]
    assert (train.known_tokens, train.vector_tokens) == (None, 2 / 5)
    assert (
        "train: the vectors cover only 40.0 %" in findings("coverage", report)[0].text
    )


def test_comments_and_conllu_keep_their_line_numbers(folder):
    row = "{}\t{}" + "\t_" * 8 + "\n"
    words = row.format("1-2", "im") + row.format(1, "in") + row.format(2, "\u200bdem")
    folder(train="# text\n" + words, dev="# x\n" + words.replace("in", "an"), test=None)
    columns = {1: "tokens", 3: "POS"}
    report = check(definition(columns=columns, label="POS"))
    assert report.datasets[0].splits["train"].tokens == 2
    assert places(findings("characters", report)[0])[0].startswith(
        "data/toy/train.txt:4"
    )
    folder(train="%no\n" + CLEAN["train"])
    assert findings("columns") != []
    assert findings("columns", commentSymbol="%") == []


# ---------------------------------------------------- the same verdict as training


def broken_file(generator):
    lines = ["a\tB-X", "b\tI-X", "c\tO", "c O d", "", "", "x", "\ufeff", "#\tO", "# x"]
    lines.append("d\tORG")
    chosen = generator.choices(lines, [9, 5, 9, 3, 4, 4, 0.3, 0.2, 1, 0.2, 0.2], k=8)
    end = generator.choice(["\n", "\n", "\r\n"])
    content = end.join(chosen[: generator.randrange(9)]).encode()
    return content.replace(b"c", b"\xff") if generator.random() < 0.05 else content


def test_the_verdict_is_that_of_training(folder):
    generator = random.Random(6)
    verdicts = []
    for _ in range(150):
        folder(**{split: broken_file(generator) for split in CLEAN})
        try:
            _, _, data = loadDatasetPickle(perpareDataset(None, definition()))
            starts = any(row["NER_BIO"] for row in data["toy"]["devMatrix"])
        except ValueError:
            starts = False
        report = check(definition())
        assert report.can_start == starts, report
        verdicts.append(starts)
    assert 20 < sum(verdicts) < 130


# ------------------------------------------------------------------ in few lines


def test_preparing_data_logs_the_findings_once(folder, caplog):
    folder(dev=CLEAN["dev"] + "Mary\tO\nruns\tI-LOC\n\n")
    with caplog.at_level(logging.WARNING):
        perpareDataset(None, definition())
    assert caplog.messages == [
        "toy, dev: 1 label that training lacks, so that no model can learn them from "
        "it: I-LOC (1)",
        "toy, dev: 1 transition that BIO does not allow.",
        "toy, dev: 1 sentence (50.0 %) also in train.",
        f"See where: python -m tagger check {os.path.join('data', 'toy')} "
        "--columns 0:tokens,1:NER_BIO --label NER_BIO",
    ]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        perpareDataset(None, definition())
    assert caplog.messages == []


def test_clean_data_are_not_spoken_of(folder, caplog):
    folder()
    with caplog.at_level(logging.WARNING):
        perpareDataset(None, definition())
    assert caplog.messages == []
    assert brief(check(definition())) == []


def test_labels_that_a_transformation_made_numbers():
    datasets = definition(columns={0: "tokens", 1: "size"}, label="size")
    sentences = {"train": [{"tokens": ["a", "b"], "size": [5, 5]}]}
    files = {"toy": {"train": "train.txt"}}
    report = check_sentences(datasets, files, {"toy": sentences})
    assert brief(report)[0] == "toy, train: there is only one label, 5."


def test_brief_names_the_place_of_an_error_and_stays_brief(folder):
    folder(train=CLEAN["train"] + "x\n")
    (line, command) = brief(check(definition()))
    assert "train.txt:8" in line
    assert command.startswith("See where: ")
    report = check(definition())
    report.datasets[0].findings *= 30
    assert len(brief(report)) == 12


# ------------------------------------------------------------------- command line


def test_the_command_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "tagger", "check", "data/sample"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, encoding="utf-8")
    assert result.stderr == ""
    assert result.returncode == 0
    assert result.stdout.startswith("sample, label chunk_BIO\n")
    assert result.stdout.endswith("Training can start. Nothing is wrong.\n")


def run_main(*flags):
    with pytest.raises(SystemExit) as exit_:
        command.main(["data/toy", *flags])
    return exit_.value.code


def test_exit_code_and_text_of_errors(folder, capsys):
    folder(train=CLEAN["train"] + "x\n" * 23)
    assert run_main("--columns", "0:tokens,1:NER_BIO") == 1
    out = capsys.readouterr().out
    assert "error: train: 23 lines with too few columns." in out
    assert "train.txt:8: expected at least 2 columns, found 1\n" in out
    assert "    ... and 3 more\n" in out
    assert out.endswith("Training could not start: 1 error.\n")


def test_warnings_leave_the_exit_code_at_0(folder, capsys):
    folder(dev="x\tB-NEW\n")
    assert run_main("--columns", "0:tokens,1:NER_BIO") == 0
    assert capsys.readouterr().out.endswith("Training can start, with 1 warning.\n")


def test_json(folder, capsys):
    folder(dev="x\tB-NEW\n")
    assert run_main("--columns", "0:tokens,1:NER_BIO", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["can_start"] is True
    (dataset,) = content["datasets"]
    assert dataset["splits"]["dev"]["labels"] == {"B-NEW": 1}
    assert dataset["findings"][0]["kind"] == "new_labels"


def test_unknown_columns_show_the_first_lines(folder, capsys):
    folder(train="% one\n" + CLEAN["train"])
    assert run_main("--comment", "%") == 1
    err = capsys.readouterr().err
    assert "--columns 0:tokens,1:NER_BIO" in err
    assert "0:John 1:B-PER" in err
    assert "one" not in err


def test_the_label_can_be_chosen(folder, capsys):
    folder(train="a\tX\tO\n", dev="b\tX\tO\n", test=None)
    flags = ("--columns", "0:tokens,1:POS,2:NER_BIO")
    run_main(*flags)
    assert "label NER_BIO" in capsys.readouterr().out
    run_main(*flags, "--label", "POS")
    assert "label POS" in capsys.readouterr().out


@pytest.mark.parametrize("data", ["data/toy", "data/toy/train.txt"])
def test_check_and_training_read_a_label_and_its_style_alike(folder, capsys, data):
    folder(**{split: text.replace("I-", "L-") for split, text in CLEAN.items()})
    with pytest.raises(SystemExit) as ended:  # as `tagger train DATA --label NER` does
        command.main([data, "--label", "NER"])
    assert ended.value.code == 0
    assert "label NER_BIO" in capsys.readouterr().out


def test_a_label_is_a_name_that_its_column_gives():
    columns = {0: "tokens", 1: "my_NER_IOB", 2: "NER_IOB", 3: "NER_BIO"}
    for name, index in [
        *[("NER_BIO", 3), ("NER_IOB", 2), ("NER_IOBES", 2), ("NER_class", 2)],
        *[("my_NER_class", 1), ("NER", None), ("NER_IOBS", None), ("my_BIO", None)],
    ]:
        assert label_column({"columns": columns, "label": name}) == index
    assert full_label("my_NER", columns) == "my_NER_IOB"
    assert full_label("NER_class", columns) == "NER_class"


def test_control_characters_of_the_data_do_not_reach_the_terminal(folder, capsys):
    folder(train="a\tB-\x1b[2J\nb\tI-\x1b[2J\n", dev="b\tX\x1b[2J\n")
    run_main("--columns", "0:tokens,1:NER_BIO")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b[2J" in out


# ---------------------------------------------------------------------- public data


def public(name):
    if "TAGGER_DATA" not in os.environ or not (PUBLIC / name).exists():
        pytest.skip(f"TAGGER_DATA, the folder above data/{name}, is not set")
    columns = KNOWN_COLUMNS[name]
    label = default_label(columns)
    return {name: {"path": str(PUBLIC / name), "columns": columns, "label": label}}


def test_conll2000_shares_boilerplate_between_train_and_dev():
    report = check(public("conll2000_chunking"))
    assert report.can_start
    splits = report.datasets[0].splits
    assert splits["dev"].shared == {"train": 38}
    assert all(split.schemes == ["BIO"] for split in splits.values())
    (finding,) = findings("new_labels", report)
    assert "I-LST (2)" in finding.text


def test_wnut_has_hidden_characters():
    report = check(public("wnut17"))
    assert report.can_start
    found = [place for f in findings("characters", report) for place in f.places]
    assert any("dev.conll:15556: U+200B" in place for place in found)
    assert findings("columns", report) == []


def test_germeval_lacks_its_training_split():
    report = check(public("GermEval2014"))
    assert not report.can_start
    errors = [f for f in report.all_findings() if f.level == ERROR]
    assert [f.kind for f in errors] == ["missing"]
    (finding,) = findings("uneven_columns", report)
    assert finding.places[0].endswith("ukp_test.txt:18781: 5 columns")


def test_ewt_is_read_as_conllu():
    report = check(public("UD_English-EWT"))
    assert report.can_start
    train = report.datasets[0].splits["train"]
    assert (train.sentences, train.tokens, len(train.labels)) == (12544, 204577, 17)


def processor_seconds(work):
    """Result and least processor time of three calls."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, min(seconds)


def test_checking_what_was_read_costs_little():
    """Measured against the reading, so that a slow machine does not matter."""
    datasets = public("conll2000_chunking")
    files = {name: split_files(name, d) for name, d in datasets.items()}
    sentences, reading = processor_seconds(
        lambda: {
            name: {split: read_split(path, datasets[name]) for split, path in f.items()}
            for name, f in files.items()
        }
    )
    report, checking = processor_seconds(
        lambda: check_sentences(datasets, files, sentences)
    )
    assert report.datasets[0].splits["dev"].shared == {"train": 38}
    assert checking < 0.5 * reading
