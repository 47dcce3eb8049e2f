"""doccano's auto-labelling by a custom REST request."""

from __future__ import annotations

from typing import Optional

from fastapi import APIRouter, Request, Response

from tagger.serving.answers import JSON, to_json
from tagger.serving.bodies import body_of
from tagger.serving.questions import Question, plain, question
from tagger.serving.refusals import unprocessable
from tagger.serving.regions import regions_by_text
from tagger.serving.service import Service
from util.formats import doccano


def router(service: Service) -> APIRouter:
    """Return the routes of a service."""
    made = APIRouter()

    async def label(request: Request, model: Optional[str] = None) -> Response:  # noqa: UP045
        """Return a list of `label`, `start_offset`, `end_offset`."""
        limits = service.settings.limits
        data = plain(await body_of(request, limits))
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise unprocessable('Send {"text": "{{ text }}"} as the body.')
        asked: Question = question({"texts": [data["text"]], "model": model}, limits)
        (regions,) = regions_by_text(await service.tag(asked))
        found = [doccano.region(r.start, r.end, r.label) for r in regions]
        return Response(to_json(found), media_type=JSON)

    for path in ("/doccano", "/doccano/{model}"):
        made.post(path, response_class=Response)(label)
    return made
