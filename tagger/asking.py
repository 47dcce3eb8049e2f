"""Asks on a terminal what the columns of a file are, with a guess for an answer."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from util.corpus.owndata import Unclear, define
from util.flags import parse_columns


def define_or_ask(
    path: str,
    label: str | None,
    columns: dict[int, str] | None,
    comment: str | None,
    styled: bool,
    partial: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Return what `define` does; on a terminal, ask where that is not sure.

    Raises:
        ValueError: As `define`; `Unclear` where nobody can be asked, or says nothing.
    """
    try:
        return define(path, label, columns, comment, styled, partial)
    except Unclear as unclear:
        if not (sys.stdin.isatty() and unclear.columns):
            raise
        try:
            columns, label, comment = _ask(unclear, comment)
        except EOFError:
            raise unclear from None
    return define(path, label, columns, comment, styled, partial)


def _ask(
    unclear: Unclear, comment: str | None
) -> tuple[dict[int, str], str, str | None]:
    """Return the columns, the label and the sign of comments, as the user says."""
    sys.stderr.write(f"{unclear.found}\n")
    columns, names = unclear.columns, []
    guess = ",".join(f"{index}:{name}" for index, name in columns.items())
    while not names:
        answer = input(f"Columns (Enter for {guess}): ").strip()
        try:
            columns = parse_columns(answer or guess)
        except argparse.ArgumentTypeError as error:
            sys.stderr.write(f"{error}\n")
            continue
        names = [name for name in columns.values() if name != "tokens"]
    label = names[0] if len(names) == 1 else ""
    while label not in names:
        label = input(f"Label to predict ({' or '.join(names)}): ").strip()
    if unclear.comment and comment is None:
        question = (
            f"Are lines comments that begin with {unclear.comment} (Enter or n)? "
        )
        if not input(question).strip().lower().startswith("n"):
            comment = unclear.comment
    flags = ",".join(f"{index}:{name}" for index, name in columns.items())
    more = f" --comment '{comment}'" * bool(comment)
    sys.stderr.write(
        f"The same without questions: --columns {flags} --label {label}{more}\n"
    )
    return columns, label, comment
