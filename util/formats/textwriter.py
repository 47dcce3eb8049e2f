"""What the writers of one text file share: it is open until they are closed."""

from __future__ import annotations


class TextWriter:
    """Holds a text file that is written.

    Args:
        path: The file.
    """

    def __init__(self, path: str):
        self._file = open(path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115

    def close(self) -> None:
        """End the file."""
        self._file.close()
