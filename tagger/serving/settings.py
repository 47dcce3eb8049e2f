"""How the service is run: its address, its limits, whom it trusts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Limits(NamedTuple):
    """What one visitor may ask for; each is refused with a sentence of its own.

    Attributes:
        body: Bytes of a request; of a line, where it is read line by line.
        texts: Texts or sentences of a request.
        tokens: Tokens of a request.
        token: Characters of a token.
        nbest: Label sequences.
        others: Other labels of a token.
        waiting: Requests that wait or are being tagged.
        connections: Connections that are open at once.
        receive: Seconds in which a request must have arrived.
        answer: Seconds in which it is answered, and in which an answer is taken.
    """

    body: int = 4_000_000
    texts: int = 2_000
    tokens: int = 50_000
    token: int = 5_000
    nbest: int = 20
    others: int = 20
    waiting: int = 256
    connections: int = 1_000
    receive: float = 30.0
    answer: float = 60.0


class Settings(NamedTuple):
    """What the flags of `tagger serve` say.

    Attributes:
        models: The name (None: what the model is about) and the path of each.
        host, port: Where to listen; port 0 is any that is free.
        engine: See `tagger.engines.load`.
        params: Parameters that replace those of the models.
        language: That of texts which name none; None: the model's.
        allowed_hosts: Names besides `localhost` by which visitors may call.
        allowed_origins: Other pages that may ask, such as `https://example.org`.
        token: What visitors must show; None: nothing.
        annotations: The file that webhooks write to; None: they are refused.
        limits: What one visitor may ask for.
        processes: How many answer; the limits are those of each.
    """

    models: Sequence[tuple[str | None, str]]
    host: str = "127.0.0.1"
    port: int = 8000
    engine: str | None = None
    params: dict[str, str] | None = None
    language: str | None = None
    allowed_hosts: Sequence[str] = ()
    allowed_origins: Sequence[str] = ()
    token: str | None = None
    annotations: str | None = None
    limits: Limits = Limits()
    processes: int = 1
