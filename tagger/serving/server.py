"""Runs the service: its socket, its signals, visitors who are slow."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from typing import Any, Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tagger.serving.app import make_app
from tagger.serving.service import Service
from tagger.serving.settings import Settings

_KEEP_ALIVE = 15  # seconds that an idle connection stays open
_HEAD = 10.0  # seconds for the head of a request


class PatientProtocol(HttpToolsProtocol):
    """Closes connections on which no request comes, or only a part of one's head."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._idle_looks = 0
        self._timer = self.loop.call_later(_HEAD / 2, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Answer who has said all, and closed that half of the connection."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            return None
        cycle.keep_alive = False
        return True

    def _look(self) -> None:
        working = self.cycle is not None and not self.cycle.response_complete
        waits = self.timeout_keep_alive_task is not None  # between two requests
        self._idle_looks = 0 if working or waits else self._idle_looks + 1
        if self._idle_looks > 1:
            self.transport.close()
        else:
            self._timer = self.loop.call_later(_HEAD / 2, self._look)


class _Server(uvicorn.Server):
    """Loads models again on SIGHUP, and tells where it is."""

    def __init__(self, config: uvicorn.Config, service: Service):
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        if hasattr(signal, "SIGHUP"):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().add_signal_handler(
                    signal.SIGHUP, self._service.shelf.reload
                )
        await super().startup(sockets)


def serve(settings: Settings) -> None:
    """Answer until a signal ends it; what is being worked on then is finished.

    Raises:
        ValueError: The address cannot be used, or a model cannot be loaded.
    """
    with listen(settings.host, settings.port) as listener:
        serve_at(listener, settings)


def serve_at(
    listener: socket.socket,
    settings: Settings,
    tell: Callable[[str], object] = sys.stderr.write,
) -> None:
    """Answer at a socket as `serve` does.

    Args:
        listener: It listens already.
        settings: How the service is run.
        tell: Takes a line when the models are loaded.

    Raises:
        ValueError: A model cannot be loaded.
    """
    service = Service(settings)
    server = make_server(service, listener, tell)
    with contextlib.suppress(KeyboardInterrupt):  # it was told to end, and did
        server.run(sockets=[listener])
    if service.shelf.problem is not None:
        raise service.shelf.problem


def make_server(
    service: Service,
    listener: socket.socket,
    tell: Callable[[str], object] = sys.stderr.write,
) -> uvicorn.Server:
    """Return what runs a service; it ends by itself if a model cannot be loaded."""

    def opened() -> None:
        if service.shelf.problem is not None:
            while not server.started:  # it can only end what has begun
                time.sleep(0.01)
            server.should_exit = True
            return
        names = ", ".join(entry.name for entry in service.shelf.entries)
        tell(f"Ready: {names}. Open {address_of(listener)}\n")

    limits = service.settings.limits
    config = uvicorn.Config(
        make_app(service, opened),
        http=PatientProtocol,
        ws="none",
        loop="auto",  # uvloop where there is one
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(limits.answer),
        limit_concurrency=limits.connections,
        backlog=1024,
    )
    server = _Server(config, service)
    return server


def listen(host: str, port: int, shared: bool = False) -> socket.socket:
    """Return a socket that listens.

    Args:
        host, port: Where.
        shared: Others of this user may listen there, too, and take turns.

    Raises:
        ValueError: The address cannot be used.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ValueError(f"--host {host}: {error.strerror or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(1024)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ValueError(
            f"{host}:{port}: {error.strerror}. Give another --port; 0 takes a free one."
        ) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address of the page."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
