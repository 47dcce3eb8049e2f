"""The page: whole, alone, and harmless whatever the data hold."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest
from test_reporting_tables import judged, task

from tagger.evaluation.curves import Point
from tagger.evaluation.report import Transitions
from tagger.evaluation.webpage import plots
from tagger.evaluation.webpage.model import shown_labels
from tagger.evaluation.webpage.page import as_page, write_page

EVIL = '<script>alert("x")</script>&\'"'
VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Collects tags, attributes and texts, and checks that tags are closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)


def pictures(page) -> list[bytes]:
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [base64.b64decode(part) for part in found]


def full_report(labels=("O", "B-X", "I-X"), evil=""):
    """A task with something in every section."""
    gold = judged(
        f"B-X{evil} I-X{evil} O B-X O",
        "B-X O B-X B-X B-X",
        f"a{evil} b c d e",
        unknown=[True, False, False, False, False],
    )
    report = task(gold, gold, known=["O"], label=f"x{evil}_BIO")
    size = len(labels)
    scores = np.arange(size * size, dtype=float).reshape(size, size) - size
    scores[0, -1] = -np.inf
    report.transitions = Transitions(list(labels), scores, scores[0], scores[1])
    report.curve = [Point(1, 0.5, 0.4), Point(2, 0.7, float("nan"))]
    report.model, report.data = f"m{evil}.h5", f"t{evil}.txt"
    report.before, report.temperature = report.calibration, 1.25
    return report


@pytest.fixture(scope="module")
def page():
    return as_page([full_report()])


def test_a_page_has_all_sections_and_its_links_lead_somewhere(page):
    found = Reader(page)
    assert found.open == []
    targets = {value for _, name, value in found.attributes if name == "id"}
    links = [value[1:] for _, name, value in found.attributes if name == "href"]
    assert len(links) == 8
    assert set(links) <= targets
    assert len(pictures(page)) == 6
    words = " ".join(found.texts)
    for word in ("F1", "reliability diagrams", "temperature of 1.2500", "epoch", "CRF"):
        assert word in words


def test_a_page_needs_nothing_else(page):
    found = Reader(page)
    assert "script" not in found.tags
    assert "link" not in found.tags
    assert not any(name.startswith("on") for _, name, _ in found.attributes)
    outside = [v for _, name, v in found.attributes if name in ("src", "href")]
    assert all(value.startswith(("#", "data:image/svg+xml;")) for value in outside)
    assert "url(" not in page
    assert "@import" not in page
    assert ("meta", "name", "viewport") in found.attributes
    # Namespaces are names, not addresses that a browser would fetch.
    for picture in pictures(page):
        root = ElementTree.fromstring(picture)
        for element in root.iter():
            assert element.tag.rsplit("}", 1)[-1] not in ("script", "a")
            for name, value in element.attrib.items():
                if name.endswith("href"):
                    assert value.startswith(("#", "data:image/png;"))


def test_the_same_report_is_the_same_page(page):
    assert as_page([full_report()]) == page


def test_what_comes_from_data_is_escaped():
    evil = EVIL.replace(" ", "")
    page = as_page([full_report(("O", f"B-X{evil}", f"I-X{evil}"), evil)])
    found = Reader(page)
    assert found.open == []
    assert "script" not in found.tags
    words = "".join(found.texts)
    assert f"a{evil}" in words
    assert f"m{evil}.h5" in words
    assert f"t{evil}.txt" in words
    for picture in pictures(page):
        ElementTree.fromstring(picture)


def test_several_tasks_share_a_page():
    words = task(judged("A B $x$", "A A $x$"), label="POS")
    page = as_page([full_report(), words])
    ids = [value for _, name, value in Reader(page).attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert "task2" in ids


def test_a_page_for_perfect_and_for_empty_answers(tmp_path):
    for gold, predicted in [("B-X O", "B-X O"), ("O O", "O O")]:
        write_page(str(tmp_path / "p.html"), [task(judged(gold, predicted))])
        page = (tmp_path / "p.html").read_text("utf-8")
        assert "There are none." in page
    one = task(judged("A", "A"), label="POS")
    assert Reader(as_page([one])).open == []


def test_labels_are_not_formulas():
    table = task(judged("$a^$ $_$ 字", "$_$ $_$ 字"), label="POS").confusion
    root = ElementTree.fromstring(plots.confusion_plot(table))
    assert root.tag.endswith("svg")


def test_large_tables_show_a_part():
    labels = ["O", *(f"{p}-T{i}" for i in range(60) for p in "BI")]
    tokens = " ".join(f"B-T{i}" for i in range(60))
    wrong = " ".join(f"B-T{(i + 1) % 60 if i < 40 else i}" for i in range(60))
    report = task(judged(tokens, wrong), known=labels)
    size = len(labels)
    zeros = np.zeros((size, size))
    report.transitions = Transitions(labels, zeros, zeros[0], zeros[0])
    page = as_page([report])
    assert "Shown are the 30 types with most errors." in page
    assert f"Shown are the {plots.MOST_LABELS} most frequent labels." in page
    assert len(page) < 1_500_000


def test_transitions_show_the_labels_of_a_type_side_by_side():
    labels = ["I-B", "O", "B-A", "B-B", "I-A"]
    shown = [labels[i] for i in shown_labels(labels, task(judged("O", "O")))]
    assert shown == ["O", "B-A", "I-A", "B-B", "I-B"]
