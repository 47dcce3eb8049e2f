"""Why a request is not answered: a status and one sentence."""

from __future__ import annotations

from starlette.responses import JSONResponse


class Refused(Exception):
    """A request that gets no tags.

    Args:
        status: The HTTP status.
        sentence: What is wrong and what to do; no names of files or folders.
        retry_after: Seconds after which it may be tried again; None: never.
    """

    def __init__(self, status: int, sentence: str, retry_after: int | None = None):
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after = status, sentence, retry_after

    def response(self) -> JSONResponse:
        """Return it as an answer."""
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="tagger"'
        return JSONResponse({"error": self.sentence}, self.status, headers)


def unprocessable(sentence: str) -> Refused:
    """Return the refusal of a request that asks for something wrong."""
    return Refused(422, sentence)
