"""Stands before everything: who may ask, from where, and what no answer may lack."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from tagger.serving.bodies import LET_GO, too_large
from tagger.serving.counting import Counts
from tagger.serving.refusals import Refused
from tagger.serving.settings import Settings

logger = logging.getLogger(__name__)

# Of every answer; the page has a policy of its own.
_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": _POLICY,
    b"cache-control": b"no-store",
}
# The page asks for the token itself; whether the service lives is no secret.
_OPEN = ("/", "/health")
_OPEN_BELOW = "/page/"


class Guard:
    """Lets requests through to an ASGI application, or refuses them.

    Args:
        app: The application.
        settings: Whom it trusts.
        counts: Counts requests.
        routes: The paths that are counted by name.
    """

    def __init__(self, app: Any, settings: Settings, counts: Counts, routes: list[str]):
        self._app, self._counts, self._routes = app, counts, set(routes)
        self._settings = settings
        self._hosts = {"localhost", *(h.lower() for h in settings.allowed_hosts)}
        self._origins = {o.lower().rstrip("/") for o in settings.allowed_origins}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as an ASGI application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        started, status = time.monotonic(), 0

        async def send_on(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message.get("headers", ())}
                added = [pair for pair in _HEADERS.items() if pair[0] not in present]
                if status in (408, 413):  # the rest of it is not read
                    added.append((b"connection", b"close"))
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            try:
                self._check(scope)
                await self._app(scope, receive, send_on)
            except Refused as refused:
                await refused.response()(scope, receive, send_on)
            except OSError:  # the visitor has gone
                logger.debug("A visitor went away.")
            except Exception as error:
                logger.error("A request failed", exc_info=error)
                if status:
                    raise
                failed = Refused(500, "The service failed; its log says why.")
                await failed.response()(scope, receive, send_on)
        finally:
            route = scope["path"] if scope["path"] in self._routes else "other"
            self._counts.requests.labels(route, str(status)).inc()
            seconds = time.monotonic() - started
            self._counts.seconds.labels(route).observe(seconds)

    def _check(self, scope: Any) -> None:
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in (b"host", b"origin", b"authorization") and name in headers:
                raise Refused(400, f"The header {name.decode()} comes twice.")
            headers[name] = value
        host = headers.get(b"host", b"").decode("latin-1").lower()
        self._check_host(host)
        origin = headers.get(b"origin")
        if origin is not None:
            self._check_origin(origin.decode("latin-1").lower(), host)
        path = scope["path"]
        if path not in _OPEN and not path.startswith(_OPEN_BELOW):
            self._check_token(headers.get(b"authorization", b""))
        length = headers.get(b"content-length", b"0")
        lines = headers.get(b"content-type", b"").lower().find(b"ndjson") >= 0
        limits = self._settings.limits
        if length.isdigit() and int(length[:20]) > LET_GO * limits.body and not lines:
            raise too_large(limits)

    def _check_host(self, host: str) -> None:
        """Refuse names that only a rebound DNS entry would lead here."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            name = ""
        if name in self._hosts or _is_address(name):
            return
        raise Refused(
            403,
            "The service is not called by this host name; start it with "
            "--allow-host NAME.",
        )

    def _check_origin(self, origin: str, host: str) -> None:
        """Refuse requests that pages of other sites let a browser send."""
        own = origin.partition("://")[2] == host
        if not own and origin.rstrip("/") not in self._origins:
            raise Refused(
                403,
                "Pages of other sites may not ask; start the service with "
                "--allow-origin ADDRESS.",
            )

    def _check_token(self, header: bytes) -> None:
        wanted = self._settings.token
        if wanted is None:
            return
        kind, _, given = header.partition(b" ")
        given = given.strip()
        if kind.lower() == b"basic":  # the only way of some annotation tools
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                given = b""
        elif kind.lower() != b"bearer":
            given = b""
        if not hmac.compare_digest(given, wanted.encode()):
            raise Refused(
                401, "Send the header Authorization: Bearer with the service's token."
            )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
