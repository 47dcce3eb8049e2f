"""What no tokenizer may split, and what stands between blanks for all of them."""

from __future__ import annotations

import re

_PICTURE = "[\u2300-\u23ff\u2600-\u27bf\u2b05-\u2b55\U0001f300-\U0001faff]"
_MORE = "[\ufe0f\U0001f3fb-\U0001f3ff]*"  # its colour
# Flags, keys, and pictures that joiners make one.
EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}{_MORE}(?:\u200d{_PICTURE}{_MORE})*)"
)
EMOTICON = r"(?:(?<!\w)[:;=][-o^']?[()\[\]DPp/|*](?!\w)|(?<!\w)<3(?!\w))"

_ENDS = '\\s<>"“”„«»「」』。，、！？；：）'  # of an address
_LAST = _ENDS + "()\\[\\]{}.,;:!?'’‘…*_"  # cannot be its last character
_REST = rf"(?:[^{_ENDS}()]|\([^\s()]*\))*(?:[^{_LAST}]|\([^\s()]*\)|(?<=/))"
_ADDRESS = (
    rf"(?:[a-zA-Z][a-zA-Z+]{{1,9}}://|www\.){_REST}"
    r"|(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![\w@.-])[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-z]{{2,6}}/{_REST}"
)
# C# and R&D, too; `&` stands alone else.
_NAME = (
    r"(?<![\w&#@])[#@]\w*[^\W\d]\w*"
    r"|(?<![\w&])[A-Z](?:[A-Z]?&[A-Z])+(?![\w&])|(?<!\w)[CFJ]#(?!\w)"
)
# Numbers, dates, times and their ranges; of any length they would take for ever.
_NUMBER = r"(?<![\w.,])\d{1,20}(?:[.,:/’'–-]\d{1,20}){1,9}(?![\w/])"

WHOLE = re.compile(f"{_ADDRESS}|{_NAME}|{_NUMBER}")
ALONE = re.compile(f"{EMOJI}|{EMOTICON}|…|[‹›]|—+")
# What any of these, or of the rules for English, could be in.
UNUSUAL = re.compile(r"[^ -~\s]|[@#&=<:;/]|www\.|\.[A-Za-z]\.|(?<!\w)'\w")
