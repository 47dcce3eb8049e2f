"""The writers, with taggings made up for the test."""

import argparse
import io
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from util.output.confidence import Alternative, ConfidentSpan, Tagging
from util.output.conll import ConllWriter
from util.output.destinations import Job
from util.output.html_page import HtmlWriter
from util.output.json_lines import JsonWriter
from util.output.offsets import Place, place_of_text
from util.output.options import add_output_flags, open_writer
from util.output.streams import read_blocks
from util.output.window import Request, Window, ask
from util.task import Task

NAN = float("nan")
TEXT = 'In "New\n York" <b>'
TOKENS = ["In", "``", "New", "York", "''", "<", "b", ">"]
RANGES = [(0, 2), (3, 4), (4, 7), (9, 13), (13, 14), (15, 16), (16, 17), (17, 18)]
NER = ["O", "O", "B-LOC", "I-LOC", "O", "O", "B-<x>", "O"]
POS = ["ADP", "PUNCT", "PROPN", "PROPN", "PUNCT", "SYM", "NOUN", "SYM"]
TASKS = [
    Task("ner", "x_BIO", ("B-<x>", "B-LOC", "B-PER", "I-LOC", "O")),
    Task("pos & more", "POS", tuple({*POS, "VERB"})),
]
LABELS = {"ner": [NER], "pos & more": [POS]}
OTHER = ["O", "O", "B-PER", "B-LOC", *NER[4:]]
TAGGINGS = {
    "ner": [
        Tagging(
            NER,
            [0.99, 1.0, 0.75, 0.7, 0.5, 0.9, 0.61, 1.0],
            [ConfidentSpan("LOC", 2, 4, 0.65), ConfidentSpan("<x>", 6, 7, 0.612345678)],
            0.25,
            [Alternative(NER, 0.25), Alternative(OTHER, 0.0000123456789)],
        )
    ],
    "pos & more": [
        Tagging(POS, [0.5] * 8, [], 0.125, [Alternative(POS, 0.125)]),
    ],
}
PLACES = [place_of_text(TEXT, 100, RANGES)]
PLAIN = Window([TOKENS], LABELS, None, PLACES)
SURE = Window([TOKENS], LABELS, TAGGINGS, PLACES)
PLAINLY = Request()


def written(writer, *arguments, window=PLAIN, request=PLAINLY, tasks=TASKS) -> str:
    file = io.StringIO()
    made = writer(file, tasks, request, *arguments)
    made.begin()
    made.write(window)
    made.end()
    return file.getvalue()


# -------------------------------------------------------------------------- columns


def test_columns_are_tokens_and_labels():
    lines = written(ConllWriter).split("\n")
    assert lines[1] == "``\tO\tPUNCT"
    assert lines[2] == "New\tB-LOC\tPROPN"
    assert len(lines) == 10 and lines[8:] == ["", ""]


def test_columns_with_confidence():
    lines = written(ConllWriter, window=SURE, request=Request(True)).split("\n")
    assert lines[2] == "New\tB-LOC\t0.7500\tPROPN\t0.5000"


def test_columns_with_the_likeliest_sequences():
    lines = written(ConllWriter, window=SURE, request=Request(False, 3)).split("\n")
    assert lines[:2] == ["# nbest ner 0.25 1.235e-05", "# nbest pos & more 0.125"]
    assert lines[4] == "New\tB-LOC\tB-PER\t_\tPROPN\t_\t_"
    lines = written(ConllWriter, window=SURE, request=Request(True, 2)).split("\n")
    assert lines[4] == "New\tB-LOC\t0.7500\tB-PER\tPROPN\t0.5000\t_"


def test_lines_of_a_column_file_stand_again(text_file):
    text = "# c\n\nNew 1\nYork 2\n\n \nIn\t3\n"
    [(lines, sentences)] = read_blocks(text_file(text), {0: "tokens"}, "#")
    labels = {"ner": [["B-LOC", "I-LOC"], ["O"]]}
    taggings = {
        "ner": [
            Tagging(
                row, [0.5] * len(row), [], 0.5, [Alternative(row, 0.5 / len(row))] * 2
            )
            for row in labels["ner"]
        ]
    }
    tokens = [sentence["tokens"] for sentence in sentences]
    window = Window(tokens, labels, taggings, None, lines)
    plain = window._replace(taggings=None)
    assert written(ConllWriter, window=plain, tasks=TASKS[:1]) == (
        "# c\n\nNew 1 B-LOC\nYork 2 I-LOC\n\n \nIn\t3\tO\n"
    )
    found = written(
        ConllWriter, window=window, request=Request(True, 2), tasks=TASKS[:1]
    )
    assert found == (
        "# c\n\n# nbest ner 0.25 0.25\nNew 1 B-LOC 0.5000 B-LOC\n"
        "York 2 I-LOC 0.5000 I-LOC\n\n \n"
        "# nbest ner 0.5 0.5\nIn\t3\tO\t0.5000\tO\n"
    )


# ----------------------------------------------------------------------- JSON lines


def test_json_says_where_everything_stands():
    file = "x" * 100 + TEXT
    [line] = written(JsonWriter).splitlines()
    sentence = json.loads(line)
    assert file[sentence["start"] : sentence["end"]] == sentence["text"] == TEXT
    for entry in [*sentence["tokens"], *sentence["spans"]["ner"]]:
        assert file[entry["start"] : entry["end"]] == entry["text"]
    assert sentence["tokens"][2] == {
        "text": "New",
        "start": 104,
        "end": 107,
        "labels": {"ner": "B-LOC", "pos & more": "PROPN"},
    }
    read_as = [token.get("read_as", token["text"]) for token in sentence["tokens"]]
    assert read_as == TOKENS
    assert sentence["spans"] == {
        "ner": [
            {
                "type": "LOC",
                "start": 104,
                "end": 113,
                "text": "New\n York",
                "first_token": 2,
                "last_token": 3,
            },
            {
                "type": "<x>",
                "start": 116,
                "end": 117,
                "text": "b",
                "first_token": 6,
                "last_token": 6,
            },
        ]
    }
    assert set(sentence) == {"text", "start", "end", "tokens", "spans"}


def test_json_with_confidence():
    sentence = json.loads(written(JsonWriter, window=SURE, request=Request(True)))
    assert sentence["confidence"] == {"ner": 0.25, "pos & more": 0.125}
    assert sentence["tokens"][2]["confidence"] == {"ner": 0.75, "pos & more": 0.5}
    assert [span["confidence"] for span in sentence["spans"]["ner"]] == [0.65, 0.612346]
    assert "sequences" not in sentence


def test_json_with_the_likeliest_sequences():
    sentence = json.loads(written(JsonWriter, window=SURE, request=Request(False, 2)))
    assert sentence["sequences"] == {
        "ner": [
            {"labels": NER, "confidence": 0.25},
            {"labels": OTHER, "confidence": 1.23457e-05},
        ],
        "pos & more": [{"labels": POS, "confidence": 0.125}],
    }
    del sentence["sequences"]
    assert sentence == json.loads(written(JsonWriter))


def test_json_has_no_nan_and_a_line_per_sentence():
    text = "a\x85b\u2028c\u2029d\x1ee\n\x0bf"
    window = Window(
        [[text]],
        {"ner": [["O"]]},
        {"ner": [Tagging(["O"], [NAN], [], NAN, [])]},
        [Place(text, [(0, len(text))], [(0, len(text))])],
    )
    out = written(JsonWriter, window=window, request=Request(True), tasks=TASKS[:1])
    [line] = out.splitlines()
    sentence = json.loads(line, parse_constant=pytest.fail)
    assert sentence["text"] == text
    assert sentence["confidence"] == {"ner": None}


# ------------------------------------------------------------------------- web page

VOID = {"meta"}
KNOWN = {
    *("html", "head", "title", "style", "body", "header", "h1", "dl", "dt", "dd"),
    *("main", "section", "a", "div", "span", "p", "mark", "small", "data"),
    *("details", "summary", "ol", "li", *VOID),
}


class Page(HTMLParser):
    """Checks that elements nest, and collects the text and tooltips of sentences."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.sentences, self.tooltips, self.classes = [], [], [], []
        self.labels = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in KNOWN
        given = dict(attributes)
        assert set(given) <= {
            *("class", "title", "style", "id", "href", "dir"),
            *("charset", "http-equiv", "content", "name"),
        }
        assert re.fullmatch(r"--p:\d\.\d\d", given.get("style", "--p:0.00"))
        assert given.get("href", "#")[0] == "#"
        if tag not in VOID:
            self.open.append((tag, given.get("class", "")))
        if tag == "p" and "section" in dict(self.open):
            self.sentences.append("")
        if "main" in dict(self.open):
            self.tooltips.append(given.get("title"))
            self.classes += given.get("class", "").split()

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        inside = dict(self.open)
        if "section" not in inside or "p" not in inside:
            return
        if "small" in inside or inside.get("span", "").startswith("label"):
            self.labels.append(data)
        else:
            self.sentences[-1] += data


def page(**options) -> tuple[str, Page]:
    text = written(HtmlWriter, "a<b>.txt", "m.h5", **options)
    return text, Page(text)


def test_a_page_shows_text_spans_and_labels():
    text, found = page()
    assert found.sentences == [TEXT, TEXT]
    assert found.labels == ["LOC", "<x>", *POS]
    assert set(found.tooltips) == {None}
    assert "<title>a&lt;b&gt;.txt</title>" in text
    assert "pos &amp; more" in text
    # One colour per type of span or label, whether it occurs or not.
    hues = re.findall(r"\.k\d+ \{ --h: (\d+); \}", text)
    assert len(hues) == len(set(hues)) == 3 + len(set(TASKS[1].labels))
    assert text.count('class="key k') == len(hues)
    assert "confidence" not in text.split("</style>")[1]


def test_a_page_needs_nothing_from_elsewhere():
    text, _ = page(window=SURE, request=Request(True, 2))
    for part in ("<script", "javascript", "http:", "https:", "url(", "@import", "src="):
        assert part not in text.lower()
    assert "default-src 'none'" in text


def test_a_page_with_confidence():
    text, found = page(window=SURE, request=Request(True))
    assert found.sentences == [TEXT, TEXT]
    assert "LOC 0.6500\nB-LOC 0.7500\nI-LOC 0.7000" in found.tooltips
    assert "O 0.9900" in found.tooltips and "PROPN 0.5000" in found.tooltips
    assert found.classes.count("unsure") == 2
    assert 'style="--p:0.65"' in text
    for probability in ("0.25", "0.125"):
        assert f">{probability}</data>" in text
    assert "<dt>confidence</dt>" in text and "outside of spans" in text


def test_a_page_with_the_likeliest_sequences():
    text, found = page(window=SURE, request=Request(False, 2))
    assert found.sentences == [TEXT] * 5
    assert found.labels == [
        *("LOC", "<x>", "LOC", "<x>", "PER", "LOC", "<x>"),
        *(POS * 2),
    ]
    assert "<summary>likeliest: 0.25, 1.235e-05</summary>" in text
    # Only what differs from the best sequence is shown in full.
    assert found.classes.count("usual") == 1
    assert not any("O 0" in (tooltip or "") for tooltip in found.tooltips)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5),
    st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=3),
    st.booleans(),
)
def test_any_text_is_escaped(tokens, types, has_spans):
    text = " ".join(tokens)
    ends = [len(" ".join(tokens[: index + 1])) for index in range(len(tokens))]
    ranges = [(end - len(token), end) for end, token in zip(ends, tokens)]
    labels = [f"B-{types[index % len(types)]}" for index in range(len(tokens))]
    task = Task("".join(types), "x_BIO" if has_spans else "x", tuple(set(labels)))
    spans = [ConfidentSpan(s[2:] or "_", i, i + 1, 0.5) for i, s in enumerate(labels)]
    tagging = Tagging(labels, [0.5] * len(labels), spans, 0.5, [])
    window = Window(
        [tokens],
        {task.name: [labels]},
        {task.name: [tagging]},
        [place_of_text(text, 0, ranges)],
    )
    _, found = page(window=window, request=Request(True), tasks=[task])
    [shown] = found.sentences
    assert len(shown) == len(text)
    for there, given_ in zip(shown, text):
        control = ord(given_) < 32 or 0x7F <= ord(given_) < 0xA0
        assert there == given_ or control
        assert ord(there) >= 32 or there in "\t\n\r"


def test_a_page_is_written_as_it_goes():
    file = io.StringIO()
    writer = HtmlWriter(file, TASKS, Request(), "a", "b")
    writer.begin()
    sizes = []
    for _ in range(3):
        before = file.tell()
        writer.write(PLAIN)
        sizes.append(file.tell() - before)
    assert min(sizes) > len(TEXT) and max(sizes) == min(sizes)
    writer.end()
    assert len(Page(file.getvalue()).sentences) == 6


# ------------------------------------------------------------------------ the flags


class FakeModel:
    """Has tasks as a model does, and counts the questions."""

    tasks = {task.name: task for task in TASKS}

    def __init__(self):
        self.asked = []

    def tagSentences(self, rows):
        self.asked.append("labels")
        return {"ner": [NER]}

    def tagWithConfidence(self, rows, nbest=0):
        self.asked.append(nbest)
        return TAGGINGS


def test_the_columns_names_say_which_tasks_have_spans():
    columns = {"NER_BIO": "BIO", "POS": None, "chunk_IOBES": "IOBES"}
    assert {c: Task("x", c, ()).scheme for c in columns} == columns


def test_probabilities_are_computed_only_when_asked_for():
    model = FakeModel()
    assert ask(model, [], Request()) == ({"ner": [NER]}, None)
    assert ask(model, [], Request(True)) == (LABELS, TAGGINGS)
    ask(model, [], Request(False, 4))
    assert model.asked == ["labels", 0, 4]


def flags(*given) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_output_flags(parser)
    return parser.parse_args(list(map(str, given)))


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5", "²"])
def test_nbest_is_a_number_from_1(given, capsys):
    with pytest.raises(SystemExit):
        flags(f"--nbest={given}")
    said = capsys.readouterr().err
    assert f"must be 1 or more: {given}" in said or f"a whole number: {given}" in said


@pytest.mark.parametrize("form", ["conll", "json", "html"])
def test_a_file_stands_there_only_when_it_is_complete(tmp_path, form):
    path = tmp_path / "out"
    arguments = flags("--format", form, "--output", path)
    arguments.model, job = "m.h5", Job(["in.txt"], str(path))
    path.write_text("before")
    with pytest.raises(RuntimeError), open_writer(arguments, FakeModel(), job):
        raise RuntimeError
    assert path.read_text() == "before"
    with open_writer(arguments, FakeModel(), job) as writer:
        window = Window([], {"ner": [], "pos": [], "old": []}, None, [])
        writer.write(window)
        assert path.read_text() == "before"
    text = path.read_text(encoding="utf-8")
    assert text.endswith("</html>\n") if form == "html" else text == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
