"""The registry of inputs: what the network sees of each token.

An input says where its values come from, whether they belong to the written word, to
the single token or to the sentence, and which layers embed them. `make_inputs` picks
those that the parameters ask for; the tagger itself knows none of them by name.

Only what builds the Keras network imports TensorFlow, and when it is called: tagging
can do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inputs.columns import CasingInput, Given, Input, Junction, Thinning
from neuralnets.inputs.direct import DIRECT, DirectInput
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.inputs.elmo import ELMO, ELMO_EMBEDDINGS, ElmoInput
from neuralnets.inputs.lookedup import TOKENS_EMBEDDINGS, LookedUpWordInput
from neuralnets.inputs.taskid import TASK_ID, TaskInput
from neuralnets.inputs.vectors import MissingSource, VectorInput, VectorSource
from neuralnets.inputs.words import CharacterInput, WordInput

__all__ = [
    "DIRECT",
    "ELMO",
    "ELMO_EMBEDDINGS",
    "TASK_ID",
    "TOKENS_EMBEDDINGS",
    "CasingInput",
    "CharacterInput",
    "DirectInput",
    "Input",
    "Junction",
    "MissingSource",
    "TaskInput",
    "Thinning",
    "VectorInput",
    "VectorSource",
    "WordInput",
    "make_inputs",
]

# The inputs that are more than a column of the data.
_MAKERS = {
    "tokens": WordInput.make,
    "casing": CasingInput.make,
    ELMO: ElmoInput.make,
    ELMO_EMBEDDINGS: ElmoInput.make,
    TOKENS_EMBEDDINGS: LookedUpWordInput.make,
}
_NEED_NO_COLUMN = {ELMO, ELMO_EMBEDDINGS, TOKENS_EMBEDDINGS}


def make_inputs(
    params: Mapping[str, Any],
    mappings: Mapping[str, Mapping[str, int]],
    embeddings: np.ndarray | None,
    tasks: int,
    conventions: Conventions,
    sources: Mapping[str, VectorSource] | None = None,
    features: FeatureVocabulary | None = None,
) -> list[Input]:
    """Return the inputs in the order in which they are joined.

    Words come first, then the other features as `featureNames` lists them, then the
    characters, then the task; last what goes past the encoder.

    Args:
        params: The complete parameters, `seed` and `trainWordEmbeddings` resolved.
        mappings: The index of each value, by column.
        embeddings: Word vectors, or None to draw them.
        tasks: Number of tasks.
        conventions: How this model departs from new ones.
        sources: Where precomputed vectors come from, by input name; by default what
            the parameters say.
        features: The direct features, if there are any.

    Raises:
        ValueError: A feature has no mapping.
    """
    given = Given(params, mappings, embeddings, conventions, sources or {})
    inputs: list[Input] = []
    names = [name for name in params["featureNames"] if name != "characters"]
    for name in sorted(names, key=lambda name: name != "tokens"):
        if name not in mappings and name not in _NEED_NO_COLUMN:
            raise ValueError(
                f"`featureNames` asks for '{name}', which no data set has as a "
                f"column. Columns: {', '.join(mappings)}"
            )
        inputs.append(_MAKERS.get(name, Input.make)(name, given))
    if params["charEmbeddings"]:
        if "characters" not in mappings:
            raise ValueError("`charEmbeddings` needs the mapping 'characters'.")
        alphabet = len(mappings["characters"])
        inputs.append(CharacterInput(alphabet, params, params["seed"], conventions))
    if params["useTaskIdentifier"]:
        inputs.append(TaskInput(tasks, params["seed"]))
    if features is not None:
        inputs.append(DirectInput(features, mappings, params["directDropout"]))
    if not inputs:
        raise ValueError(
            "The network would see nothing: `featureNames` and `directFeatures` are "
            "both empty."
        )
    return inputs
