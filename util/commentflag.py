"""The flag that says what comments begin with, which may look like a flag itself."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

_FLAG = re.compile(r"--?[a-z][a-z-]*(=.*)?", re.DOTALL)


def add_comment_flag(parser: argparse.ArgumentParser, default: str = "") -> None:
    """Add the flag that says what comments begin with, even with a dash.

    Args:
        parser: Gets the flag.
        default: What the help says of it.
    """
    parser.add_argument(
        "--comment",
        action=_TakeSign,
        metavar="SIGN",
        help=f"lines before a sentence that start with it are comments{default}",
    )
    parse = parser.parse_known_args

    def parse_known_args(args=None, namespace=None):
        return parse(_with_sign(sys.argv[1:] if args is None else args), namespace)

    parser.parse_known_args = parse_known_args


class _TakeSign(argparse.Action):
    """Takes any value, even `--`, of which older argparse makes an empty list."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, "--" if values == [] else values)


def _with_sign(arguments: Sequence[str]) -> list[str]:
    """Join `--comment` with a sign that looks like a flag, such as `-DOCSTART-`.

    >>> _with_sign(["--comment", "-DOCSTART-", "--json"])
    ['--comment=-DOCSTART-', '--json']
    """
    joined: list[str] = []
    for argument in arguments:
        after = joined[-1:] == ["--comment"]
        if after and argument[:1] == "-" and not _FLAG.fullmatch(argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined
