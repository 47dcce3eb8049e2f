"""The service as an ASGI application: its routes, behind the guard."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Callable

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from tagger.serving.guard import Guard
from tagger.serving.refusals import Refused
from tagger.serving.routes import about, doccano, labelstudio, page, tagging
from tagger.serving.service import Service
from util.version import VERSION

_WRONG = {404: "There is no such address.", 405: "Not with this method."}


def make_app(
    service: Service, opened: Callable[[], None] = lambda: None
) -> Callable[..., Any]:
    """Return the application of a service.

    Args:
        service: What tags.
        opened: Called in another thread when its models are loaded, or cannot be.
    """

    there = threading.Event()

    def loaded() -> None:
        service.counts.ready.set(service.shelf.ready)
        there.set()
        opened()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.shelf.open(loaded)
        if service.settings.processes > 1:  # the others answer until then
            await asyncio.to_thread(there.wait)
        yield
        service.close()

    app = FastAPI(
        title="tagger",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for router in (
        tagging.router(service),
        about.router(service),
        page.router(),
        labelstudio.router(service),
        doccano.router(service),
    ):
        app.include_router(router)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return error.response()

    @app.exception_handler(HTTPException)
    async def wrong(_: Request, error: HTTPException) -> Response:
        sentence = _WRONG.get(error.status_code, "The request is wrong.")
        response = Refused(error.status_code, sentence).response()
        response.headers.update(error.headers or {})
        return response

    paths = [path for path in app.openapi()["paths"] if "{" not in path]
    known = ["/", "/openapi.json", "/page/page.js", "/page/page.css", *paths]
    short = _Shortcut(app, tagging.handler(service))
    return Guard(short, service.settings, service.counts, known)


class _Shortcut:
    """Answers requests to tag without the layers of a framework between.

    Args:
        app: Answers all others, and describes these, too.
        tag: Answers a request to tag.
    """

    def __init__(self, app: Any, tag: Callable[[Request], Awaitable[Response]]):
        self._app, self._tag = app, tag

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != "/v1/tag" or scope.get("method") != "POST":
            await self._app(scope, receive, send)
            return
        response = await self._tag(Request(scope, receive))
        await response(scope, receive, send)
