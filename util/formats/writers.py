"""What the writers of all formats share: what they are given, and an open text file."""

from __future__ import annotations

from util.formats.document import Document, Sentence
from util.formats.options import Options, Shape
from util.formats.problems import Problems
from util.output.offsets import place_of_text
from util.output.window import Window


class FormatWriter:
    """Writes documents in one format; it is closed in the end.

    Args:
        path: The file to write; a folder, which is there, where the format is one.
        options: The flags of the conversion.
        shape: What the documents hold.
        problems: Gets what has no place in the format.
    """

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        self._path, self._options = path, options
        self._shape, self._problems = shape, problems

    def write(self, document: Document) -> None:
        """Write a document."""
        raise NotImplementedError

    def close(self) -> None:
        """End the file."""


class TextWriter(FormatWriter):
    """Writes one text file, which is open until this is closed."""

    def __init__(self, path: str, options: Options, shape: Shape, problems: Problems):
        super().__init__(path, options, shape, problems)
        self._file = open(path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115

    def close(self) -> None:
        """End the file."""
        self._file.close()


def window_of(
    document: Document, sentence: Sentence, tags: dict[str, list[str]]
) -> Window:
    """Return a sentence as what our own output formats are written from.

    Args:
        document: It stands in.
        sentence: The sentence.
        tags: Of its tokens, by layer.
    """
    tokens = sentence.tokens
    start = tokens[0].start
    text = document.text[start : tokens[-1].end]
    within = [(token.start - start, token.end - start) for token in tokens]
    labels = {name: [row] for name, row in {**sentence.columns, **tags}.items()}
    place = place_of_text(text, start, within)
    return Window([[token.form for token in tokens]], labels, places=[place])
