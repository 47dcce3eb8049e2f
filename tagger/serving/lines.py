"""A request of many lines, answered line by line while it still arrives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from tagger.serving.answers import to_json
from tagger.serving.questions import parse
from tagger.serving.refusals import Refused
from tagger.serving.service import Service

logger = logging.getLogger(__name__)

_AT_ONCE = 16  # lines of a request that are worked on
_HEADERS = [(b"content-type", b"application/x-ndjson; charset=utf-8")]


class LinesAnswer:
    """Answers each line in order; one that is wrong gets an error, the others tags.

    Visitors who send everything before they read the first answer are read ahead of,
    up to twice the largest body; beyond that they must read.

    Args:
        service: Tags.
    """

    def __init__(self, service: Service):
        self._service = service
        self._limits = service.settings.limits

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as an ASGI application."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        lines: asyncio.Queue[bytes | Refused | None] = asyncio.Queue()
        self._held, self._room = 0, asyncio.Event()
        reading = asyncio.ensure_future(self._read(receive, lines))
        begun: asyncio.Queue[asyncio.Future | None] = asyncio.Queue(_AT_ONCE)
        starting = asyncio.ensure_future(self._start(lines, begun))
        try:
            while True:
                task = await begun.get()
                if task is None:
                    break
                answer = await task
                message = {"type": "http.response.body", "body": answer}
                message["more_body"] = True
                await asyncio.wait_for(send(message), self._limits.answer)
            await send({"type": "http.response.body", "body": b""})
        finally:
            reading.cancel()
            starting.cancel()
            while not begun.empty():
                task = begun.get_nowait()
                if task is not None:
                    task.cancel()

    async def _read(self, receive: Any, lines: asyncio.Queue) -> None:
        try:
            async for line in self._lines(receive):
                if line.strip():
                    self._held += len(line)
                    lines.put_nowait(line)
                while self._held > 2 * self._limits.body:
                    self._room.clear()
                    await self._room.wait()
        except Refused as refused:
            lines.put_nowait(refused)
        lines.put_nowait(None)

    async def _lines(self, receive: Any) -> AsyncIterator[bytes]:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            try:
                message = await asyncio.wait_for(receive(), self._limits.receive)
            except asyncio.TimeoutError:
                raise Refused(408, "The next line did not arrive in time.") from None
            if message["type"] == "http.disconnect":
                raise Refused(400, "The request ended too early.")
            more = message.get("more_body", False)
            *whole, rest = message.get("body", b"").split(b"\n")
            for line in whole:
                yield b"".join([*parts, line])
                parts, size = [], 0
            parts.append(rest)
            size += len(rest)
            if size > self._limits.body:
                raise Refused(413, f"A line has more than {self._limits.body:,} bytes.")
        yield b"".join(parts)

    async def _start(self, lines: asyncio.Queue, begun: asyncio.Queue) -> None:
        while True:
            line = await lines.get()
            if line is None:
                await begun.put(None)
                return
            await begun.put(asyncio.ensure_future(self._answer(line)))
            if isinstance(line, bytes):
                self._held -= len(line)
                self._room.set()

    async def _answer(self, line: bytes | Refused) -> bytes:
        try:
            if isinstance(line, Refused):
                raise line
            question = parse(line, self._limits)
            while True:
                try:
                    answer = await self._service.tag(question)
                    break
                except Refused as refused:
                    if refused.status != 429:  # there will be room
                        raise
                await asyncio.sleep(0.1)
            found = await self._service.run(False, lambda: to_json(answer.data()))
        except Refused as refused:
            found = to_json({"error": refused.sentence, "status": refused.status})
        except Exception as error:
            logger.error("A line could not be tagged", exc_info=error)
            found = to_json({"error": "The service failed.", "status": 500})
        return found + b"\n"
