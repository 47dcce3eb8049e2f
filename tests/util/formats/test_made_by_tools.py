"""Files that the formats' own tools made, and ours as those tools read them."""

import json
import os
from pathlib import Path

import pytest
from made import DOCUMENTS, OPTIONS, spans_of, store, turn

from util.formats import registry
from util.formats.aligning import flat, place
from util.formats.converting import Source, documents
from util.formats.document import Document, Span
from util.formats.problems import Problems
from util.formats.splitting import sentences_of
from util.formats.tags import layer_tags
from util.output.segmentation import PLAIN


def exported(name):
    folder = os.environ.get("TAGGER_DATA")
    if not folder:
        pytest.skip("TAGGER_DATA names no folder with exports of the real tools")
    return Path(folder) / "interfaces" / name


def read(path):
    form = registry.format_of_input(str(path), str(path))
    problems = Problems()
    return list(documents([Source(str(path), form)], OPTIONS, problems)), problems


def test_exports_of_label_studio_and_doccano():
    studio, _ = read(exported("labelstudio_export.json"))
    doccano, _ = read(exported("doccano_export_admin.jsonl"))
    assert studio[0].text == doccano[0].text == "Lena Brandt works in Leeds."
    found = [[s[:3] for s in made[0].spans] for made in (studio, doccano)]
    assert found == [[(0, 11, "PER"), (21, 26, "LOC")]] * 2
    for text, spans, *_ in (*studio, *doccano):
        assert all(
            text[s.start : s.end] == text[s.start : s.end].strip() for s in spans
        )
    assert [d.name for d in studio] == ["1", "2"]  # the third was skipped


def test_label_studios_columns_are_ours():
    """What we make of its JSON is what its own export of CoNLL-2003 says."""
    ours = [
        pair
        for made in read(exported("labelstudio_export.json"))[0]
        for s, tags in tags_of(made)
        for pair in zip((t.form for t in s.tokens), tags)
    ]
    theirs, _ = read(exported("labelstudio_export_conll2003.bin"))
    spans = [
        (made.text[s.start : s.end], s.label) for made in theirs for s in made.spans
    ]
    assert spans == [("Lena Brandt", "PER"), ("Leeds", "LOC"), ("Ada", "PER")]
    labelled = [pair for pair in ours if pair[1] != "O"]
    assert labelled == [
        ("Lena", "B-PER"),
        ("Brandt", "I-PER"),
        ("Leeds", "B-LOC"),
        ("Ada", "B-PER"),
    ]


def tags_of(made, problems=None):
    problems = problems or Problems(0)
    sentences = sentences_of(made, PLAIN)
    kept = flat(place(made, sentences, problems), made, problems)
    layers = {s.layer for s in made.spans} or {"NER"}
    (tags,) = layer_tags(sentences, kept, sorted(layers)).values()
    return list(zip(sentences, tags))


@pytest.mark.parametrize(
    "name", ["labelstudio_export_all.json", "doccano_export_admin.jsonl"]
)
@pytest.mark.parametrize("form", list(registry.FORMATS))
def test_real_exports_there_and_back(form, name, tmp_path):
    if form == "docbin":
        pytest.importorskip("spacy", reason="requirements-languages.txt")
    path = tmp_path / name
    path.write_bytes(exported(name).read_bytes())
    source = registry.format_of_input(str(path), name)
    there, lost = turn(path, source, form)
    back, more = turn(there, form, source)
    assert spans_of(back, source) == spans_of(path, source)
    assert not lost.total and not more.total


def test_spans_become_whole_tokens():
    problems = Problems(0)
    text = "The dogs see it. A cat."
    spans = [(4, 7, "N"), (5, 12, "X"), (19, 22, "N"), (3, 4, "Y")]
    made = Document(text, [Span(*span) for span in spans])
    found = [([t.form for t in s.tokens], tags) for s, tags in tags_of(made, problems)]
    assert found == [
        (["The", "dogs", "see", "it", "."], ["O", "B-N", "O", "O", "O"]),
        (["A", "cat", "."], ["O", "B-N", "O"]),
    ]
    assert sorted(problems.counts.values()) == [1, 1, 2]


def test_a_span_that_goes_on_behind_a_sentence_shows_that_it_was_none():
    text = "He saw Yahoo! Music and left. She stayed."
    made = Document(text, [Span(7, 19, "ORG")])
    problems = Problems(0)
    (sentence, tags), (other, _) = tags_of(made, problems)
    assert not problems.total
    assert tags == ["O", "O", "B-ORG", "I-ORG", "I-ORG", "O", "O", "O"]
    assert other.tokens[0].form == "She"


SENTENCES = """\
# sent_id = 1
# text = Wir gehen zum Dom.
1\tWir\twir\tPRON\tPPER\t_\t2\tnsubj\t_\tNER=O
2\tgehen\tgehen\tVERB\tVVFIN\t_\t0\troot\t_\tNER=O
3-4\tzum\t_\t_\t_\t_\t_\t_\t_\t_
3\tzu\tzu\tADP\tAPPR\t_\t5\tcase\t_\tNER=O
4\tdem\tder\tDET\tART\t_\t5\tdet\t_\tNER=B-LOC
5\tDom\tDom\tNOUN\tNN\t_\t2\tobl\t_\tNER=I-LOC|SpaceAfter=No
5.1\tda\t_\t_\t_\t_\t_\t_\t_\t_
6\t.\t.\tPUNCT\t$.\t_\t2\tpunct\t_\tNER=O

# text = I don't.
1\tI\tI\tPRON\tPRP\t_\t0\troot\t_\tA\\pB=x
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tdo\tdo\tAUX\tVBP\t_\t1\taux\t_\t_
3\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_
4\t.\t.\tPUNCT\t.\t_\t1\tpunct\t_\t_

"""


def test_contractions_and_elided_words(tmp_path):
    path = tmp_path / "in.conllu"
    path.write_text(SENTENCES, "utf-8")
    (first, second), problems = read(path)
    assert first.text == "Wir gehen zu dem Dom." and second.text == "I don't."
    assert [s[:4] for s in first.spans] == [(13, 20, "LOC", "NER")]
    assert first.sentences[0].columns["XPOS"][-2:] == ["NN", "$."]
    said = "; ".join(problems.summary())
    assert "1 x elided words" in said and "2 x a contraction" in said
    assert "10 x values of LEMMA" in said and "1 x values of A\\pB in MISC" in said


def test_the_package_conllu_reads_what_we_write(tmp_path):
    conllu = pytest.importorskip("conllu", reason="pip install conllu")
    path = tmp_path / "in.conllu"
    path.write_text(SENTENCES, "utf-8")
    there, _ = turn(path, "conllu", "conllu")
    before, after = (
        [
            [(t["form"], t["upos"], t["xpos"]) for t in s if isinstance(t["id"], int)]
            for s in conllu.parse(file.read_text("utf-8"))
        ]
        for file in (path, there)
    )
    assert before == after
    first, second = conllu.parse(there.read_text("utf-8"))
    assert [t["misc"]["NER"] for t in first] == ["O", "O", "O", "B-LOC", "I-LOC", "O"]
    assert second.metadata["text"] == "I don't."


def test_what_the_package_conllu_writes(tmp_path):
    conllu = pytest.importorskip("conllu", reason="pip install conllu")
    path = tmp_path / "in.conllu"
    sentences = conllu.parse(SENTENCES)
    sentences[0][0]["misc"] = {"NER": "B-PER"}
    path.write_text("".join(s.serialize() for s in sentences), "utf-8")
    (first, _), _ = read(path)
    assert [s[:3] for s in first.spans] == [(0, 3, "PER"), (13, 20, "LOC")]


def test_what_spacy_writes(tmp_path):
    spacy = pytest.importorskip("spacy", reason="requirements-languages.txt")
    from spacy.tokens import DocBin

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp("Mia 😀 lives\n\n in Köln.  She doesn't know Leeds United.")
    doc.ents = [doc.char_span(0, 3, "PER"), doc.char_span(17, 21, "LOC")]
    at = doc.text.index("Leeds")
    doc.spans["sc"] = [
        doc.char_span(at, at + 12, "ORG"),
        doc.char_span(at, at + 5, "LOC"),
    ]
    DocBin(docs=[doc, nlp("  ")]).to_disk(tmp_path / "a.spacy")
    (made,), problems = read(tmp_path / "a.spacy")
    assert made.text == doc.text and not problems.total
    assert {(made.text[s.start : s.end], s.label) for s in made.spans} == {
        *(("Mia", "PER"), ("Köln", "LOC")),
        *(("Leeds United", "ORG"), ("Leeds", "LOC")),
    }
    assert [len(s.tokens) for s in made.sentences] == [6, 7]


def test_what_spacy_reads(tmp_path):
    spacy = pytest.importorskip("spacy", reason="requirements-languages.txt")
    from spacy.tokens import DocBin

    there, _ = turn(store(DOCUMENTS, tmp_path), "spans", "docbin")
    docs = list(DocBin().from_disk(there).get_docs(spacy.blank("xx").vocab))
    for doc, made in zip(docs, DOCUMENTS):
        assert doc.text == made.text
        found = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
        assert found == [s[:3] for s in made.spans]


def test_without_spacy_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    (tmp_path / "a.spacy").write_bytes(b"x")
    with pytest.raises(ValueError, match="pip install .spacy"):
        read(tmp_path / "a.spacy")


BRAT = """\
T1\tPER 0 11\tLena Brandt
R1\tworks_in Arg1:T1 Arg2:T2\t
T2\tLOC 21 26\tLeeds
A1\tSure T1
"""


def test_a_folder_of_brat_with_folders(tmp_path):
    (tmp_path / "in" / "more").mkdir(parents=True)
    for name in ("in/a", "in/more/b"):
        (tmp_path / f"{name}.txt").write_text("Lena Brandt works in Leeds.\n", "utf-8")
        (tmp_path / f"{name}.ann").write_text(BRAT, "utf-8")
    made, problems = read(tmp_path / "in")
    assert [d.name for d in made] == ["a", "more/b"]
    assert [s[:3] for s in made[1].spans] == [(0, 11, "PER"), (21, 26, "LOC")]
    assert problems.summary() == [
        "2 x relations, which are not converted",
        "2 x attributes, which are not converted",
    ]


def test_relations_of_doccano(tmp_path):
    path = tmp_path / "in.jsonl"
    record = {
        "id": 4,
        "text": "Lena met Ada",
        "entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 4}],
        "relations": [{"id": 1, "from_id": 1, "to_id": 1, "type": "x"}],
    }
    path.write_text(json.dumps(record), "utf-8")
    (made,), problems = read(path)
    assert made.name == "4" and made.spans[0][:3] == (0, 4, "PER")
    assert problems.summary() == ["1 x relations, which are not converted"]
