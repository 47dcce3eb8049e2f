"""ELMo's vectors as an input."""

from __future__ import annotations

from neuralnets.inputs.columns import Given, Input
from neuralnets.inputs.vectors import MissingSource, VectorInput

ELMO = "elmo"
ELMO_EMBEDDINGS = "elmo_embeddings"  # the same by the ELMo sister tool's name
# What averages ELMo's layers.
_AVERAGES = {
    ELMO: "elmo_average",
    ELMO_EMBEDDINGS: "elmo_embeddings_weighted_average",
}


class ElmoInput(VectorInput):
    """The vectors of a source that is ELMo, or stands in for it."""

    @classmethod
    def make(cls, name: str, given: Given) -> Input:
        """Return the input.

        Raises:
            MissingSource: Files are not there, or not those of the training.
        """
        from neuralnets import elmo

        try:
            source = given.sources.get(name) or elmo.from_params(given.params)
        except elmo.MissingFile as error:
            raise MissingSource(str(error)) from None
        key = given.params["elmoKey"]
        if key and key != source.key:
            raise MissingSource(
                f"it was trained with other ELMo options or weights (key {key}, these "
                f"have {source.key}). {elmo.WHERE}"
            )
        normalize = not given.conventions.raw_layer_weights
        return cls(name, source, normalize, layer=_AVERAGES[name], key="elmoKey")
