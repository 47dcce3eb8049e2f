"""Spans of tokens as a column of tags, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence

from util import tagschemes
from util.corpus.partial import BETWEEN, UNKNOWN
from util.formats.aligning import Placed, flat
from util.formats.document import Document, Sentence
from util.formats.options import Options
from util.formats.problems import Problems


def layer_tags(
    sentences: Sequence[Sentence],
    placed: Sequence[Placed],
    layers: Sequence[str],
    scheme: str = "BIO",
) -> dict[str, list[list[str]]]:
    """Return by layer the tags of each sentence.

    Args:
        sentences: The sentences.
        placed: Spans of which none of a layer overlap, in order.
        layers: Those that are wanted, spans or none.
        scheme: In which they are written.
    """
    found: dict[str, list[list[tagschemes.Span]]]
    found = {layer: [[] for _ in sentences] for layer in layers}
    for number, first, end, span in placed:
        if span.layer in found:
            found[span.layer][number].append(tagschemes.Span(span.label, first, end))
    return {
        layer: [
            tagschemes.write(spans, len(sentence.tokens), scheme)
            for spans, sentence in zip(by_sentence, sentences)
        ]
        for layer, by_sentence in found.items()
    }


def scored_tags(
    document: Document,
    sentences: Sequence[Sentence],
    placed: Sequence[Placed],
    layers: Sequence[str],
    options: Options,
    problems: Problems,
) -> dict[str, list[list[str]]]:
    """Return by layer the tags of each sentence, `?` where a span is in doubt.

    A span whose score is at least `options.sure`, or that has none, is written. The
    tokens of one below that, down to `options.doubtful`, are left open. What is below
    that is not there.
    """
    sure, open_ = [], []
    for entry in placed:
        score = entry.span.score
        if score is None or score >= options.sure:
            sure.append(entry)
        elif score >= options.doubtful:
            open_.append(entry)
    certain = flat(sure, document, problems)
    for label, where in ((e.span.label, e.span.where) for e in certain):
        if BETWEEN in label:
            raise ValueError(
                f"{where or document.where}: the label {label!r} holds a {BETWEEN}, "
                "which stands between two candidates where labels are known in part. "
                "Rename it, or leave --sure out."
            )
    tags = layer_tags(sentences, certain, layers, options.scheme)
    for number, first, end, span in open_:
        row = tags[span.layer][number] if span.layer in tags else []
        for token in range(first, min(end, len(row))):
            if row[token] == tagschemes.OUTSIDE:
                row[token] = UNKNOWN
    return tags
