"""The file that the conlleval script reads."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tagger.evaluation.comparison import Judged
from util.files import atomic_path

# The script splits at every single blank.
_BLANKS = re.compile(r"[ \t\r\n\v\f]+")


def write_predictions(path: str, sentences: Iterable[Judged]) -> None:
    """Write token, right label and predicted label per line, separated by blanks.

    Blanks inside a value become `_`, and so does an empty value. A sentence ends with
    an empty line.

    Args:
        path: The file, in UTF-8.
        sentences: With gold labels and taggings.
    """
    with atomic_path(path) as temporary:
        with open(
            temporary, "w", encoding="utf-8", errors="replace", newline="\n"
        ) as file:
            for sentence in sentences:
                columns = (sentence.tokens, sentence.gold, sentence.tagging.labels)
                for row in zip(*columns):
                    values = [_BLANKS.sub("_", value) or "_" for value in row]
                    file.write(" ".join(values) + "\n")
                file.write("\n")
