"""What /openapi.json says of requests and answers."""

from __future__ import annotations

from typing import Any

_STRINGS = {"type": "array", "items": {"type": "string"}}
_REQUEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "description": "A text."},
        "texts": {**_STRINGS, "description": "Texts."},
        "sentences": {
            "type": "array",
            "items": {
                "oneOf": [
                    _STRINGS,
                    {
                        "type": "object",
                        "required": ["tokens"],
                        "additionalProperties": _STRINGS,
                    },
                ]
            },
            "description": "Sentences: tokens, or columns by name.",
        },
        "pinned": {
            "description": "Labels that are given, per sentence and token, or by task.",
        },
        "confidence": {"type": "boolean"},
        "nbest": {"type": "integer", "minimum": 0},
        "others": {
            "type": "integer",
            "minimum": 0,
            "description": "How many other labels of each token to tell.",
        },
        "tasks": _STRINGS,
        "model": {"type": "string"},
        "language": {"type": "string"},
    },
}
_ERROR = {
    "description": "Refused, with the reason in one sentence.",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"error": {"type": "string"}}}
        }
    },
}
_KINDS = ("application/json", "text/plain", "text/html")
TAG: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _REQUEST},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
    "responses": {
        "200": {
            "description": "Tagged sentences, as docs/Output_Formats.md has them.",
            "content": {kind: {"schema": {}} for kind in _KINDS},
        },
        **{s: _ERROR for s in ("400", "401", "403", "408", "413", "422", "429", "503")},
    },
}
