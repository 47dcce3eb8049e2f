"""Which addresses are fetched from, and where they may redirect to."""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit

from util.download.partfile import TransferError


def check_address(url: str) -> None:
    """Let through https, and http to this machine itself.

    Args:
        url: The address.

    Raises:
        TransferError: It is anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(url)):
        return
    raise TransferError("only https addresses are fetched (http: this machine only)")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        check_address(newurl)
        if _is_loopback(newurl) and not _is_loopback(req.full_url):
            raise TransferError("it redirects to this machine")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(url: str, headers: dict[str, str], timeout: float):
    """Return the response of an address that is one to fetch from."""
    check_address(url)
    handlers = [_CheckedRedirects()]
    if _is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers)
    return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
