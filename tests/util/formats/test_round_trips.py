"""From each format into each other one and back: every span is still there."""

import os
from pathlib import Path

import pytest
from made import DOCUMENTS, OPTIONS, document, spans_of, store, turn

from util.formats.document import joined
from util.formats.registry import FORMATS
from util.output.segmentation import Style

ANY = list(FORMATS)


def needed(*forms):
    if "docbin" in forms:
        pytest.importorskip("spacy", reason="requirements-languages.txt")


@pytest.mark.parametrize("other", ANY)
@pytest.mark.parametrize("form", ANY)
def test_there_and_back(form, other, tmp_path):
    needed(form, other)
    first = store(DOCUMENTS, tmp_path, form)
    there, lost = turn(first, form, other)
    back, more = turn(there, other, form)
    before = spans_of(first, form)
    assert len(before) == len(DOCUMENTS) and sum(map(len, before)) == 11
    assert spans_of(there, other) == spans_of(back, form) == before
    assert not lost.total and not more.total


@pytest.mark.parametrize("form", ANY)
def test_a_text_of_several_sentences(form, tmp_path):
    """Formats of sentences have more texts, and the same spans."""
    needed(form)
    text = joined(DOCUMENTS)
    path = store([text], tmp_path, form)
    back, lost = turn(path, form, "spans")
    assert not lost.total
    found = spans_of(back, "spans")
    assert len(found) == 1 or FORMATS[form].sentences
    flat = sorted(span for spans in found for span in spans)
    assert flat == sorted(s for spans in spans_of_all() for s in spans)


def spans_of_all():
    return [
        [("".join(d.text[s.start : s.end].split()), s.label) for s in d.spans]
        for d in DOCUMENTS
    ]


@pytest.mark.parametrize("form", ANY)
def test_texts_keep_every_character(form, tmp_path):
    """Blanks of all kinds, Windows' line ends, a byte-order mark in the text."""
    needed(form)
    if FORMATS[form].sentences:
        pytest.skip("it holds sentences, not texts")
    text = "\ufeffLena  Brandt\r\n\r\n\tworks\u00a0in\r\nLeeds. \u200fدنה\n"
    made = [document(text, ["Lena  Brandt/PER", "Leeds/LOC"])]
    first = store(made, tmp_path)
    back, lost = turn(turn(first, "spans", form)[0], form, "spans")
    assert not lost.total
    assert spans_of(back, "spans") == [[("Leeds", "LOC"), ("LenaBrandt", "PER")]]
    assert '"text":' + _json(text) in back.read_text("utf-8")


def _json(text):
    from util.jsonlines import to_line

    return to_line(text).rstrip("\n")


@pytest.mark.parametrize("form", ANY)
def test_spans_that_overlap(form, tmp_path):
    """Columns hold one of them, and tell the other; all others hold both."""
    needed(form)
    text = "Leeds United won."
    made = [document(text, ["Leeds United/ORG", "Leeds/LOC", "United won/X"])]
    path, lost = turn(store(made, tmp_path), "spans", form)
    found = spans_of(path, form)
    if form in ("conll", "conllu"):
        assert found == [[("LeedsUnited", "ORG")]]
        assert [count for kind, count in lost.counts.items()] == [2]
    else:
        assert len(found[0]) == 3 and not lost.total


@pytest.mark.parametrize("form", ANY)
def test_two_layers(form, tmp_path):
    needed(form)
    text = "Leeds United won."
    outer = document(text, ["Leeds United/ORG"], "outer")
    inner = document(text, ["Leeds/LOC"], "inner")
    made = outer._replace(spans=[*outer.spans, *inner.spans])
    path, lost = turn(store([made], tmp_path), "spans", form)
    options = OPTIONS._replace(tasks=("outer", "inner"))
    if form == "conll":
        options = options._replace(layout={0: "tokens", 1: "inner_BIO", 2: "outer_BIO"})
    back, more = turn(path, form, "conll", options)
    columns = [line.split("\t") for line in back.read_text().splitlines() if line]
    assert [row[1:] for row in columns] == [
        ["B-ORG", "B-LOC"],
        ["I-ORG", "O"],
        ["O", "O"],
        ["O", "O"],
    ]
    assert not lost.total and not more.total


CRLF = (
    b"\xef\xbb\xbfLena\tB-PER\r\nBrandt\tI-PER\r\nlebt\tO\r\n\r\nK\xc3\xb6ln\tB-LOC\r\n"
)


def test_columns_of_windows(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes(CRLF)
    options = OPTIONS._replace(layout={0: "tokens", 1: "NER_BIO"})
    there, lost = turn(path, "conll", "doccano", options)
    back, more = turn(there, "doccano", "conll")
    wanted = CRLF[3:].replace(b"\r", b"") + b"\n"
    assert back.read_bytes() == wanted and not lost.total and not more.total


def test_tokens_of_columns_stay_through_brat(tmp_path):
    """A text for brat has its tokens between blanks; --pretokenized splits there."""
    path = tmp_path / "in.txt"
    path.write_text("don't\tB-X\n.b.\tI-X\n``\tO\n\n", "utf-8")
    options = OPTIONS._replace(layout={0: "tokens", 1: "NER_BIO"})
    there, _ = turn(path, "conll", "brat", options)
    options = OPTIONS._replace(style=Style(pretokenized=True))
    back, lost = turn(there, "brat", "conll", options)
    assert back.read_text("utf-8") == path.read_text("utf-8") and not lost.total


def test_sentences_are_put_together(tmp_path):
    rows = "".join(f"w{n}\tB-X\n\n" for n in range(5))
    path = tmp_path / "in.txt"
    path.write_text(rows, "utf-8")
    layout = {0: "tokens", 1: "NER_BIO"}
    for size, texts in ((2, 3), (0, 1), (1, 5)):
        options = OPTIONS._replace(layout=layout, group=size)
        there, _ = turn(path, "conll", "doccano", options)
        assert len(there.read_text("utf-8").splitlines()) == texts
        back, lost = turn(there, "doccano", "conll")
        assert back.read_text("utf-8") == rows and not lost.total


DATA = os.environ.get("TAGGER_DATA")
REAL = {
    "conll2000_chunking/test.txt": {0: "tokens", 1: "XPOS", 2: "chunk_BIO"},
    "wnut17/emerging.dev.conll": {0: "tokens", 1: "NER_BIO"},
    "GermEval2014/ukp_dev.txt": {1: "tokens", 2: "outer_BIO", 3: "inner_BIO"},
}


@pytest.mark.skipif(not DATA, reason="TAGGER_DATA names no folder with public data")
@pytest.mark.parametrize("form", ["conllu", "doccano", "labelstudio", "json", "spans"])
@pytest.mark.parametrize("name", REAL)
def test_real_columns_come_back(name, form, tmp_path):
    options = OPTIONS._replace(layout=REAL[name])
    source = tmp_path / "source.txt"
    text = (Path(DATA) / "data" / name).read_text("utf-8")
    source.write_text(text[: text.index("\n\n", 40_000)], "utf-8")
    first, _ = turn(source, "conll", "conll", options)
    layers = [n[:-4] for n in REAL[name].values() if n.endswith("_BIO")]
    there, lost = turn(source, "conll", form, options)
    back, more = turn(there, form, "conll", OPTIONS._replace(tasks=layers))
    wanted = first.read_text("utf-8")
    if form in ("doccano", "labelstudio") and "XPOS" in REAL[name].values():
        assert lost.total
        wanted = "\n".join(
            "\t".join(line.split("\t")[::2]) for line in wanted.split("\n")
        )
    else:
        assert not lost.total
    assert back.read_text("utf-8") == wanted and not more.total
