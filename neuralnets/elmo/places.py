"""Where ELMo's options and weights are, and what to say if they are not there."""

from __future__ import annotations

import os

from util.download.datasources import SOURCES, find_source
from util.download.fetch import COMMAND, missing_data_message

WHERE = (
    "Say where ELMo's files are with --elmo-options and --elmo-weights (in a program, "
    "with `elmoOptions` and `elmoWeights` in loadModel's `params`)."
)


def local_place(path: str) -> str:
    """Return a path; for a web address, where its file is looked for on disk.

    >>> local_place("https://example.org/elmo/options.json")
    'embeddings/options.json'
    """
    if "://" not in path:
        return path
    return os.path.join("embeddings", path.rsplit("/", 1)[-1])


class MissingFile(ValueError):
    """The options or the weights do not exist; the message says how to get them."""

    def __init__(self, path: str, hint: str = ""):
        self.path = path
        if find_source(os.path.basename(path), SOURCES):
            message = missing_data_message(path)
        else:
            message = (
                f"{path} is missing. Published ELMo options and weights are fetched "
                f"with: {COMMAND} elmo"
            )
        super().__init__(f"it needs {path}. {hint}\n{message}" if hint else message)
