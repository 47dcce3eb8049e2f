"""A sentence of columns as a text, with spans where a column holds tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from util import tagschemes
from util.formats.document import Document, Sentence, Span, Token


def document_of(
    forms: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    where: str,
    glued: Sequence[bool] | None = None,
) -> Document:
    """Return a sentence as a text of its own.

    Args:
        forms: Its tokens.
        columns: Labels by name; those of `x_BIO`, `x_IOB` and `x_IOBES` become spans.
        where: File and line.
        glued: For each token, whether no blank follows; None: one follows each.
    """
    tokens, parts, start = [], [], 0
    for number, form in enumerate(forms):
        tokens.append(Token(form, start, start + len(form)))
        blank = "" if glued and glued[number] else " "
        parts += [form, blank]
        start += len(form) + len(blank)
    spans, labels = [], {}
    for name, values in columns.items():
        scheme = tagschemes.scheme_of(name)
        if scheme is None:
            labels[name] = values
            continue
        layer = name[: -len(scheme) - 1]
        for type_, first, end in tagschemes.spans(values):
            place = tokens[first].start, tokens[end - 1].end
            spans.append(Span(*place, type_, layer, where=where))
    text = "".join(parts)[: tokens[-1].end]
    return Document(text, spans, [Sentence(tokens, labels)], "", where)
