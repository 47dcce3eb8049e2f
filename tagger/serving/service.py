"""The way of a request: its words, its turn at the network, its answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from neuralnets.tagging.pins import PinError
from tagger.serving import pins
from tagger.serving.answers import Answer
from tagger.serving.batching import Batcher, Job
from tagger.serving.counting import Counts
from tagger.serving.journal import Journal
from tagger.serving.questions import Question
from tagger.serving.refusals import Refused, unprocessable
from tagger.serving.settings import Settings
from tagger.serving.shelf import Shelf
from tagger.serving.words import words_of
from util.output.window import Request

_SMALL = 2_000  # characters, or tokens, that are worked on without another thread


class Service:
    """Tags what visitors send.

    Args:
        settings: How it is run.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.counts = Counts()
        self.shelf = Shelf(settings)
        self.journal = settings.annotations and Journal(settings.annotations)
        self.batcher = Batcher(lambda jobs, _: self.counts.turns.observe(jobs))
        # Splitting and writing never wait for the network, nor it for them.
        self._pool = ThreadPoolExecutor(2, "words")
        self._working = 0

    def close(self) -> None:
        """End its threads; what they have begun is finished."""
        self.shelf.close()
        self.batcher.close()
        self._pool.shutdown()

    async def tag(self, question: Question) -> Answer:
        """Tag what a request holds.

        Raises:
            Refused: It asks for what is not there, or there is too much to do.
        """
        entry = self.shelf.pick(question.model, question.tasks)
        with self._working_on():
            small = _size(question) <= _SMALL and question.language is None
            words = await self.run(
                small,
                words_of,
                question,
                entry.model,
                entry.name,
                self.settings.language,
                self.settings.limits,
            )
            request = Request(question.confidence, question.nbest)
            pinned = pins.read(question.pinned, entry.model.tasks, len(words.rows))
            others = bool(question.others)
            job = Job(entry.model, words.rows, request, others, pinned)
            waiting = asyncio.wrap_future(self.batcher.submit(job))
            asyncio.get_running_loop().call_soon(self.batcher.begin)
            try:
                found = await asyncio.wait_for(waiting, self.settings.limits.answer)
            except asyncio.TimeoutError:
                raise Refused(503, "Tagging took too long; try again.", 5) from None
            except PinError as error:
                sentence = str(error).rstrip(".")
                raise unprocessable(f"`pinned`: {sentence}.") from None
            self.counts.tokens.labels(entry.name).inc(sum(map(len, words.tokens)))
        return Answer(question, entry, words, found)

    async def encode(self, answer: Answer, question: Question, kind: str) -> bytes:
        """Return the bytes of an answer."""
        return await self.run(_size(question) <= _SMALL, answer.encoded, kind)

    async def run(self, small: bool, work: Callable[..., Any], *given: Any) -> Any:
        """Do small work here, and other work in another thread."""
        if small:
            return work(*given)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, work, *given)

    @contextlib.contextmanager
    def _working_on(self) -> Iterator[None]:
        if self._working >= self.settings.limits.waiting:
            raise Refused(429, "Too many requests are waiting; try again.", 1)
        self._working += 1
        self.counts.waiting.inc()
        try:
            yield
        finally:
            self._working -= 1
            self.counts.waiting.dec()


def _size(question: Question) -> int:
    if question.texts is not None:
        return sum(map(len, question.texts))
    return sum(len(sentence["tokens"]) * 5 for sentence in question.sentences)
