"""What the service counts, in the form that Prometheus reads."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# prometheus_client counts in the folder that this variable of the environment names,
# where processes count together.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Counts:
    """Requests, tokens and turns of one service, in however many processes."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "tagger_requests", "Requests.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "tagger_request_seconds",
            "Time from a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.tokens = Counter(
            "tagger_tokens", "Tokens tagged.", ["model"], registry=registry
        )
        self.turns = Histogram(
            "tagger_turn_requests",
            "Requests that were tagged together.",
            buckets=_SIZES,
            registry=registry,
        )
        self.waiting = Gauge(
            "tagger_waiting_requests",
            "Requests being worked on.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.ready = Gauge(
            "tagger_ready",
            "1 when the models are loaded.",
            registry=registry,
            multiprocess_mode="livemin",
        )

    def text(self) -> bytes:
        """Return all counts."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)
