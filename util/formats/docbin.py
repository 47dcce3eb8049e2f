"""spaCy's DocBin (`.spacy`), read and written through spaCy itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from util.formats.aligning import Placed, flat, place
from util.formats.document import UNNAMED, Document, Sentence, Span, Token
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.formats.writers import FormatWriter
from util.languages import SPACY
from util.output.conllu_tasks import targets_of
from util.task import Task

_NAME, _LAYER = "name", "layer"  # in the user data of a document
_BLANK = "kept as a blank, since spaCy's tokens hold none"
_OTHER_SPANS = "sc"  # what spaCy's own categorizer of spans calls them


def _spacy() -> Any:
    try:
        import spacy
        import spacy.tokens
    except ImportError:
        raise ValueError(
            f'spaCy reads and writes .spacy files: pip install "{SPACY}" '
            "(requirements-languages.txt)."
        ) from None
    return spacy


def read(path: str, options: Options, problems: Problems) -> Iterator[Document]:
    """Yield the documents of a file; spaCy holds all of them at once.

    Raises:
        ValueError: It is no such file, or spaCy is not installed.
    """
    spacy = _spacy()
    with open(path, "rb") as file:
        content = file.read()
    try:
        vocabulary = spacy.blank("xx").vocab
        docs = list(spacy.tokens.DocBin().from_bytes(content).get_docs(vocabulary))
    except Exception as error:  # a stranger's bytes; spaCy promises nothing
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise ValueError(f"{path}: no DocBin of spaCy ({reason}).") from None
    for number, doc in enumerate(docs, 1):
        where = f"{path}: document {number}"
        name = doc.user_data.get(_NAME)
        layer = doc.user_data.get(_LAYER)
        layer = layer if isinstance(layer, str) else UNNAMED
        spans = [
            Span(e.start_char, e.end_char, e.label_ or "_", layer, where=where)
            for e in doc.ents
        ]
        for layer, group in doc.spans.items():
            layer = UNNAMED if layer == _OTHER_SPANS else layer
            spans += [
                Span(s.start_char, s.end_char, s.label_ or "_", layer, where=where)
                for s in group
            ]
        sentences = _sentences(doc)
        if sentences:
            name = name if isinstance(name, str) else ""
            yield Document(doc.text, spans, sentences, name, where)
        else:
            problems.note("a text without words, left out")


def _sentences(doc: Any) -> list[Sentence]:
    """Return the sentences; a document that marks none is one."""
    parts = doc.sents if doc.has_annotation("SENT_START") else [doc]
    found = []
    for part in parts:
        words = [word for word in part if not word.is_space]
        if not words:
            continue
        tokens = [Token(w.text, w.idx, w.idx + len(w.text)) for w in words]
        columns = {}
        for name, labels in (
            ("UPOS", [word.pos_ for word in words]),
            ("XPOS", [word.tag_ for word in words]),
        ):
            if any(labels):
                columns[name] = [label or "_" for label in labels]
        found.append(Sentence(tokens, columns))
    return found


class Writer(FormatWriter):
    """Writes a document for each text: the first layer as `ents`, others as `spans`."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        self._spacy = _spacy()
        super().__init__(path, options, shape, problems)
        self._vocabulary = self._spacy.blank(options.style.language).vocab
        self._docs = self._spacy.tokens.DocBin(
            attrs=["TAG", "POS", "ENT_IOB", "ENT_TYPE", "SENT_START"],
            store_user_data=True,
        )
        tasks = [Task(n, n, tuple(sorted(x))) for n, x in shape.columns.items()]
        targets = targets_of(tasks)
        self._columns = {t: n for n, t in targets.items() if t in ("UPOS", "XPOS")}

    def write(self, document: Document) -> None:
        """Write a text."""
        sentences = document.sentences or ()
        self._problems.lost(document, scores=True)
        for sentence in sentences:
            for name, labels in sentence.columns.items():
                if name not in self._columns.values():
                    what = f"labels of {name}, which have no place there"
                    self._problems.amount(what, len(labels))
        for token in (t for s in sentences for t in s.tokens if t.form.isspace()):
            what = f"the token {token.form!r} at character {token.start}"
            self._problems.add(_BLANK, document.where, what)
        placed = place(document, sentences, self._problems)
        doc, starts = self._doc(document.text, sentences)
        base, first = 0, []
        for sentence in sentences:
            first.append(base)
            base += len(sentence.tokens)
        by_layer: dict[str, list[Placed]] = {n: [] for n in self._shape.layers}
        for entry in placed:
            by_layer[entry.span.layer].append(entry)
        for number, (layer, entries) in enumerate(by_layer.items()):
            spans = [
                self._spacy.tokens.Span(
                    doc,
                    starts[first[e.sentence] + e.first],
                    starts[first[e.sentence] + e.end - 1] + 1,
                    label=e.span.label,
                )
                for e in entries
            ]
            if number == 0 and len(flat(entries, document, Problems(0))) == len(spans):
                doc.set_ents(spans)
                doc.user_data[_LAYER] = layer
            elif spans:
                doc.spans[layer] = spans
        if document.name:
            doc.user_data[_NAME] = document.name
        self._docs.add(doc)

    def _doc(self, text: str, sentences: Sequence[Sentence]) -> tuple[Any, list[int]]:
        """Return a document and the place of each token; blanks are words there."""
        words: list[str] = []
        spaces: list[bool] = []
        tags: list[str] = []
        kinds: list[str] = []
        begins: list[bool] = []
        starts: list[int] = []
        at = 0
        for sentence in sentences:
            columns = sentence.columns
            upos, xpos = (columns.get(self._columns.get(n)) for n in ("UPOS", "XPOS"))
            for number, token in enumerate(sentence.tokens):
                _blanks(text[at : token.start], words, spaces)
                while len(begins) < len(words):
                    tags.append("")
                    kinds.append("")
                    begins.append(False)
                starts.append(len(words))
                words.append(text[token.start : token.end])
                spaces.append(False)
                tags.append("" if xpos is None else xpos[number])
                kinds.append("" if upos is None else upos[number].strip("_"))
                begins.append(number == 0)
                at = token.end
        _blanks(text[at:], words, spaces)
        more = len(words) - len(begins)
        doc = self._spacy.tokens.Doc(
            self._vocabulary,
            words=words,
            spaces=spaces,
            tags=tags + [""] * more,
            pos=kinds + [""] * more,
            sent_starts=begins + [False] * more,
        )
        return doc, starts

    def close(self) -> None:
        """Write the file."""
        self._docs.to_disk(self._path)


def _blanks(text: str, words: list[str], spaces: list[bool]) -> None:
    """Add what stands between two tokens: a blank, or a word of blanks."""
    if text[:1] == " " and words:
        spaces[-1] = True
        text = text[1:]
    if text:
        words.append(text)
        spaces.append(False)
