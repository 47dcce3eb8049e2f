"""A web page: highlighted spans, labels below words; no scripts, no other files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from util import tagschemes
from util.output.confidence import Alternative, Tagging
from util.output.highlight import Reading, escape, paragraph, shade, unsure, usual
from util.output.offsets import Place
from util.output.window import Request, Window, plain_spans, sequence_number
from util.task import Task

_STYLE = Path(__file__).with_name("page.css")
# Neighbours in a list of types get hues that lie far apart.
_GOLDEN_ANGLE = 137.508  # degrees

_HEAD = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{about}</p>
<dl>
{legend}
</dl>
</header>
<main>
"""
_SECTION = '<section id="s{0}"><a href="#s{0}">{0}</a><div>\n'
# In text there is no angle bracket.
_NUMBERED = re.compile(r'<section id="s([0-9]+)"><a href="#s\1">\1</a><div>\n')
_END = "</main>\n</body>\n</html>\n"


class HtmlWriter:
    """Writes one page; it grows with each window and is never held in memory.

    Args:
        file: Where to write.
        tasks: The tasks, in order.
        request: What was asked of the tagger.
        source, model: Names of the tagged file and of the model, for the head.
    """

    def __init__(
        self,
        file: TextIO,
        tasks: Sequence[Task],
        request: Request,
        source: str,
        model: str,
    ):
        self._file = file
        self._tasks = tasks
        self._request = request
        self._names = source, model
        kinds = sorted({kind for task in tasks for kind in _kinds(task)})
        self._classes = {kind: f"k{number}" for number, kind in enumerate(kinds)}
        self._count = 0

    def begin(self) -> None:
        """Write the head of the page, with the legend."""
        source, model = self._names
        hues = "".join(
            f".{name} {{ --h: {number * _GOLDEN_ANGLE % 360:.0f}; }}\n"
            for number, name in enumerate(self._classes.values())
        )
        self._file.write(
            _HEAD.format(
                title=escape("standard input" if source == "-" else source),
                about=f"Tagged by {escape(model)}.",
                style=_STYLE.read_text(encoding="utf-8") + hues,
                legend="\n".join(self._legend()),
            )
        )

    def end(self) -> None:
        """Write the end of the page."""
        self._file.write(_END)

    def write(self, window: Window) -> None:
        """Write the sentences of a window."""
        for number, place in enumerate(window.places):
            self._count += 1
            self._file.write(_SECTION.format(self._count))
            for task in self._tasks:
                labels = window.labels[task.name][number]
                tagging = window.taggings and window.taggings[task.name][number]
                self._write_line(task, place, labels, tagging)
            self._file.write("</div></section>\n")

    def _write_line(
        self, task: Task, place: Place, labels: Sequence[str], tagging: Tagging | None
    ) -> None:
        """Write what a task says of a sentence."""
        reading = _reading(task, labels)
        if self._request.confidence:
            spans = tagging.spans if task.scheme is not None else None
            reading = Reading(labels, spans, tagging.token_probabilities)
        name = f'<span class="task">{escape(task.name)}</span>'
        self._file.write('<div class="line">' + name * (len(self._tasks) > 1))
        self._file.write(f"<div>{paragraph(place, reading, self._classes)}")
        if self._request.nbest:
            self._write_alternatives(task, place, tagging.alternatives)
        self._file.write("</div>")
        if self._request.confidence:
            self._file.write(_sequence(tagging.probability))
        self._file.write("</div>\n")

    def _write_alternatives(
        self, task: Task, place: Place, found: Sequence[Alternative]
    ) -> None:
        """Write the likeliest sequences; what is as in the best one is pale."""
        numbers = ", ".join(sequence_number(probability) for _, probability in found)
        self._file.write(f"\n<details><summary>likeliest: {numbers}</summary><ol>\n")
        for rank, (labels, probability) in enumerate(found):
            known = usual(found[0].labels, task) if rank else ()
            reading = _reading(task, labels)._replace(usual=known)
            text = paragraph(place, reading, self._classes)
            self._file.write(
                f'<li><div class="line"><div>{text}</div>{_sequence(probability)}'
                "</div></li>\n"
            )
        self._file.write("</ol></details>")

    def _legend(self) -> Iterator[str]:
        for task in self._tasks:
            keys = "".join(
                f'<span class="key {self._classes[kind]}">{escape(kind)}</span>'
                for kind in _kinds(task)
            )
            yield f"<dt>{escape(task.name)}</dt><dd>{keys}</dd>"
        if self._request.confidence:
            keys = "".join(
                f'<span class="key any{unsure(p)}"{shade(p)}>{p:.1f}</span>'
                for p in (1, 0.7, 0.4)
            )
            if any(task.scheme is not None for task in self._tasks):
                keys += f'<span class="out"{shade(0.4)}>0.4, outside of spans</span>'
            yield f"<dt>confidence</dt><dd>{keys}</dd>"


def _reading(task: Task, labels: Sequence[str]) -> Reading:
    return Reading(labels, plain_spans(labels) if task.scheme is not None else None)


def renumbered(text: str, before: int) -> str:
    """Return sentences that were numbered from 1, with others before them.

    Args:
        text: What a writer made, or a part of it.
        before: How many sentences stand before it.
    """
    return _NUMBERED.sub(lambda match: _SECTION.format(int(match[1]) + before), text)


def _kinds(task: Task) -> list[str]:
    """Return what has a colour: types of spans, else labels."""
    if task.scheme is None:
        return sorted(task.labels)
    return sorted(
        {
            tagschemes.split_tag(label)[1]
            for label in task.labels
            if label[:1] != tagschemes.OUTSIDE
        }
    )


def _sequence(probability: float) -> str:
    number = sequence_number(probability)
    return f'<data title="probability of all these labels">{number}</data>'
