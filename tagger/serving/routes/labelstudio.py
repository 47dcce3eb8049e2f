"""Label Studio's protocol of a machine-learning backend."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Optional

from fastapi import APIRouter, Request, Response

from tagger.serving.answers import JSON, to_json
from tagger.serving.bodies import body_of
from tagger.serving.labelconfig import Control, control_of
from tagger.serving.questions import plain, question
from tagger.serving.refusals import Refused, unprocessable
from tagger.serving.regions import Region, regions_by_text
from tagger.serving.service import Service
from tagger.serving.settings import Limits
from util.formats import journal, labelstudio

logger = logging.getLogger(__name__)


def router(service: Service) -> APIRouter:
    """Return the routes of a service, at its root and for each model by its name."""
    made = APIRouter()
    limits = service.settings.limits

    async def read(request: Request) -> dict[str, Any]:
        data = plain(await body_of(request, limits))
        if not isinstance(data, dict):
            raise unprocessable("Send a JSON object, as Label Studio does.")
        return data

    def version(model: str | None) -> str:
        entry = service.shelf.pick(model)
        return f"{entry.name}-{entry.checksum[:8]}"

    async def setup(request: Request, model: Optional[str] = None) -> Response:  # noqa: UP045
        """Say which version of the model answers."""
        await read(request)
        return _json({"model_version": version(model)})

    async def versions(model: Optional[str] = None) -> Response:  # noqa: UP045
        """List the one version that there is."""
        return _json({"versions": [version(model)]})

    async def predict(request: Request, model: Optional[str] = None) -> Response:  # noqa: UP045
        """Predict the regions of tasks."""
        data = await read(request)
        tasks, config = data.get("tasks"), data.get("label_config")
        if not isinstance(tasks, list) or not isinstance(config, str):
            raise unprocessable("`tasks` must be a list, `label_config` a string.")
        control = control_of(config)
        texts = [_text(task, control) for task in tasks]
        now = version(model)
        results = [
            _result(number, regions, control, now)
            for number, regions in enumerate(await regions_of(texts, model))
        ]
        return _json({"results": results, "model_version": now})

    async def tag(texts: list[str], model: str | None) -> list[list[Region]]:
        content = {"texts": texts, "confidence": True, "model": model}
        answer = await service.tag(question(content, limits))
        return await service.run(False, regions_by_text, answer)

    async def regions_of(texts: list[str], model: str | None) -> list[list[Region]]:
        """Tag all tasks of a project, part by part; one that is refused gets none."""
        found: list[list[Region]] = []
        refusals = []
        for part in _parts(texts, limits):
            try:
                found += await tag(part, model)
                continue
            except Refused as refused:
                if refused.status != 422:
                    raise
            for text in part:  # whichever is at fault shall fail alone
                try:
                    found += await tag([text], model)
                except Refused as refused:
                    found.append([])
                    refusals.append(refused)
        if refusals:
            if len(refusals) == len(texts):
                raise refusals[0]
            logger.warning("%d tasks got no regions: %s", len(refusals), refusals[0])
        return found

    async def webhook(request: Request) -> Response:
        """Store annotations before they are acknowledged."""
        data = await read(request)
        if data.get("action") not in journal.ACTIONS:
            return _json({"stored": False})
        if service.journal is None:
            raise Refused(
                403, "Annotations are not stored; start with --annotations FILE."
            )
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        records = journal.records_of(data, now)
        try:
            await service.run(False, service.journal.append, *records)
        except OSError:
            raise Refused(503, "The annotations could not be stored.", 30) from None
        except ValueError:
            raise Refused(422, "NaN and infinite numbers are no JSON.") from None
        return _json({"stored": len(records)}, 201)

    for below in ("", "/label-studio/{model}"):
        made.post(f"{below}/setup", response_class=Response)(setup)
        made.get(f"{below}/versions", response_class=Response)(versions)
        made.post(f"{below}/predict", response_class=Response)(predict)
        made.post(f"{below}/webhook", response_class=Response)(webhook)

    async def health(model: str) -> Response:
        """Say whether a model is there."""
        service.shelf.pick(model)
        return _json({"status": "ready", "model_class": "tagger"})

    made.get("/label-studio/{model}/health", response_class=Response)(health)
    return made


def _json(data: Any, status: int = 200) -> Response:
    return Response(to_json(data), status, media_type=JSON)


def _parts(texts: list[str], limits: Limits) -> Iterator[list[str]]:
    """Yield lists of texts, none with more of them or more tokens than are taken."""
    part: list[str] = []
    size = 0
    for text in texts:
        size += len(text)  # a token has a character at least
        if part and (size > limits.tokens or len(part) == limits.texts):
            yield part
            part, size = [], len(text)
        part.append(text)
    if part:
        yield part


def _text(task: Any, control: Control) -> str:
    data = task.get("data") if isinstance(task, dict) else None
    text = data.get(control.key) if isinstance(data, dict) else None
    return text if isinstance(text, str) else ""


def _result(
    number: int, regions: list[Region], control: Control, version: str
) -> dict[str, Any]:
    named = [(region, control.label(region.label)) for region in regions]
    kept = [(region, label) for region, label in named if label is not None]
    sure = [region.probability for region, _ in kept if region.probability is not None]
    return {
        "model_version": version,
        "score": sum(sure) / len(sure) if sure else 0.0,
        "result": [
            {
                "id": f"{number}-{region.start}-{region.end}",
                **labelstudio.region(
                    (region.start, region.end),
                    region.text,
                    label,
                    (control.from_name, control.to_name),
                    region.probability,
                ),
            }
            for region, label in kept
        ],
    }
