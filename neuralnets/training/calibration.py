"""At the end of a run: probabilities of the models that it stored, put right on dev."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from neuralnets.storage import modelfile
from neuralnets.tagging import temperature
from neuralnets.tagging.scores import is_labelled

if TYPE_CHECKING:
    from neuralnets.training.trainable import Trainable

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def stored_weights(
    tagger: Trainable, names: Sequence[str], path: str
) -> Iterator[modelfile.ModelFile]:
    """Lend the models of tasks the weights of a file while it lasts.

    They are not loaded anew: they may need files and sources that only the running
    tagger has.

    Yields:
        What the file holds.
    """
    models = [tagger.models[name] for name in names]
    own = [model.get_weights() for model in models]
    try:
        content = modelfile.read(path)
        modelfile.set_weights(path, models, content.weights)
        yield content
    finally:
        for model, weights in zip(models, own):
            model.set_weights(weights)


def calibrate(tagger: Trainable, stored: dict[str, str]) -> bool:
    """Fit the temperatures of stored models on dev, and store them in the files.

    Labels stay the same; see `temperature`. A task without labels in dev keeps its own.

    Args:
        tagger: After training.
        stored: The file of the best model, by task.

    Returns:
        Whether a file has changed.
    """
    changed = False
    for path in dict.fromkeys(stored.values()):
        names = [
            name
            for name, own in stored.items()
            if own == path
            and name in tagger.data
            and is_labelled(
                tagger.data[name].get("devMatrix"), tagger.tasks[name].label
            )
        ]
        if not names or not os.path.exists(path):
            continue
        with stored_weights(tagger, names, path) as content:
            fitted = dict(content.params.get(temperature.KEY, {}))
            for name in names:
                try:
                    found = tagger.fitTemperature(name, tagger.data[name]["devMatrix"])
                except ValueError as error:
                    logger.info("%s: the temperature stays as it is. %s", name, error)
                else:
                    fitted[name] = found
        if fitted != content.params.get(temperature.KEY, {}):
            modelfile.set_params(path, {**content.params, temperature.KEY: fitted})
            changed = True
    return changed
