"""Files with defects: each ends in one clear line that names the file and the place."""

import json
import logging

import pytest

from tagger.__main__ import main

TEXT = "Lena Brandt works in Leeds."


def doccano(*spans, text=TEXT, **more):
    return json.dumps({"text": text, "label": list(spans), **more})


def studio(*values, **more):
    result = [{"type": "labels", "from_name": "label", "value": v} for v in values]
    task = {"data": {"text": TEXT}, "annotations": [{"result": result}], **more}
    return json.dumps([task])


def scored(score):
    span = {"start": 0, "end": 4, "label": "PER", "score": score}
    return json.dumps({"text": TEXT, "spans": [span]})


def tagged(span=None, **more):
    token = {"text": "Lena", "start": 0, "end": 4, "labels": {"NER": "B-PER"}}
    spans = [span or {"type": "PER", "first_token": 0, "last_token": 0}]
    return json.dumps(
        {"text": "Lena", "tokens": [token], "spans": {"NER": spans}, **more}
    )


def conllu(*cells):
    return "\t".join(cells or ("1", "Lena", *"________")) + "\n"


GOOD = doccano([0, 4, "PER"])
# The format, the content, and where and what the one line says.
ERRORS = {
    "an empty file": (None, "", ": the file is empty"),
    "no JSON": ("doccano", GOOD + "\n{nothing}", ":2: no JSON"),
    "JSON that is cut": ("doccano", GOOD + "\n" + GOOD[:30], ":2: no JSON"),
    "JSON that is deep": ("doccano", "[" * 100_000, ":1: "),
    "a list on a line": ("doccano", GOOD + "\n[1]", ":2: expected a JSON object"),
    "no text": ("doccano", '{"label": []}', ":1: `text` must be a text"),
    "a number as text": ("doccano", '{"text": 1, "label": []}', ":1: `text` must be"),
    "no labels": ("doccano", '{"text": "a"}', ":1: neither `label` nor `entities`"),
    "labels that are no list": ("doccano", doccano()[:-2] + "1}", ":1: "),
    "a span of two": ("doccano", doccano([0, 4]), ":1: `label` must hold"),
    "an offset of text": ("doccano", doccano(["0", 4, "PER"]), ":1: `label` must be"),
    "an offset of truth": ("doccano", doccano([True, 4, "PER"]), ":1: `label` must be"),
    "a broken offset": ("doccano", doccano([0.5, 4, "PER"]), ":1: `label` must be"),
    "an empty label": ("doccano", doccano([0, 4, ""]), ":1: a label must be"),
    "a label with a line end": ("doccano", doccano([0, 4, "a\nb"]), ":1: a label must"),
    "a label that is null": ("doccano", doccano([0, 4, None]), ":1: a label must be"),
    "an entity without end": (
        "doccano",
        '{"text": "a", "entities": [{"label": "X", "start_offset": 0}]}',
        ":1: `end_offset` must be",
    ),
    "half a character": (
        "doccano",
        '{"text": "a \\ud83d b", "label": []}',
        ":1: half a surrogate pair",
    ),
    "Latin-1": ("doccano", GOOD.encode() + b"\n\xe9", ":2: not UTF-8"),
    "UTF-16": ("doccano", GOOD.encode("utf-16"), ":1: not UTF-8, but UTF-16"),
    "tokens outside": (
        "doccano",
        doccano(tokens=[[[0, 400]]]),
        ":1: the token at characters 0 to 400",
    ),
    "tokens that overlap": (
        "doccano",
        doccano(tokens=[[[0, 4], [2, 6]]]),
        ":1: the token at characters 2 to 6",
    ),
    "an object that is no task": ("labelstudio", '{"a": 1}', ": no export of Label"),
    "a task without annotations": ("labelstudio", "[{}]", ": task 1: no `annotations`"),
    "an annotation of a number": (
        "labelstudio",
        '[{"data": {"text": "a"}, "annotations": [1]}]',
        ": task 1: an annotation must be",
    ),
    "a region of a number": (
        "labelstudio",
        '[{"data": {"text": "a"}, "annotations": [{"result": [1]}]}]',
        ": task 1: a region must be",
    ),
    "a region without end": (
        "labelstudio",
        studio({"start": 0, "labels": ["PER"]}),
        ": task 1: `end` must be",
    ),
    "a score of text": ("spans", scored("high"), ":1: a score must be"),
    "a score above one": ("spans", scored(1.5), ":1: a score must be"),
    "a score that is no number": ("spans", scored(float("nan")), ":1: a score must be"),
    "a span of text": ("spans", '{"text": "a", "spans": ["a"]}', ":1: a span must be"),
    "no spans": ("spans", '{"text": "a"}', ":1: neither `spans` nor `entities`"),
    "columns that are short": (
        "spans",
        '{"text": "a b", "spans": [], "tokens": [[[0, 1], [2, 3]]], '
        '"columns": {"POS": [["X"]]}}',
        ":1: `columns` must hold",
    ),
    "no tokens": ("json", '{"text": "a", "tokens": []}', ":1: `tokens` are missing"),
    "a token of another text": ("json", tagged(text="Mia"), ":1: the token 'Lena'"),
    "a span of more tokens": (
        "json",
        tagged({"type": "PER", "first_token": 0, "last_token": 3}),
        ":1: a span has the tokens 0 to 3",
    ),
    "nine columns": ("conllu", conllu(*"1a_______"), ":1: CoNLL-U needs 10 columns"),
    "no number": ("conllu", conllu(*"xa________"), ":1: the first column of CoNLL-U"),
    "an empty form": ("conllu", conllu("1", "", *"________"), ":1: the column FORM"),
    "a sentence without words": (
        "conllu",
        "# text = x\n" + conllu("1.1", "a", *"________"),
        ":2: a sentence without words",
    ),
    "tags of UPOS": ("conllu", conllu() + "\n1\tx\n", ":3: CoNLL-U needs 10 columns"),
    "what is no tag": ("conll", "Lena\tB-PER\nBrandt\tPER\n", ":2: 'PER' is no tag"),
    "an empty token": ("conll", "Lena\tO\n\tO\n", ":2: an empty token"),
    "a label of signs": ("conll", "Lena\tB-\0X\n", ":1: the label '\\x00X'"),
    "too few columns": ("conll", "Lena\tB-PER\nBrandt\n", ":2: expected at least 2"),
    "no DocBin": ("docbin", "Lena", ": no DocBin of spaCy"),
}
FLAGS = {"conll": ["--columns", "0:tokens,1:NER_BIO"]}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_read_ends_in_one_line(name, tmp_path, capsys, caplog):
    form, content, says = ERRORS[name]
    if form == "docbin":
        pytest.importorskip("spacy", reason="requirements-languages.txt")
    path = tmp_path / "in.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = tmp_path / "out.tsv"
    flags = ["--from", form, *FLAGS.get(form, [])] if form else []
    with pytest.raises(SystemExit) as stop:
        main(["convert", str(path), str(out), *flags])
    assert stop.value.code == 1
    assert not caplog.records
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {path}{says}")
    assert not out.exists() and [path] == list(tmp_path.iterdir())  # nor half of it


PLACE = "at characters"
# What is listed and counted, while all else is converted.
LOSSES = {
    "an end outside": ("doccano", doccano([21, 99, "LOC"]), ":1: LOC " + PLACE),
    "a start outside": ("doccano", doccano([-3, 4, "PER"]), ":1: PER " + PLACE),
    "an end before its start": ("doccano", doccano([4, 0, "PER"]), ":1: PER " + PLACE),
    "a span of nothing": ("doccano", doccano([4, 4, "PER"]), ":1: PER " + PLACE),
    "a span of a blank": ("doccano", doccano([4, 5, "PER"]), ":1: PER " + PLACE),
    "a span in a token": ("doccano", doccano([0, 2, "PER"]), ":1: PER " + PLACE),
    "a span that cuts two": ("doccano", doccano([2, 7, "PER"]), ":1: PER " + PLACE),
    "spans that overlap": (
        "doccano",
        doccano([0, 11, "PER"], [5, 11, "LOC"]),
        ":1: LOC " + PLACE,
    ),
    "spans that cross": (
        "doccano",
        doccano([0, 11, "PER"], [5, 17, "LOC"]),
        ":1: LOC " + PLACE,
    ),
    "a character that was lost": (
        "doccano",
        doccano([0, 2, "X"], text="K\ufffd is here."),
        ":1: 'K\ufffd is here.': kept",
    ),
    "a span twice": (
        "doccano",
        doccano([0, 4, "PER"], [0, 4, "PER"]),
        ":1: PER " + PLACE,
    ),
    "two labels of one span": (
        "doccano",
        doccano([0, 4, "PER"], [0, 4, "ORG"]),
        ":1: ",
    ),
    "a span of two sentences": (
        "doccano",
        doccano([0, 3, "X"], text="A b. C", tokens=[[[0, 1]], [[2, 3]]]),
        ":1: X " + PLACE,
    ),
    "a text that is another": (
        "labelstudio",
        studio({"start": 0, "end": 4, "text": "Mia", "labels": ["PER"]}),
        ": task 1: PER " + PLACE,
    ),
    "a region without label": (
        "labelstudio",
        studio({"start": 0, "end": 4, "labels": []}),
        ": task 1: 0 to 4: left out",
    ),
    "data without a text": (
        "labelstudio",
        studio(data={"n": 1})[:-1] + "," + studio()[1:],
        ": task 1: left out",
    ),
    "two annotations": (
        "labelstudio",
        studio(annotations=[{"result": []}, {"result": []}]),
        ": task 1: the first",
    ),
    "a token that begins a document": (
        "spans",
        json.dumps({"text": "-DOCSTART- -X-", "spans": []}),
        ":1: a token -DOCSTART-: written, which readers",
    ),
    "tags in a wrong order": (
        "conll",
        "Lena\tI-PER\nis\tO\n",
        ":1: tags of NER_BIO that are no valid BIO",
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_lost_is_told_in_one_line(name, tmp_path, capsys, caplog):
    form, content, says = LOSSES[name]
    path, out = tmp_path / "in.txt", tmp_path / "out.tsv"
    path.write_text(content, "utf-8")
    flags = ["--from", form, *FLAGS.get(form, [])]
    main(["convert", str(path), str(out), *flags])
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(f"{path}{says}")
    kind = record.getMessage().rpartition(": ")[2]
    assert f"1 x {kind}\n" in capsys.readouterr().err
    before = out.read_bytes()
    assert before

    with pytest.raises(SystemExit):
        main(["convert", str(path), str(out), *flags, "--strict"])
    assert "1 problems, and --strict" in capsys.readouterr().err
    assert out.read_bytes() == before


BRAT = {
    "a span of pieces": ("T1\tPER 0 4;5 11\tLena Brandt", ":1: PER 0 4;5 11: left out"),
    "a text that is another": ("T1\tPER 0 4\tMia", ":1: PER " + PLACE),
    "an end outside": ("T1\tPER 0 400\tLena", ":1: PER " + PLACE),
}
BRAT_ERRORS = {
    "no line of brat's": ("Lena PER", ":1: no line of brat's"),
    "an offset of text": ("T1\tPER a b\tLena", ":1: expected LABEL START END"),
    "an offset without end": (f"T1\tPER 1 {'9' * 5000}\tLena", ":1: expected LABEL"),
    "an offset below zero": ("T1\tPER -1 4\tLena", ":1: expected LABEL START END"),
    "a label alone": ("T1\tPER\tLena", ":1: expected LABEL START END"),
    "no place": ("T1", ":1: no line of brat's"),
    "Latin-1": (b"T1\tPER 0 4\t\xe9", ":1: not UTF-8"),
}


@pytest.mark.parametrize("name", [*BRAT, *BRAT_ERRORS])
def test_defects_of_brats_folders(name, tmp_path, capsys, caplog):
    content, says = {**BRAT, **BRAT_ERRORS}[name]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    file = folder / "a.ann"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = tmp_path / "out.tsv"
    if name in BRAT:
        main(["convert", str(folder), str(out)])
        (record,) = caplog.records
        assert record.getMessage().startswith(f"{file}{says}")
        return
    with pytest.raises(SystemExit):
        main(["convert", str(folder), str(out)])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {file}{says}")


def test_files_of_brat_without_their_other_half(tmp_path, capsys, caplog):
    (tmp_path / "a.txt").write_text("A dog.", "utf-8")
    (tmp_path / "b.ann").write_text("T1\tN 0 1\tA\n", "utf-8")
    (tmp_path / "c.ann").write_text("R1\tof Arg1:T1 Arg2:T2\n#1\tNote T1\tx\n", "utf-8")
    (tmp_path / "c.txt").write_text("A cat.", "utf-8")
    main(["convert", str(tmp_path), str(tmp_path / "out.tsv")])
    said = [
        record.getMessage().removeprefix(str(tmp_path)) for record in caplog.records
    ]
    assert [line[:7] for line in said] == ["/a.txt:", "/b.ann:"]
    err = capsys.readouterr().err
    assert "1 x relations" in err and "1 x notes" in err


def test_a_folder_that_is_not_brats(tmp_path, capsys):
    (tmp_path / "train.txt").write_text("Lena\tB-PER\n", "utf-8")
    with pytest.raises(SystemExit):
        main(["convert", str(tmp_path), str(tmp_path / "out.tsv")])
    assert "there is no .ann file" in capsys.readouterr().err


def test_a_folder_without_texts(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["convert", str(tmp_path), str(tmp_path / "out.tsv")])
    assert "there is no .txt file" in capsys.readouterr().err
