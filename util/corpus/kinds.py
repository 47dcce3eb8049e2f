"""The kinds of things that may be wrong with a column file, by lines.

What makes a score meaningless is an error; the rest is a warning, or a note.
"""

from __future__ import annotations

from typing import NamedTuple

from util.corpus.checking.report import ERROR, NOTE, WARNING


class Kind(NamedTuple):
    """A kind of finding.

    Attributes:
        name: Its name in reports.
        level: Of severity.
        noun: What is counted.
        text: What is wrong with it, behind the count.
        advice: What to do.
    """

    name: str
    level: str
    noun: str
    text: str
    advice: str = ""


NARROW = Kind(
    "columns",
    ERROR,
    "line",
    "with too few columns.",
    "Check --columns, or 'columns' in the dataset definition, and what separates the "
    "columns.",
)
WRONG_COLUMN = Kind(
    "columns",
    ERROR,
    "file",
    "with something else in the column of the tokens, as it seems.",
)
COMMAS = Kind(
    "columns",
    ERROR,
    "file",
    "whose name ends in .csv, without a tab or blank that separates columns.",
)
SPLIT_VALUE = Kind(
    "uneven_columns",
    ERROR,
    "line",
    "with another number of columns than the rest of the sentence.",
    "Blanks separate the columns of a line without tabs: if its values hold blanks, "
    "put tabs between them.",
)
UNEVEN = Kind(
    "uneven_columns",
    WARNING,
    "line",
    "with another number of columns than the first.",
)
SENTENCES = Kind(
    "sentences",
    ERROR,
    "line",
    "holding whole sentences, as it seems.",
    "Write one token per line, its columns behind it, and an empty line behind each "
    "sentence.",
)
NO_EMPTY_LINE = Kind(
    "no_empty_line",
    ERROR,
    "token",
    "without an empty line between them, so that they are one sentence.",
    "Put an empty line behind each sentence.",
)
ALONE = Kind(
    "sentences",
    WARNING,
    "sentence",
    "of one token each, and no other.",
    "An empty line ends a sentence: is there one behind every token?",
)
UTF16 = Kind(
    "encoding",
    ERROR,
    "file",
    "in UTF-16, as it seems.",
    "Convert it to UTF-8, for example with iconv.",
)
ENCODING = Kind(
    "encoding",
    ERROR,
    "line",
    "not in UTF-8.",
    "Convert the file, for example with iconv.",
)
COMMENT_INSIDE = Kind(
    "comments",
    WARNING,
    "line",
    "with the sign of comments inside a sentence, read as a token.",
    "Comments stand before a sentence.",
)
COMMENT_LIKE_TOKEN = Kind(
    "comments",
    WARNING,
    "line",
    "skipped as a comment, but with the columns and the last value of a token.",
    "If it is a token, do without this sign of comments.",
)
MAYBE_COMMENT = Kind(
    "comments",
    WARNING,
    "sentence",
    "beginning with '#', which is read as a token.",
    "If these are comments, set 'commentSymbol': '#', or give --comment '#'.",
)
DOCUMENTS = Kind("documents", NOTE, "line", "-DOCSTART-, skipped.")
HEADER = Kind("header", NOTE, "line", "that names the columns, skipped.")
EMPTY_TOKEN = Kind("empty_value", WARNING, "line", "with an empty token.")
EMPTY_LABEL = Kind(
    "empty_label",
    ERROR,
    "label",
    "left empty.",
    "Every token needs a label; one tab stands between two columns.",
)
HIDDEN = Kind(
    "characters",
    WARNING,
    "value",
    "with characters that do not show (zero-width, control or replacement characters, "
    "other blanks at an end).",
)
