"""Services in a thread or in a process of their own, and how answers are read."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from tagger.serving.server import address_of, listen, make_server
from tagger.serving.service import Service
from tagger.serving.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
TEXT = "The dog sees a cat. 😀 A cat likes the house."
SCRIPT = "<img src=x onerror=document.title='broken'>"


class Command:
    """`tagger serve` in a process of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tagger", "serve", *map(str, arguments), "--port=0"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stderr.readline()
        self.port = int(re.search(r"http://127.0.0.1:(\d+)/", line).group(1))


@contextlib.contextmanager
def running(models, **changes):
    """Run a service in a thread; yield it, with its `port` and `address`."""
    settings = Settings([(None, m) if isinstance(m, str) else m for m in models])
    settings = settings._replace(port=0, **changes)
    with listen(settings.host, 0) as listener:
        service = Service(settings)
        server = make_server(service, listener)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_for(lambda: service.shelf.ready or service.shelf.problem)
            service.port = listener.getsockname()[1]
            service.address = address_of(listener)
            yield service
        finally:
            server.should_exit = True
            thread.join()


def wait_for(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def call(service, method, path, body=None, headers=None):
    """Return status, headers and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    body = body.encode() if isinstance(body, str) else body
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def checksum(service):
    return json.loads(call(service, "GET", "/v1/models")[2])["models"][0]["checksum"]


def post(service, data, path="/v1/tag", **headers):
    """Return the JSON that is answered; it must be tags."""
    status, _, body = call(service, "POST", path, data, headers)
    assert status < 300, body
    return json.loads(body)


def refused(service, data, status, headers=None, method="POST", path="/v1/tag"):
    """Return the sentence of a refusal, after a look at what it gives away."""
    found, answered, body = call(service, method, path, data, headers)
    assert found == status, body
    (sentence,) = json.loads(body).values()
    assert "Traceback" not in sentence and ".h5" not in sentence
    assert "/" not in sentence.replace("application/x-ndjson", "").replace(
        "application/json, text/plain or text/html", ""
    )
    if status in (429, 503):
        assert int(answered["Retry-After"]) > 0
    return sentence
