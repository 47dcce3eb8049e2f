"""A page as one HTML file that needs nothing else and runs no scripts."""

from __future__ import annotations

from collections.abc import Iterable

from tagger.markup import Html, tag
from tagger.webstyle import CSS

# Whatever slipped through, a browser would neither run nor fetch it.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(title: str, body: Iterable[object]) -> str:
    """Return a page; what is no `Html` in it is escaped."""
    head = [
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("title", title),
        tag("style", Html(CSS)),
    ]
    page = tag("html", tag("head", *head), tag("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"
