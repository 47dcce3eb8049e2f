"""An evaluation as one HTML file, for a reader who knows neither tool nor measures.

The file needs nothing else: plots are inside, and it runs no scripts.
"""

from __future__ import annotations

from collections.abc import Sequence

from tagger.evaluation.report import TaskReport
from tagger.evaluation.webpage.sections import SECTIONS, Section
from tagger.markup import Html, bullets, escape, join, paragraph, tag
from tagger.webdocument import document
from util.files import atomic_path


def write_page(path: str, tasks: Sequence[TaskReport]) -> None:
    """Write a report as a page; what it shows of the data is escaped."""
    page = as_page(tasks)
    with atomic_path(path) as temporary:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(page)


def as_page(tasks: Sequence[TaskReport]) -> str:
    """Return the page."""
    title = "How well the tagger does"
    several = len(tasks) > 1
    contents, parts = [], []
    for number, task in enumerate(tasks, 1):
        sections = [(s, content) for s in SECTIONS for content in [s.make(task)]]
        sections = [(s, content) for s, content in sections if content]
        name = f"{task.label} ({task.task})"
        links = bullets(
            tag("a", section.title, href=f"#{_id(number, section)}")
            for section, _ in sections
        )
        link = tag("a", name, href=f"#task{number}")
        contents.append(join([link, links]) if several else links)
        parts.append(tag("h2", name, id=f"task{number}"))
        parts.append(tag("p", "Model: ", task.model, class_="files"))
        parts.append(tag("p", "Compared with: ", task.data, class_="files"))
        parts.append(_summary(task))
        for section, content in sections:
            parts.append(tag("h3", section.title, id=_id(number, section)))
            parts.append(content)
    body = [
        tag("h1", title),
        tag("nav", *([bullets(contents)] if several else contents)),
        *parts,
    ]
    return document(title, body)


def _id(number: int, section: Section) -> str:
    return f"{section.name}{number}"


def _summary(task: TaskReport) -> Html:
    """Say in numbers and in a sentence how good the tagger is."""
    counts = task.counts
    cards = [("card main", f"{task.score_percentage:.2f} %", task.score_name)]
    if task.scheme:
        precision, recall, _ = counts.percentages()
        cards += [
            ("card", f"{precision:.2f} %", "precision"),
            ("card", f"{recall:.2f} %", "recall"),
            (
                "card",
                f"{counts.accuracy_percentage:.2f} %",
                "words with the right label",
            ),
        ]
        said = (
            f"The file holds {sum(counts.gold.values()):,} spans. A span is a run of "
            "words that belong together, such as a name or a phrase. The tagger marked "
            f"{sum(counts.predicted.values()):,}, and "
            f"{sum(counts.correct.values()):,} of these are exactly right."
        )
    else:
        said = (
            f"The tagger gives every word a label. Of {counts.tokens:,} words, "
            f"{counts.right_tokens:,} got the right one."
        )
    cards += [
        ("card", f"{task.sentences:,}", "sentences"),
        ("card", f"{counts.tokens:,}", "words"),
    ]
    boxes = [
        tag("div", tag("b", value), tag("span", name), class_=kind)
        for kind, value, name in cards
    ]
    return join([tag("div", *boxes, class_="cards"), paragraph(escape(said))])
