"""What another system predicts becomes labels that are known in part."""

import json

import pytest
from made import spans_of, turn

from tagger.__main__ import main
from util.formats.aligning import OVERLAP

TEXT = "Lena met Brandt in Leeds with Ada"
SPANS = [
    {"start": 0, "end": 4, "label": "PER", "score": 0.95},
    {"start": 9, "end": 15, "label": "PER", "score": 0.7},
    {"start": 19, "end": 24, "label": "LOC", "score": 0.2},
    {"start": 30, "end": 33, "label": "PER"},
]


@pytest.fixture
def columns(tmp_path):
    def columns(spans, *flags, text=TEXT):
        path, out = tmp_path / "in.jsonl", tmp_path / "out.txt"
        path.write_text(json.dumps({"text": text, "spans": spans}) + "\n", "utf-8")
        main(["convert", str(path), str(out), *flags])
        return [x.split("\t")[1] for x in out.read_text("utf-8").splitlines() if x]

    return columns


def test_what_is_sure_is_pinned_and_what_is_doubtful_left_open(columns):
    tags = columns(SPANS, "--sure", "0.9", "--doubtful", "0.5")
    assert tags == ["B-PER", "O", "?", "O", "O", "O", "B-PER"]


@pytest.mark.parametrize(
    ("flags", "tags"),
    [
        (["--sure", "0.95"], "B-PER O ? O ? O B-PER"),
        (["--sure", "0.7", "--doubtful", "0.7"], "B-PER O B-PER O O O B-PER"),
        (["--sure", "1", "--doubtful", "0"], "? O ? O ? O B-PER"),
        (["--sure", "0.9", "--scheme", "IOBES"], "S-PER O ? O ? O S-PER"),
        ([], "B-PER O B-PER O B-LOC O B-PER"),
    ],
)
def test_limits(flags, tags, columns, capsys):
    assert columns(SPANS, *flags) == tags.split()
    lost = "3 x scores, which have no place there"
    assert (lost in capsys.readouterr().err) == (not flags)


def test_a_sure_span_wins_over_a_doubtful_one(columns, caplog):
    spans = [
        {"start": 0, "end": 8, "label": "ORG", "score": 0.6},
        {"start": 0, "end": 4, "label": "PER", "score": 0.9},
        {"start": 0, "end": 4, "label": "LOC", "score": 0.95},
    ]
    tags = columns(spans, "--sure", "0.9", "--doubtful", "0.5")
    assert tags == ["B-LOC", "?", "O", "O", "O", "O", "O"]
    (record,) = caplog.records  # of two sure ones the likelier
    assert OVERLAP in record.getMessage() and "PER" in record.getMessage()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--doubtful", "0.5"], "goes with --sure"),
        (["--sure", "0.5", "--doubtful", "0.6"], "not be above"),
        (["--sure", "2"], "from 0 to 1"),
        (["--sure", "nan"], "from 0 to 1"),
        (["--sure", "0.9", "--to", "doccano"], "only columns"),
    ],
)
def test_limits_that_cannot_be(flags, says, columns, capsys):
    with pytest.raises(SystemExit):
        columns(SPANS, *flags)
    assert says in capsys.readouterr().err


def test_other_names_of_the_same_things(columns):
    spans = [
        {"start": 0, "end": 4, "entity_group": "PER", "score": 0.9, "word": "Lena"},
        {"start": 9, "end": 15, "type": "PER", "confidence": 0.1},
    ]
    assert columns(spans, "--sure", "0.5")[:3] == ["B-PER", "O", "?"]


@pytest.mark.parametrize("form", ["spans", "json", "labelstudio"])
def test_scores_stay_where_they_can(form, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"text": TEXT, "spans": SPANS[:3]}), "utf-8")
    there, lost = turn(path, "spans", form)
    back, more = turn(there, form, "spans")
    found = json.loads(back.read_text("utf-8"))["spans"]
    assert (
        [s["score"] for s in found] == [0.95, 0.7, 0.2]
        and not lost.total
        and not more.total
    )
    assert spans_of(back, "spans") == spans_of(path, "spans")


def test_predictions_go_to_label_studio_as_predictions(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"text": TEXT, "spans": SPANS[:2]}), "utf-8")
    (task,) = json.loads(turn(path, "spans", "labelstudio")[0].read_text("utf-8"))
    assert "annotations" not in task
    assert task["predictions"][0]["score"] == pytest.approx(0.825)


def test_columns_with_open_labels_are_read(columns, tmp_path, capsys):
    columns(SPANS, "--sure", "0.9", "--doubtful", "0.5")
    path, out = tmp_path / "out.txt", tmp_path / "a.json"
    flags = ["--columns", "0:tokens,1:NER_BIO", "--partial"]
    main(["convert", str(path), str(out), *flags])
    assert "1 x open labels" in capsys.readouterr().err
    assert spans_of(out, "labelstudio") == [[("Ada", "PER"), ("Lena", "PER")]]
    for wrong in ("X", "B-PER|", "?|O"):
        path.write_text(f"Lena\tO\n\nis\t{wrong}\n", "utf-8")
        with pytest.raises(SystemExit):
            main(["convert", str(path), str(out), *flags])
        assert capsys.readouterr().err.startswith(f"Error: {path}:3: {wrong!r}")


@pytest.mark.parametrize("value", ["?", "B-PER|B-ORG"])
def test_open_labels_that_nobody_named_are_told(value, tmp_path, capsys):
    path, out = tmp_path / "in.txt", tmp_path / "a.json"
    path.write_text(f"Lena\tB-PER\n\nis\tO\nat\tO\nKiel\t{value}\n", "utf-8")
    with pytest.raises(SystemExit):
        main(["convert", str(path), str(out)])
    told = capsys.readouterr().err
    assert "column 1 holds tags" in told and not out.exists()
    flags = told.split("Say so: ")[1].split(". ")[0].split()
    main(["convert", str(path), str(out), *flags])
    assert spans_of(out, "labelstudio") == [[("Lena", "PER")], []]


def test_a_bar_in_a_label_would_be_two_candidates(columns, tmp_path, capsys):
    spans = [{"start": 0, "end": 3, "label": "A|B", "score": 0.95}]
    with pytest.raises(SystemExit):
        columns(spans, "--sure", "0.9")
    assert "in.jsonl:1: the label 'A|B' holds a |" in capsys.readouterr().err
    columns(spans)
    assert "B-A|B" in (tmp_path / "out.txt").read_text("utf-8")


def test_the_file_trains_with_partial(columns, tmp_path, capsys):
    columns(SPANS, "--sure", "0.9", "--doubtful", "0.5")
    flag = capsys.readouterr().err.splitlines()[-1].split()
    assert flag == ["--columns", "0:tokens,1:NER_BIO"]
    path = str(tmp_path / "out.txt")
    main(["check", path, *flag, "--label", "NER_BIO", "--partial"])
    assert "1 have no label" in capsys.readouterr().out
