"""Words that several rooms put into their messages."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """Return a command line of this project as a user would type it.

    >>> command("check", "my data", "--columns", "0:tokens,1:POS")
    "python -m tagger check 'my data' --columns 0:tokens,1:POS"
    """
    return shlex.join(["python", "-m", "tagger", *words])
