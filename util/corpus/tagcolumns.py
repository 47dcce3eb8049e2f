"""Columns of tags as they are read: converted where asked for, else checked.

A column whose name ends in `_BIO`, `_IOB` or `_IOBES` holds tags of these schemes and
nothing else: what is no tag would count as a span of some kind, and the score mean
nothing. A data set says under the key `'tagStyle'` how its file writes them.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from util import tagschemes, tagstyles
from util.corpus import partial, stylefinder
from util.tagstyles import Style

if TYPE_CHECKING:
    from util.corpus.columns import Columns

KEY = "tagStyle"
# One style for every column of tags, or styles by column.
Choice = Union[str, Mapping[str, str], None]


class NotATag(ValueError):
    """A column of tags holds something else.

    Attributes:
        sentence, token: Where the first one is, from 0.
    """

    def __init__(self, text: str, sentence: int, token: int):
        super().__init__(text)
        self.sentence, self.token = sentence, token


def choice(dataset: Mapping[str, Any], columns: Mapping[int, str]) -> dict[str, str]:
    """Return the names of the styles of those columns that are read."""
    styles = styles_of(dataset["columns"].values(), dataset.get(KEY))
    read = set(columns.values())
    return {name: str(style) for name, style in styles.items() if name in read}


def options(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a definition that says how tags are written."""
    choice = dataset.get(KEY)
    if isinstance(choice, Mapping):
        choice = dict(sorted(choice.items()))
    return {KEY: choice} if choice else {}


def styles_of(columns: Iterable[str], choice: Choice) -> dict[str, Style]:
    """Return the style of each column that is to be converted.

    Args:
        columns: The names of the columns.
        choice: What `'tagStyle'` says.

    Raises:
        ValueError: It names no style that is known, or no column of tags.
    """
    if choice is None:
        return {}
    columns = [name for name in columns if tagschemes.scheme_of(name)]
    if isinstance(choice, str):
        choice = dict.fromkeys(columns, choice) or {"": tagstyles.parse(choice)}
    elif not isinstance(choice, Mapping):
        raise ValueError(
            f"'{KEY}' must be the name of a style, or a dictionary of columns to "
            f"names. Received: {choice!r}"
        )
    for name in choice.keys() - set(columns):
        endings = " or ".join(f"_{scheme}" for scheme in tagschemes.SCHEMES)
        raise ValueError(
            f"'{KEY}' converts columns whose names end in {endings}, which say what to "
            f"convert them to. There is no such column{f' {name!r}' if name else ''}; "
            f"there are: {', '.join(columns) or 'none'}"
        )
    return {name: tagstyles.parse(style) for name, style in choice.items()}


def treat(sentences: Sequence[dict], styles: Mapping[str, Style]) -> None:
    """Convert or check the columns of tags; `sentences` are changed in place.

    Args:
        sentences: Values by column.
        styles: Of the columns to convert.

    Raises:
        NotATag: A column of tags holds something else.
    """
    from util.corpus.columns import Columns  # now: it loads NumPy

    columns = Columns.of(sentences)
    treat_columns(columns, styles)
    for name in styles.keys() & columns.columns.keys():
        for sentence, tags in zip(sentences, columns.lists(name)):
            sentence[name] = tags


def treat_columns(columns: Columns, styles: Mapping[str, Style]) -> None:
    """Do what `treat` does to sentences in columns."""
    for name in filter(tagschemes.scheme_of, [*columns.columns]):
        style = styles.get(name)
        wrong = strange(columns.columns[name].values, style)
        if wrong:
            counts = columns.columns[name].counts()
            *place, value = columns.place_of(name, wrong)
            raise NotATag(problem(name, counts, value, style), *place)
        if style is not None:
            scheme = tagschemes.scheme_of(name)
            columns.convert(
                name, functools.partial(tagstyles.read, style=style, scheme=scheme)
            )


def strange(values: Collection[str], style: Style | None = None) -> list[str]:
    """Return the values that are no tags: of a style, or of our schemes."""
    if style is None:
        return tagschemes.untaggable(values)
    return tagstyles.unreadable(values, style)


def check(labels: Iterable[str], column: str) -> None:
    """Raise unless labels are tags, if the column's name says that they are.

    Args:
        labels: Those of any number of tokens.
        column: The column's name.

    Raises:
        ValueError: The message names the style that they are in.
    """
    if tagschemes.scheme_of(column) is None:
        return
    counts = Counter(labels)
    wrong = tagschemes.untaggable(counts)
    if wrong:
        raise ValueError(problem(column, counts, wrong[0]))


def check_scored(
    predicted: Iterable[Sequence[str]], gold: Iterable[Sequence[str]], column: str
) -> None:
    """Raise unless labels that are to be compared are tags, as `check` does.

    Args:
        predicted, gold: The labels of sentences.
        column: The name of the column that is predicted.
    """
    check(itertools.chain.from_iterable(gold), column)
    try:
        check(itertools.chain.from_iterable(predicted), column)
    except ValueError as error:
        raise ValueError(
            f"The model predicts what is no tag: train a new one. {error}"
        ) from None


def problem(
    column: str, counts: Mapping[str, int], value: str, style: Style | None = None
) -> str:
    """Return what is wrong with a column of tags and what to do, in sentences.

    Args:
        column: Its name.
        counts: How often each value occurs in it.
        value: One that is no tag.
        style: The style that it is said to be in.
    """
    scheme = tagschemes.scheme_of(column)
    shown = repr(value[:40])
    if style is not None:
        text = f"{shown} is no tag in the style '{style}', which '{KEY}' names."
    else:
        letters = "B-, I-, E- or S-" if scheme == "IOBES" else "B- or I-"
        text = (
            f"{shown} is no tag of {scheme}, which the name '{column}' announces: O, "
            f"or {letters} and a type."
        )
    found = stylefinder.recognise(counts)
    if found == style or (style is None and found == Style()):
        found = None
    if found is not None and not strange(counts, found):
        return f"{text} The column is in {_way_out(found)}"
    if stylefinder.numbers(counts):
        return (
            f"{text} Its labels are numbers, which stand for labels that are listed "
            "elsewhere: write those into the file."
        )
    wrong = strange(counts, style)
    total = sum(counts[label] for label in wrong)
    most = ", ".join(
        f"{label[:40]!r} ({counts[label]:,})"
        for label in sorted(wrong, key=lambda label: -counts[label])[:5]
    )
    text += f" Of {sum(counts.values()):,} labels, {total:,} are none: {most}"
    text += ", ..." if len(wrong) > 5 else "."
    reason = _reason(value, counts)
    return (
        f"{text}{reason} Correct them. If these are no tags at all, give the column a "
        f"name that does not end in _{scheme}: its labels are then scored one by one."
    )


def _way_out(style: Style) -> str:
    if style == Style():
        return f"our own schemes: leave '{KEY}' out."
    name = f"'{style}'"
    return (
        f"{stylefinder.title(style)}. To have it converted, set '{KEY}': {name} in the "
        f"definition of the data set, or give --tag-style {name}; or write converted "
        f"files with: python -m tagger check FOLDER --columns ... --convert {name} "
        "--output NEW_FOLDER"
    )


def _reason(value: str, counts: Mapping[str, int]) -> str:
    if not value:
        return " A label is empty."
    if len(value) == 2 and value[1] == "-":
        return f" {value!r} has no type."
    if value == partial.UNKNOWN:
        return (
            f" If it means that a label is not known, set '{partial.KEY}': True in the "
            f"definition of the data set, or give --{partial.KEY}."
        )
    if stylefinder.pairs(counts):
        return (
            " These are keys and values, as in the column MISC of CoNLL-U. Take the "
            "tags out of them with: python -m tagger convert FILE.conllu train.txt."
        )
    if value in ("B", "I", "E", "S"):
        return f" {value!r} has no type, and other tags have one."
    return ""
