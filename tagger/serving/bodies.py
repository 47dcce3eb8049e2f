"""Requests as they arrive: limited in size and time; and what they accept."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from tagger.serving.answers import HTML, JSON, TEXT
from tagger.serving.refusals import Refused
from tagger.serving.settings import Limits

# Of a body that is too large, this many times the limit is read and forgotten: many
# clients see no answer before they have sent it all.
LET_GO = 4


async def body_of(request: Request, limits: Limits) -> bytes:
    """Return the body of a request.

    Raises:
        Refused: It is too large, too slow, or packed.
    """
    check_encoding(request)
    parts, size = [], 0

    async def read() -> None:
        nonlocal size
        async for part in request.stream():
            size += len(part)
            if size <= limits.body:
                parts.append(part)
            elif size > LET_GO * limits.body:
                raise too_large(limits)

    try:
        await asyncio.wait_for(read(), limits.receive)
    except asyncio.TimeoutError:
        raise Refused(
            408, f"The request did not arrive within {limits.receive:g} s."
        ) from None
    except ClientDisconnect:
        raise Refused(400, "The request ended too early.") from None
    if size > limits.body:
        raise too_large(limits)
    return b"".join(parts)


def too_large(limits: Limits) -> Refused:
    """Return the refusal of a body that is too large."""
    return Refused(
        413,
        f"The request is larger than {limits.body:,} bytes; send several, or its parts "
        "as lines of application/x-ndjson.",
    )


def check_encoding(request: Request) -> None:
    """Raise `Refused` for a body that is packed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "Send the request without Content-Encoding.")


def accepted(request: Request) -> str:
    """Return the kind of answer that a request would like best.

    Raises:
        Refused: There is no such kind.
    """
    wishes = []
    for number, part in enumerate(request.headers.get("accept", "*/*").split(",")):
        kind, *rest = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece[2:] for piece in rest if piece.startswith("q=")), "1")
        try:
            wishes.append((-float(quality), number, kind))
        except ValueError:
            continue
    for _, _, kind in sorted(wish for wish in wishes if wish[0]):
        if kind in ("*/*", "application/*", ""):
            return JSON
        if kind == "text/*":
            return TEXT
        if kind in (JSON, TEXT, HTML):
            return kind
    raise Refused(406, f"Answers are {JSON}, {TEXT} or {HTML}.")


def is_lines(request: Request) -> bool:
    """Tell whether a request is read line by line."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind in ("application/x-ndjson", "application/ndjson")
