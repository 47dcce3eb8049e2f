"""JSON on one line, as all JSON lines of this project are written."""

from __future__ import annotations

import json
from typing import Any

# Some programs end a line at these, which JSON lets stand in a string.
_LINE_ENDS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_line(record: Any) -> str:
    """Return JSON on one line, with its end, whatever program looks for line ends.

    >>> to_line({"a": [1, "é"]})
    '{"a":[1,"é"]}\\n'
    """
    return _encode(record).translate(_LINE_ENDS) + "\n"
