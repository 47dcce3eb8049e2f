"""Which engine tags with a stored model: NumPy's, or TensorFlow's where it must."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from util.flags import ENGINES

if TYPE_CHECKING:
    from neuralnets.tagging.tagger import Tagger


def load(
    path: str, params: Mapping[str, Any] | None = None, engine: str | None = None
) -> Tagger:
    """Load a stored model, to tag with it.

    Args:
        path: The file.
        params: Parameters that replace those of the file, such as the paths of files
            that the model needs.
        engine: `"numpy"`, `"tensorflow"`, or None: NumPy, which is there in a moment,
            for all models that do not need TensorFlow. Both say the same.

    Returns:
        A tagger with `tag`, `tagSentences`, `tagWithConfidence` and all else that
        `BiLSTM` says of sentences. To train a model further, `BiLSTM.loadModel` it.

    Raises:
        ValueError: The file is missing, damaged, or not a model; or it needs other
            files, or an engine, which are not there.

    Example:
        import tagger
        for sentence in tagger.load("models/NAME.h5").tag("Lena is in Leeds."):
            for token in sentence["tokens"]:
                print(token["text"], token["labels"])
    """
    if engine not in (None, *ENGINES):
        raise ValueError(
            f"`engine` must be one of {', '.join(ENGINES)}, or None. "
            f"Received: {engine!r}"
        )
    needs = None
    if engine != "tensorflow":
        from neuralnets.inference.tagger import NeedsTensorFlow, StoredTagger

        try:
            return StoredTagger.loadModel(path, params)
        except NeedsTensorFlow as error:
            if engine is not None:
                raise
            needs = error
    try:
        from neuralnets.BiLSTM import BiLSTM
    except ImportError:
        if needs is None:
            raise
        raise ValueError(f"{needs} It is not installed here.") from None
    return BiLSTM.loadModel(path, params)
