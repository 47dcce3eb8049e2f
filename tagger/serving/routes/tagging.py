"""`POST /v1/tag`: what programs ask."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Callable

from fastapi import APIRouter, Request, Response

from tagger.serving.bodies import accepted, body_of, check_encoding, is_lines
from tagger.serving.lines import LinesAnswer
from tagger.serving.questions import parse
from tagger.serving.schema import TAG
from tagger.serving.service import Service


class _Handed(Response):
    """A response that another ASGI application writes."""

    def __init__(self, app: LinesAnswer):
        super().__init__()
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        await self._app(scope, receive, send)


def router(service: Service) -> APIRouter:
    """Return the route of a service."""
    made = APIRouter()
    made.post("/v1/tag", openapi_extra=TAG, response_class=Response)(handler(service))
    return made


def handler(service: Service) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a request."""

    async def tag(request: Request) -> Response:
        """Tag a text, texts, or sentences of tokens."""
        if is_lines(request):
            check_encoding(request)
            return _Handed(LinesAnswer(service))
        kind = accepted(request)
        limits = service.settings.limits
        question = parse(await body_of(request, limits), limits)
        answer = await service.tag(question)
        body = await service.encode(answer, question, kind)
        return Response(body, media_type=kind)

    return tag
