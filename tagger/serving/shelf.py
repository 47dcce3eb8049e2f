"""The models that are served: loaded in the background, and again when they change."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from tagger.engines import load
from tagger.serving.examples import example
from tagger.serving.refusals import Refused, unprocessable
from tagger.serving.settings import Settings
from util.languages import language_code
from util.modelpaths import stem

logger = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks at the files


class Entry(NamedTuple):
    """A model that is served.

    Attributes:
        name: What visitors call it.
        model: What `tagger.engines.load` returned.
        checksum: SHA-256 of its file.
        scores: By task, what its file says of its dev and test score; may be empty.
    """

    name: str
    model: Any
    checksum: str
    scores: dict[str, Any]


class Shelf:
    """Holds the newest version of each model; those in use live on until they are done.

    Args:
        settings: With the models.
        pause: Seconds between two looks at the files.

    Attributes:
        problem: Why the models could not be loaded at first; None if they could.
    """

    def __init__(self, settings: Settings, pause: float = _LOOK):
        self._settings, self._pause = settings, pause
        self._entries: dict[str, Entry] = {}  # in the order of the flags
        self._seen: list[Any] = [None] * len(settings.models)
        self._last: dict[int, Any] = {}  # what the look before saw
        self._names: list[str] = []
        self._asked, self._ended = threading.Event(), threading.Event()
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="models", daemon=True)

    def open(self, done: Any = lambda: None) -> None:
        """Start to load; `done` is called when all are there, or when one cannot be."""
        self._done = done
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._asked.set()

    def reload(self) -> None:
        """Load all models again, soon; those that are here serve until then."""
        self._seen = [None] * len(self._seen)
        self._asked.set()

    @property
    def ready(self) -> bool:
        """Whether all models are there."""
        return bool(self._names)

    @property
    def entries(self) -> list[Entry]:
        """The models, in order; none while they are loaded first."""
        return list(self._entries.values()) if self.ready else []

    def pick(self, name: str | None, tasks: Sequence[str] | None = None) -> Entry:
        """Return a model by its name, or the first one.

        Raises:
            Refused: There is none yet, or none of this name or with these tasks.
        """
        if not self.ready:
            raise Refused(503, "The models are being loaded; try again.", 1)
        entries = self._entries
        entry = entries.get(self._names[0] if name is None else name)
        if entry is None:
            raise unprocessable(
                f"There is no model of this name; there are {', '.join(entries)}."
            )
        unknown = [task for task in tasks or () if task not in entry.model.tasks]
        if unknown:
            raise unprocessable(
                f"The model {entry.name} has no such task; it has "
                f"{', '.join(entry.model.tasks)}."
            )
        return entry

    def _run(self) -> None:
        try:
            self._load_first()
        except Exception as error:
            self.problem = error
        self._done()
        while self.problem is None:
            self._asked.wait(self._pause)
            asked = self._asked.is_set()
            self._asked.clear()
            if self._ended.is_set():
                return
            self._look(asked)

    def _load_first(self) -> None:
        names = []
        for number, (name, path) in enumerate(self._settings.models):
            self._seen[number] = _state(path)
            entry = self._load(path, name)
            plain, count = entry.name, 1
            while entry.name in self._entries:
                count += 1
                entry = entry._replace(name=f"{plain}-{count}")
            self._entries[entry.name] = entry
            names.append(entry.name)
        self._names = names

    def _look(self, asked: bool) -> None:
        """Load what has changed and, unless asked, has not since the look before."""
        for number, name in enumerate(self._names):
            path = self._settings.models[number][1]
            state = _state(path)
            if state == self._seen[number] or state is None:
                continue
            if not asked and state != self._last.get(number):
                # Somebody may be writing it.
                self._last[number] = state
                continue
            self._seen[number] = state
            try:
                entry = self._load(path, name)
            except Exception as error:
                logger.warning("The model that was there serves on: %s", error)
                continue
            self._entries = {**self._entries, name: entry}
            logger.warning("Loaded again: %s", name)

    def _load(self, path: str, name: str | None) -> Entry:
        model = load(path, self._settings.params, self._settings.engine)
        _warm(model, self._settings.language)
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        return Entry(
            name or stem(model.labelKeys), model, digest.hexdigest(), _scores(path)
        )


def _warm(model: Any, language: str | None) -> None:
    """Tag something, so that the first visitor does not wait for what loads then."""
    if model.requiredColumns:
        return
    with contextlib.suppress(ValueError):  # the language needs more packages
        code = language_code(language or model.params.get("language"))
        model.tag(example(code), confidence=True, language=code)


def _scores(path: str) -> dict[str, Any]:
    from neuralnets.storage.h5file import sealed_attribute

    try:
        return dict(json.loads(sealed_attribute(path, "scores") or "{}"))
    except (TypeError, ValueError):
        return {}


def _state(path: str) -> tuple | None:
    """Return what changes when a file does; None if it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
