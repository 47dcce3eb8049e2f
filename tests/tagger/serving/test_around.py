"""What the service says of itself, and whom it answers."""

import hashlib
import http.client
import json
import socket
from pathlib import Path

import pytest
from served import call, post, refused, running, wait_for

from tagger.__main__ import main
from tagger.serving.settings import Limits
from util.version import VERSION

REQUEST = (
    b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n"
    b'{"text": "A dog."}'
)


def get(service, path, **headers):
    status, answered, body = call(service, "GET", path, None, headers)
    return status, answered, body


def test_models(service, files):
    status, _, body = get(service, "/v1/models")
    chunks, two, column = json.loads(body)["models"]
    assert [m["name"] for m in (chunks, two, column)] == [
        "chunks-chunk_BIO",
        "two",
        "column",
    ]
    digest = hashlib.sha256(Path(files.chunks).read_bytes()).hexdigest()
    assert chunks["checksum"] == f"sha256:{digest}"
    (task,) = chunks["tasks"]
    assert task["scheme"] == "BIO" and task["types"] == ["NP", "VP"]
    assert column["columns"] == ["tokens", "POS"]
    assert column["tasks"][0]["scores"] == {"dev": 0.5, "test": 0.25}
    assert two["tasks"][0]["scores"] is None  # only their mean would be known
    assert b".h5" not in body


def test_health_counts_and_the_description(service):
    status, _, body = get(service, "/health")
    assert status == 200 and json.loads(body)["status"] == "ready"
    assert json.loads(body)["version"] == VERSION
    post(service, {"text": "A dog."})
    _, headers, body = get(service, "/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    lines = body.decode().splitlines()
    assert 'tagger_requests_total{route="/health",status="200"}' in body.decode()
    assert any(line.startswith("tagger_turn_requests_count") for line in lines)
    assert "tagger_ready 1.0" in lines and "tagger_waiting_requests 0.0" in lines
    _, _, body = get(service, "/openapi.json")
    paths = json.loads(body)["paths"]
    assert {"/v1/tag", "/v1/models", "/predict", "/doccano"} <= set(paths)


def test_every_answer_has_its_headers(service):
    for path in ("/", "/page/page.js", "/v1/models", "/nothing", "/docs"):
        status, headers, body = get(service, path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "server" not in headers
        assert status == (404 if path in ("/nothing", "/docs") else 200)
    refused(service, None, 404, method="GET", path="/page/..%2fapp.py")
    refused(service, None, 405, method="GET")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Host": "localhost"}, True),
        ({"Host": "[::1]:80"}, True),
        ({"Host": "192.168.0.7:8000"}, True),
        ({"Host": "good.example"}, True),
        ({"Host": "evil.example"}, False),
        ({"Host": "localhost.evil.example"}, False),
        ({"Host": "["}, False),
        ({"Host": "localhost", "Origin": "http://localhost"}, True),
        ({"Host": "localhost", "Origin": "https://page.example"}, True),
        ({"Host": "localhost", "Origin": "http://localhost:81"}, False),
        ({"Host": "localhost", "Origin": "http://evil.example"}, False),
        ({"Host": "localhost", "Origin": "null"}, False),
    ],
)
def test_who_may_ask(open_to, headers, allowed):
    if allowed:
        post(open_to, {"text": "A dog."}, **headers)
    else:
        assert "--allow-" in refused(open_to, {"text": "A dog."}, 403, headers)


@pytest.fixture(scope="module")
def open_to(files):
    """A service with a name, and with tight limits."""
    limits = Limits(body=500, waiting=0, receive=0.3)
    changes = {"allowed_hosts": ["good.example"], "limits": limits._replace(waiting=9)}
    with running(
        [files.chunks], allowed_origins=["https://page.example"], **changes
    ) as found:
        yield found


def test_a_token(files):
    with running([files.chunks], token="s3cret") as service:
        for header in ("", "Bearer wrong", "s3cret", "Basic !!", "Basic eDp3cm9uZw=="):
            sentence = refused(service, {"text": "a"}, 401, {"Authorization": header})
            assert "s3cret" not in sentence
        post(service, {"text": "a"}, Authorization="Bearer s3cret")
        post(service, {"text": "a"}, Authorization="Basic eDpzM2NyZXQ=")
        assert get(service, "/health")[0] == get(service, "/")[0] == 200
        refused(service, None, 401, method="GET", path="/metrics")


def test_too_many_at_once(files):
    with running([files.chunks], limits=Limits(waiting=0)) as service:
        assert "try again" in refused(service, {"text": "a"}, 429)


def test_a_model_that_is_not_loaded_yet(service):
    names, service.shelf._names = service.shelf._names, []
    try:
        assert "loaded" in refused(service, {"text": "a"}, 503)
        assert get(service, "/health")[0] == 503
    finally:
        service.shelf._names = names


def test_a_body_that_is_too_large_is_not_read_to_its_end(open_to):
    with socket.create_connection(("127.0.0.1", open_to.port), timeout=10) as client:
        client.sendall(b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\n")
        client.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(100_000):
                client.sendall(b"400\r\n" + b"a" * 1024 + b"\r\n")


def test_a_body_that_does_not_come(open_to):
    with socket.create_connection(("127.0.0.1", open_to.port), timeout=10) as client:
        client.sendall(b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\n")
        client.sendall(b"Content-Length: 20\r\n\r\n{")
        assert b" 408 " in client.recv(1000)


def test_packed_and_unknown_kinds_are_refused(service):
    refused(service, b"x", 415, {"Content-Encoding": "gzip"})
    refused(service, {"text": "a"}, 406, {"Accept": "image/png"})


def test_a_visitor_who_leaves_harms_nobody(service):
    for cut in (1, 40, 90):
        client = socket.create_connection(("127.0.0.1", service.port), timeout=10)
        whole = (
            b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n"
        )
        client.sendall((whole + b'{"text": "A dog."}')[:cut])
        client.close()
    post(service, {"text": "A dog."})
    wait_for(lambda: service._working == 0)


def test_a_client_may_close_its_half(service):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        client.sendall(REQUEST)
        client.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == 200 and answer.read()


@pytest.mark.parametrize(
    "flags",
    [
        ["--allow-host", "http://x/"],
        ["--allow-host", "x:8000"],
        ["--allow-origin", "example.org"],
        ["--allow-origin", "https://example.org/page"],
    ],
)
def test_names_that_nothing_could_be_called_by_are_refused(flags, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["serve", "a.h5", *flags])
    assert stop.value.code == 2
    assert f"{flags[0]}: must be" in capsys.readouterr().err
