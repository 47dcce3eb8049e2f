"""Suspects as files: a table, JSON lines, and a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from tagger.experiments.corpus import Corpus
from tagger.experiments.labelerrors.suspects import Suspect, in_words
from tagger.markup import Html, join, note, paragraph, tag
from tagger.webdocument import document
from util.corpus.checking.report import printable
from util.files import atomic_path
from util.tagschemes import OUTSIDE, Span

TABLE, LINES, PAGE = "suspects.tsv", "suspects.jsonl", "suspects.html"
_ON_PAGE = 1000
_CONTEXT = 8  # words before and after
COLUMNS = ("place", "gold", "suggestion", "probability", "sentence")


def place(corpus: Corpus, suspect: Suspect) -> str:
    """Return file and line of a suspect."""
    line = corpus.numbers[suspect.sentence][suspect.start]
    return f"{corpus.path}:{line}"


def gold_text(corpus: Corpus, suspect: Suspect) -> str:
    """Return what gold says there."""
    tokens = corpus.tokens(suspect.sentence)
    if not suspect.gold:
        return f"{OUTSIDE}: {' '.join(tokens[suspect.start : suspect.end])}"
    return in_words([Span(suspect.gold, suspect.start, suspect.end)], tokens)


def write_table(path: str, corpus: Corpus, found: Iterable[Suspect]) -> None:
    """Write one line per suspect, tab-separated, under a header."""
    with _new(path) as file:
        file.write("\t".join(COLUMNS) + "\n")
        for suspect in found:
            tokens = corpus.tokens(suspect.sentence)
            cells = [
                place(corpus, suspect),
                gold_text(corpus, suspect),
                in_words(suspect.suggestion, tokens),
                f"{suspect.probability:.3g}",
                " ".join(tokens),
            ]
            file.write("\t".join(map(printable, cells)) + "\n")


def write_lines(path: str, corpus: Corpus, found: Iterable[Suspect]) -> None:
    """Write a JSON object per line for each suspect."""
    with _new(path) as file:
        for rank, suspect in enumerate(found, 1):
            tokens = corpus.tokens(suspect.sentence)
            pieces = [
                {**s._asdict(), "text": " ".join(tokens[s.start : s.end])}
                for s in suspect.suggestion
            ]
            content = {
                "rank": rank,
                "file": corpus.path,
                "line": corpus.numbers[suspect.sentence][suspect.start],
                "tokens": tokens,
                "start": suspect.start,
                "end": suspect.end,
                "gold": suspect.gold or OUTSIDE,
                "suggestion": pieces,
                "probability": suspect.probability,
                "fold": suspect.fold,
            }
            if suspect.seen is not None:
                content.update(unseen=suspect.unseen, seen=suspect.seen)
            file.write(json.dumps(content, ensure_ascii=False) + "\n")


def write_page(path: str, corpus: Corpus, found: Sequence[Suspect]) -> None:
    """Write a page with the first suspects in their sentences."""
    title = "Labels to look at"
    shown = found[:_ON_PAGE]
    unit = "spans, and missing spans," if corpus.spans else "labels"
    body = [
        tag("h1", title),
        tag("p", "Of: ", corpus.path, class_="files"),
        paragraph(
            f"{len(found):,} {unit} that models find improbable; {_asked(found)} The "
            f"least probable ones come first{_of(shown, found)}."
        ),
        note(
            "The percentage says how probable the gold label is by the model. Some "
            "suspects are errors in the data; some are right, and rare or hard."
        ),
        *(_entry(corpus, rank, suspect) for rank, suspect in enumerate(shown, 1)),
    ]
    with _new(path) as file:
        file.write(document(title, body))


def _asked(found: Sequence[Suspect]) -> str:
    """Say which models were asked."""
    if found and found[0].seen is not None:
        return (
            "the one that has not seen the sentence counts half, those that have seen "
            "it the other half."
        )
    return "each model has not seen the sentences that it was asked about."


def _of(shown: Sequence, found: Sequence) -> str:
    if len(shown) == len(found):
        return ""
    return f"; here are {len(shown):,}, and all of them in {TABLE}"


def _entry(corpus: Corpus, rank: int, suspect: Suspect) -> Html:
    percent = f"{100 * suspect.probability:.2g} %"
    gold = (Span(suspect.gold, suspect.start, suspect.end),) if suspect.gold else ()
    pieces = (*gold, *suspect.suggestion)
    first = min([suspect.start, *(piece.start for piece in pieces)])
    last = max([suspect.end, *(piece.end for piece in pieces)])
    window = corpus.tokens(suspect.sentence), first, last
    head = paragraph(
        tag("span", f"{rank:,}", class_="count"), f"{place(corpus, suspect)}, {percent}"
    )
    readings = [
        _reading(*window, gold, "gold", "gold"),
        _reading(*window, suspect.suggestion, "instead", "predicted"),
    ]
    return tag("div", head, tag("div", *readings, class_="example"), class_="error")


def _reading(tokens, first, last, pieces, who, kind) -> Html:
    """Return a sentence's words around a place, read in one way."""
    before = max(first - _CONTEXT, 0)
    parts: list[object] = ["…"] * (before > 0) + list(tokens[before:first])
    marked: list[object] = list(_marked(tokens, first, last, pieces))
    parts.append(tag("mark", join(marked, " "), class_=kind))
    parts += list(tokens[last : last + _CONTEXT])
    parts += ["…"] * (last + _CONTEXT < len(tokens))
    return paragraph(tag("span", who, class_="who"), tag("span", join(parts, " ")))


def _marked(tokens, first, last, pieces) -> Iterator[object]:
    at = first
    for piece in pieces:
        yield from tokens[at : piece.start]
        words = " ".join(tokens[piece.start : piece.end])
        yield tag("u", tag("sub", piece.type), words)
        at = piece.end
    yield from tokens[at:last]


class _new:
    """Opens a text file that takes its place when it is complete."""

    def __init__(self, path: str):
        self._atomic = atomic_path(path)

    def __enter__(self) -> TextIO:
        self._file = open(  # noqa: SIM115
            self._atomic.__enter__(), "w", encoding="utf-8", newline="\n"
        )
        return self._file

    def __exit__(self, *what) -> None:
        self._file.close()
        self._atomic.__exit__(*what)
