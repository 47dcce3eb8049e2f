"""Pieces of HTML; every value that goes into them is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from util.corpus.checking.report import printable
from util.output import highlight


class Html(str):
    """Text that is HTML already; any other string is escaped."""


def escape(value: object) -> Html:
    """Return a value as HTML text that shows it as it is.

    >>> escape('<a b="c">'), escape(Html("<b>x</b>"))
    ('&lt;a b=&quot;c&quot;&gt;', '<b>x</b>')
    """
    if isinstance(value, Html):
        return value
    return Html(highlight.escape(printable(str(value))))


def tag(name: str, *content: object, **attributes: object) -> Html:
    """Return an element; the trailing underscore of `class_` goes.

    >>> tag("p", "1 < 2", class_="x")
    '<p class="x">1 &lt; 2</p>'
    """
    written = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{join(content)}</{name}>")


def join(parts: Iterable[object], separator: str = "") -> Html:
    """Return parts one after another."""
    return Html(separator.join(map(escape, parts)))


def preformatted(text: str) -> Html:
    """Return lines of text that keep their ends."""
    return join(text.splitlines(), "\n")


def paragraph(*content: object) -> Html:
    """Return a paragraph."""
    return tag("p", *content)


def note(text: str) -> Html:
    """Return a paragraph that explains how to read what follows."""
    return tag("p", text, class_="help")


def bullets(items: Iterable[object]) -> Html:
    """Return a list with bullets."""
    return tag("ul", *(tag("li", item) for item in items))


def table(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> Html:
    """Return a table whose first column names the rows."""
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    body = [
        tag("tr", tag("th", first, scope="row"), *(tag("td", value) for value in rest))
        for first, *rest in rows
    ]
    content = tag("table", tag("thead", head), tag("tbody", *body))
    return tag("div", content, class_="scroll")


def bar(share: float, text: str) -> Html:
    """Return a text in front of a bar that is as long as a share in [0, 1]."""
    width = f"width:{100 * min(max(share, 0), 1):.1f}%"
    return tag("div", tag("i", style=width), tag("span", text), class_="bar")


def picture(svg: bytes, description: str, kind: str = "") -> Html:
    """Return an SVG picture inside the page, with a text for who cannot see it."""
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
    image = Html(f'<img src="{source}" alt="{escape(description)}">')
    return tag("div", image, class_=f"scroll plot {kind}".strip())


def details(summary: object, *content: object) -> Html:
    """Return something that opens on a click."""
    return tag("details", tag("summary", summary), *content)
