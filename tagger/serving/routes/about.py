"""What the service says of itself: its models, its health, its counts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from tagger.serving.answers import JSON, to_json
from tagger.serving.examples import example
from tagger.serving.service import Service
from tagger.serving.shelf import Entry
from util import tagschemes
from util.languages import language_code
from util.version import VERSION


def router(service: Service) -> APIRouter:
    """Return the routes of a service."""
    made = APIRouter()

    @made.get("/v1/models", response_class=Response)
    async def models() -> Response:
        """Say what the models are: tasks, labels, columns, scores, checksums."""
        service.shelf.pick(None)
        found = [describe(entry) for entry in service.shelf.entries]
        limits = service.settings.limits
        asked = {key: getattr(limits, key) for key in ("nbest", "others", "tokens")}
        return Response(
            to_json({"models": found, "limits": {**asked, "bytes": limits.body}}),
            media_type=JSON,
        )

    @made.get("/health", response_class=Response)
    async def health() -> Response:
        """Say whether the models are loaded: 200 and ready, or 503 and loading."""
        ready = service.shelf.ready
        status = "ready" if ready else "loading"
        data = {"status": status, "model_class": "tagger", "version": VERSION}
        return Response(to_json(data), 200 if ready else 503, media_type=JSON)

    @made.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return counts in Prometheus' text format."""
        return Response(
            service.counts.text(), headers={"Content-Type": service.counts.content_type}
        )

    return made


def describe(entry: Entry) -> dict[str, Any]:
    """Return what visitors may know of a model."""
    model = entry.model
    return {
        "name": entry.name,
        "checksum": f"sha256:{entry.checksum}",
        "language": language_code(model.params.get("language")),
        "example": example(language_code(model.params.get("language"))),
        "columns": ["tokens", *model.requiredColumns],
        "tasks": [
            {
                "name": task.name,
                "label": task.label,
                "scheme": task.scheme,
                "labels": list(task.labels),
                "types": sorted(
                    {
                        tagschemes.split_tag(label)[1]
                        for label in task.labels
                        if label[:1] != tagschemes.OUTSIDE
                    }
                )
                if task.scheme
                else [],
                "scores": entry.scores.get(task.name),
            }
            for task in model.tasks.values()
        ],
    }
