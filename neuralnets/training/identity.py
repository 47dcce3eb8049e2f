"""What determines a run: two that differ in it must not go on with one another."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

import numpy as np

from neuralnets import hyperparameters
from neuralnets.batches.table import Row, SentenceTable
from neuralnets.framework import keras
from neuralnets.tagging.scores import is_labelled
from neuralnets.training.step import TaskTrainer
from neuralnets.training.trainable import Trainable
from util.corpus.rows import RAW, Rows, Texts

logger = logging.getLogger(__name__)

START = "model to begin with"
ORIGIN = "stored model to learn from"

Part = Union[bytes, np.ndarray]


def describe(tagger: Trainable, evaluated: Sequence[str]) -> dict[str, Any]:
    """Return what a run was started with: parameters, and digests of the rest.

    Args:
        tagger: Ready to train.
        evaluated: The tasks that are scored, in order.
    """
    trainers = tagger.prepareTraining()
    scored = [
        (f"{name} {split}", tagger.tasks[name].label, tagger.data[name].get(split))
        for name in evaluated
        for split in ("devMatrix", "testMatrix")
    ]
    scored = [found for found in scored if is_labelled(found[2], found[1])]
    return {
        "params": json.loads(json.dumps(tagger.params)),
        "data": _digest(
            part
            for t in trainers
            for part in (*_arrays(t.name, t.label, t.table), *_weights(t))
        ),
        "words": _digest(
            part
            for trainer in trainers
            for part in _words(tagger.data[trainer.name]["trainMatrix"])
        ),
        "dev or test data": _digest(
            part
            for name, label, rows in scored
            for parts in (_arrays(name, label, tagger.table(rows, label)), _words(rows))
            for part in parts
        ),
        "labels or other values": _digest(
            part for column in tagger.mappings.items() for part in _values(*column)
        ),
        "direct features": _digest(
            _json(description)
            for trainer in trainers[:1]  # all have the same inputs
            for description in (input_.described() for input_ in trainer.inputs)
            if description is not None
        ),
        "word vectors": _digest(_given(tagger, trainers)),
        **({ORIGIN: tagger.origin.checksum} if tagger.origin else {}),
        START: tagger.startingPoint,
    }


def of_weights(models: Iterable[keras.Model]) -> str:
    """Return a digest of all weights of models."""
    weights = {id(weight): weight for model in models for weight in model.weights}
    return _digest(weight.numpy() for weight in weights.values())


def check(path: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise unless a checkpoint is of the same run.

    What it does not tell, because an earlier version of this program wrote it, is told
    to the user; a parameter that was unknown then had what is its default now.

    Args:
        path: Of the checkpoint.
        then: The description in it.
        now: That of this run.

    Raises:
        ValueError: It is of another one; the message says in what they differ.
    """
    params = {**json.loads(_json(hyperparameters.merge(None))), **then["params"]}
    keys = sorted(
        key
        for key in {*params, *now["params"]}
        if params.get(key) != now["params"].get(key)
    )
    different = [f"parameters ({', '.join(keys)})"] * bool(keys)
    others = [key for key in now if key not in ("params", START)]
    different += [key for key in others if then.get(key, now[key]) != now[key]]
    different += [ORIGIN] * ((ORIGIN in then) > (ORIGIN in now))
    start = then.get(START, now[START])
    if bool(start) != bool(now[START]):
        different.append(START)
    if different:
        raise ValueError(
            f"{path} is of a run with other {', other '.join(different)}. Repeat that "
            "run's settings, or start anew without resuming."
        )
    if start != now[START]:
        # It may have been replaced by a better one, which this very run stored.
        logger.warning(
            "%s began with another model than the one that was loaded now: it goes on "
            "with its own weights.",
            path,
        )
    untold = [key for key in others if key not in then]
    if untold:
        logger.warning(
            "%s was written by an earlier version, which noted less of its run: make "
            "sure that you go on with the same %s.",
            *(path, ", ".join(untold)),
        )


def _arrays(name: str, label: str, table: SentenceTable) -> Iterable[Part]:
    """Return sentences as the network sees them."""
    yield f"{name}\0{label}\0".encode()
    yield from (table.lengths, table.form)
    yield from table.form_columns.values()
    yield from table.token_columns.values()


def _weights(trainer: TaskTrainer) -> Iterable[Part]:
    """Return the weights of sentences, if there are any."""
    known = trainer.knowledge
    if known is not None and known.sentence_weights is not None:
        yield known.sentence_weights


def _words(rows: Sequence[Row]) -> Iterable[bytes]:
    """Yield what inputs may read that have no indices, such as ELMo: a JSON list."""
    found = Texts(rows) if isinstance(rows, Rows) else (r.get(RAW) for r in rows)
    between = b"["
    for words in found:
        yield between + _json(words)
        between = b", "
    yield b"]" if rows else b"[]"


def _values(column: str, indices: Mapping[str, int]) -> Iterable[Part]:
    yield "\0".join(map(str, (column, *indices))).encode("utf-8", "surrogatepass")
    yield np.fromiter(indices.values(), np.int64, len(indices))


def _given(tagger: Trainable, trainers: Iterable[TaskTrainer]) -> Iterable[np.ndarray]:
    """Return the word vectors that were given, or what a loaded model keeps frozen."""
    if tagger.embeddings is not None:
        return [np.asarray(tagger.embeddings, np.float32)]
    frozen = {id(w): w for t in trainers for w in t.model.non_trainable_weights}
    return [weight.numpy() for weight in frozen.values()]


def _json(value: Any) -> bytes:
    """Return JSON of plain data, in which numbers may be NumPy's."""
    return json.dumps(value, default=lambda other: other.tolist()).encode()


def _digest(parts: Iterable[Part]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            part = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
        digest.update(part)
    return digest.hexdigest()
