"""What the first lines of a column file say of the others: comments, ids, a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from util.corpus.lines import is_blank, split_line

# What stands between the documents of CoNLL-2003 and its many descendants.
DOCUMENT = "-DOCSTART-"
# Lines of comments that are held back until the first token shows what they are.
_LONGEST_HEAD = 100_000

# CoNLL-U: ten columns, an id first.
CONLLU = tuple("ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC".split())
_CONLLU_NAMES = {"TOKENS": "FORM", "POS": "UPOS"}  # of other columns of ours
_ID, _HEAD = re.compile(r"\d+(?:[-.]\d+)?"), re.compile(r"\d+|_")
# Its rows for contractions (`1-2`) and for elided words (`8.1`).
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")
# The ids with which such a file can begin.
_FIRST_ID = re.compile(r"1|0\.1|1-(?:[2-9]|[1-9]\d+)")
# CoNLL-U Plus names its columns; the others are the comments that CoNLL-U asks for.
_PLUS = re.compile(r"#\s*global\.columns\s*=(.*)")
_METADATA = re.compile(r"#\s*(?:global\.columns|sent_id|text|newdoc id|newpar id)\s*=")

# What headers call the tokens and the other columns.
_TOKEN_NAMES = frozenset("token tokens word words form wordform text".split())
_NAMES = _TOKEN_NAMES.union(
    "id index idx sentence sent doc document misc offset tag tags label labels pos "
    "upos xpos cpos ppos upostag xpostag lemma lemmas feats feat morph head deprel "
    "deps dep chunk chunks ner ne nel entity entities bio iob gold class span "
    "annotation".split()
)
_WORDS = re.compile(r"[^\W\d_]+")

_WORD = re.compile("[^ ]+")
# Between the parts of a token where a line is a whole sentence, as in `word|POS|TAG`.
_JOINTS = "|/_"
_ROWS_SEEN = 5


class Layout(NamedTuple):
    """How the lines of a file are to be read.

    Attributes:
        comments: What comments before a sentence begin with.
        ids: The column of CoNLL-U's ids, None if there is none.
        width: How many columns the rows `1-2` and `8.1` have.
        header: The line of a header that names the columns, 0 without one.
        names: What CoNLL-U, or a comment of CoNLL-U Plus, calls the columns; none for
            other files.
    """

    comments: tuple[str, ...] = ()
    ids: int | None = None
    width: int = 0
    header: int = 0
    names: tuple[str, ...] = ()

    def is_no_word(self, row: Sequence[str]) -> bool:
        """Tell CoNLL-U's rows for contractions and elided words.

        Elsewhere such values are real tokens: CoNLL-2000 holds thousands like `8.1`.
        """
        return len(row) == self.width and is_range(row[self.ids])


def is_range(value: str) -> bool:
    """Tell the ids `1-2` and `8.1` of CoNLL-U's rows that are no words."""
    return bool(_NOT_A_WORD.fullmatch(value))


def recognise(
    lines: Iterator[tuple[int, str]],
    columns: Mapping[int, str],
    comment: str | None,
) -> tuple[Layout, list[tuple[int, str]]]:
    """Read as many lines as it takes to know the layout.

    Args:
        lines: An iterator over numbered lines; what is read of it is gone.
        columns: The columns that are wanted, by index.
        comment: The sign of comments, if there is one.

    Returns:
        The layout, and the lines that were read.
    """
    head: list[tuple[int, str]] = []
    signs = (comment,) if comment else ()
    layout = Layout(signs)
    names = None
    for number, text in lines:
        head.append((number, text))
        if len(head) == _LONGEST_HEAD:
            break
        if is_blank(text) or text.startswith((*signs, DOCUMENT)):
            continue
        if text[0] == "#":
            plus = _PLUS.match(text)
            names = plus.group(1).split() if plus else names
            if _METADATA.match(text):
                layout = layout._replace(comments=(*signs, "#"))
            continue
        row = split_line(text)
        if not layout.header and names is None and is_header(row, columns):
            layout = layout._replace(header=number)
            continue
        if names or _is_conllu(text, row):
            layout = layout._replace(names=tuple(names or CONLLU))
        ids = _id_column(text, row, columns, names)
        if ids is not None:
            layout = layout._replace(comments=(*signs, "#"), ids=ids, width=len(row))
        break
    return layout, head


def conllu_names(text: str) -> tuple[str, ...]:
    """Return what CoNLL-U calls its columns; none for what is something else.

    Args:
        text: How the file begins, down to its first token.
    """
    lines = enumerate(re.split("\r\n?|\n", text.removeprefix("\ufeff")), 1)
    return recognise(lines, {1: "tokens"}, None)[0].names


def conllu_column(names: Sequence[str], column: str) -> int | None:
    """Return where a column of a model stands in CoNLL-U, None if it has no such one.

    >>> conllu_column(CONLLU, "POS"), conllu_column(CONLLU, "NER_BIO")
    (3, None)
    """
    name = column.upper()
    name = name if name in names else _CONLLU_NAMES.get(name)
    return names.index(name) if name in names else None


def _is_conllu(text: str, row: Sequence[str]) -> bool:
    """Tell the first row of CoNLL-U from other tables that begin with a number."""
    return (
        "\t" in text
        and len(row) == len(CONLLU)
        and bool(_ID.fullmatch(row[0]))
        and bool(_HEAD.fullmatch(row[CONLLU.index("HEAD")]))
    )


def _id_column(
    text: str,
    row: Sequence[str],
    columns: Mapping[int, str],
    names: Sequence[str] | None,
) -> int | None:
    """Return the column of CoNLL-U's ids, given the first row of a token."""
    if names is not None:
        ids = names.index("ID") if "ID" in names else None
        return ids if ids != token_column(columns) else None
    if columns.get(0) == "tokens" or "\t" not in text:
        return None
    if len(row) == len(CONLLU) and row[0][:1].isdigit():
        return 0
    # Relatives with fewer or more columns, as long as nobody reads the first one.
    return 0 if 0 not in columns and _FIRST_ID.fullmatch(row[0]) else None


def is_header(row: Sequence[str], columns: Mapping[int, str]) -> bool:
    """Tell a line that names its columns: a name for tokens, names in all others."""
    token = token_column(columns)
    if len(row) < 2 or len(row) <= token or row[token].lower() not in _TOKEN_NAMES:
        return False
    names = {_name(value) for value in row if value}
    # A word and its lemma may both be such words, but are no labels.
    return names <= _NAMES and not names <= _TOKEN_NAMES


def _name(value: str) -> str:
    """Return the first word of a value, in lower case: `ne` for `NE-COARSE-LIT`."""
    words = _WORDS.findall(value)
    return words[0].lower() if words else ""


def token_column(columns: Mapping[int, str]) -> int:
    """Return the column of the tokens; the first, if none is called so."""
    return next((i for i, name in columns.items() if name == "tokens"), 0)


def sentences_in_lines(rows: Sequence[Sequence[str]], tabs: bool) -> bool:
    """Tell rows that are whole sentences, such as `EU|NNP rejects|VBZ it|PRP`.

    Args:
        rows: Those of the first sentence.
        tabs: Whether tabs separate the columns.
    """
    rows = rows[:_ROWS_SEEN]
    if min(map(len, rows)) < 2:
        return False
    if tabs:  # the words of a sentence in one column, their labels in another
        return all(
            _share_a_count([len(_WORD.findall(v)) for v in row], 2) for row in rows
        )
    if sum(map(len, rows)) < 3:
        return False
    return any(
        _share_a_count([_parts(value, joint) for row in rows for value in row], 2)
        for joint in _JOINTS
    )


def _parts(value: str, joint: str) -> int:
    """Return how many parts a value has, 0 if one of them is empty."""
    parts = value.split(joint)
    return len(parts) if all(parts) else 0


def _share_a_count(counts: Sequence[int], least: int) -> bool:
    return len(set(counts)) == 1 and counts[0] >= least
