"""The page: three files that ship with the project."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response

_FOLDER = Path(__file__).resolve().parents[1] / "page"
_KINDS = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "marks.js": "text/javascript; charset=utf-8",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}


def router() -> APIRouter:
    """Return the routes of the page; its files are read once."""
    made = APIRouter()
    files = {name: (_FOLDER / name).read_bytes() for name in _KINDS}

    @made.get("/", include_in_schema=False)
    async def index() -> Response:
        return _file("index.html")

    @made.get("/page/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        if name not in files:
            return Response(status_code=404)
        return _file(name)

    def _file(name: str) -> Response:
        headers = {**_HEADERS, "Content-Type": _KINDS[name]}
        return Response(files[name], headers=headers)

    return made
