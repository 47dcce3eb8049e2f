"""Malformed requests: wrong JSON, heads, lengths, chunks, encodings, closed halves."""

import json
import random
import socket

from mutation import mutate

GOOD = [
    {"text": "Lena Brandt is in Leeds. 😀 It rains."},
    {"texts": ["A dog.", "", "Two cats ."], "confidence": True, "nbest": 3},
    {"sentences": [["A", "dog"], ["It"]], "others": 2},
    {"sentences": [["A", "dog"]], "pinned": [[None, None]]},
    {"text": "x", "tasks": None, "model": None, "language": "en"},
]
_VALUES = [
    *(None, True, -1, 0, 1e308, 10**400, "", "\ud800", "a\tb", "9" * 400, [], {}, [[]]),
    *([[[]]], [None], {"tokens": None}, {"a": {"b": [1]}}, ["x"] * 3000, "x " * 60_000),
]
_PATHS = [
    *("/v1/tag", "/v1/tag", "/v1/tag", "/predict", "/setup", "/webhook", "/doccano"),
    *("/", "/v1/models", "/../../etc/passwd", "/page/../x", "/v1/tag/%00", "*", "//"),
]
_HEADERS = [
    *(b"Content-Type: application/x-ndjson", b"Content-Type: text/plain; charset=x"),
    *(
        b"Content-Encoding: gzip",
        b"Accept: image/png",
        b"Accept: ;;q=x,,",
        b"Host: a.b",
    ),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked"),
    *(b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999"),
    *(b"Origin: null", b"Authorization: Basic ====", b"Expect: 100-continue"),
    *(b"Upgrade: websocket", b"X: " + b"y" * 70_000, b"X\x00: y", b": y", b"X"),
    *(b" folded", b"Connection: close", b"\xff\xfe: \xff"),
]
_METHODS = [
    *[b"POST"] * 6,
    b"GET",
    b"PUT",
    b"OPTIONS",
    b"CONNECT",
    b"\x16\x03\x01",
    b"",
]


def _body(draw: random.Random) -> bytes:
    data = dict(draw.choice(GOOD))
    for _ in range(draw.randint(0, 2)):
        data[draw.choice([*data, "text", "nbest", "pinned", "x"])] = draw.choice(
            _VALUES
        )
    encoding = draw.choice(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "utf-7"])
    made = json.dumps(data, ensure_ascii=draw.random() < 0.5)
    body = made.encode(encoding, "replace")
    kind = draw.random()
    if kind < 0.5:
        body = mutate(body, draw)
    elif kind < 0.6:
        body = draw.choice([b"[", b'{"a":']) * draw.choice([10, 100_000])
    return b"\n".join([body] * draw.choice([1, 1, 1, 3]))


def _chunked(body: bytes, draw: random.Random) -> bytes:
    size = draw.choice([1, 7, 1000])
    chunks = []
    for start in range(0, min(len(body), 50 * size), size):
        part = body[start : start + size]
        chunks.append(b"%x\r\n%s\r\n" % (len(part), part))
    end = draw.choice(
        [b"0\r\n\r\n", b"0\r\n\r\n", b"", b"zz\r\n", b"-1\r\n", b"0\r\nX"]
    )
    return b"".join(chunks) + end


def request(draw: random.Random, port: int) -> bytes:
    """Return the bytes of a request that is, most of the time, wrong."""
    body = _body(draw)
    headers = [b"Host: 127.0.0.1:%d" % port]
    if draw.random() < 0.25:
        headers.append(b"Transfer-Encoding: chunked")
        body = _chunked(body, draw)
    elif draw.random() < 0.9:
        headers.append(
            b"Content-Length: %d" % (len(body) + draw.choice([0] * 8 + [1, -1]))
        )
    headers += draw.sample(_HEADERS, draw.choice([0, 0, 0, 0, 1, 2]))
    draw.shuffle(headers)
    start = b"%s %s %s" % (
        draw.choice(_METHODS),
        draw.choice(_PATHS).encode(),
        draw.choice([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/9", b""]),
    )
    whole = b"\r\n".join([start, *headers, b"", body])
    return mutate(whole, draw) if draw.random() < 0.15 else whole


def send(data: bytes, draw: random.Random, port: int, seconds: float = 2) -> bytes:
    """Send it, in one of several manners, and return what comes back.

    Who has said all mostly closes that half; others wait, or leave without a word.
    """
    manner = draw.choice(["end", "end", "end", "end", "leave", "pieces"])
    with socket.create_connection(("127.0.0.1", port), 10) as visitor:
        visitor.settimeout(seconds)
        try:
            if manner == "pieces":
                cut = draw.randint(0, min(len(data), 200))
                visitor.sendall(data[:cut])
                data = data[cut:]
            visitor.sendall(data)
            if manner == "leave":
                return b""
            visitor.shutdown(socket.SHUT_WR)
            return _all(visitor)
        except OSError:  # it was closed before it was read to its end
            return b""


def _all(visitor: socket.socket) -> bytes:
    parts = []
    while True:
        part = visitor.recv(1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def wrong(answer: bytes) -> str:
    """Return what is wrong with an answer to a malformed request: mostly nothing."""
    if not answer:
        return ""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head[9:12] if head.startswith(b"HTTP/1.1 ") else b""
    if status[:1] not in (b"1", b"2", b"4") and status != b"503":
        return f"an answer that is none: {head[:200]!r}"
    for secret in (b"Traceback", b'File "', b".py", b".h5"):
        if secret in body:
            return f"it tells {secret!r}: {body[:300]!r}"
    return ""
