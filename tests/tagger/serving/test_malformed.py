"""Some hundred malformed requests; `make storm` throws many more, among good ones."""

import random
import sys
from pathlib import Path

from served import TEXT, post

sys.path.append(str(Path(__file__).parents[2] / "fuzz"))

import requestcases


def test_malformed_requests_are_refused_and_harm_nobody(service):
    draw = random.Random(7)
    before = post(service, {"text": TEXT})
    answered = set()
    for _ in range(400):
        data = requestcases.request(draw, service.port)
        answer = requestcases.send(data, draw, service.port)
        assert not requestcases.wrong(answer), data[:300]
        answered.add(answer[9:12])
    assert {b"200", b"400", b"404", b"405", b"415", b"422"} <= answered
    assert post(service, {"text": TEXT}) == before


def test_what_an_answer_may_not_be():
    good = b'HTTP/1.1 422 X\r\n\r\n{"error": "`text` must be a string."}'
    assert not requestcases.wrong(good) and not requestcases.wrong(b"")
    for bad in (
        b"HTTP/1.1 500 X\r\n\r\n",
        b"garbage",
        b'HTTP/1.1 200 X\r\n\r\nFile "/home/me/app.py"',
    ):
        assert requestcases.wrong(bad)
