"""Inputs that are one index per token, each embedded in a table of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.inputs.layout import Chosen, Layout, integers
from neuralnets.layernames import layer_name
from neuralnets.randomness import initializer_seed

if TYPE_CHECKING:
    from neuralnets.framework import keras, tf

# Words, characters and the task have inputs of these names.
_TAKEN = ("words", "char", "task_id")


class Given(NamedTuple):
    """What inputs are made from; see `make_inputs`."""

    params: Mapping[str, Any]
    mappings: Mapping[str, Mapping[str, int]]
    embeddings: np.ndarray | None
    conventions: Conventions
    sources: Mapping[str, Any]


class Thinning(NamedTuple):
    """What training leaves out of an input's values at random.

    Attributes:
        purpose: What the randomness is drawn for.
        thin: Makes of a batch's values, and of a random number in [0, 1) for each of
            them, those that stay.
        of_share: Which of a batch's values belong to some rows of it, as booleans.
    """

    purpose: str
    thin: Callable[[np.ndarray, np.ndarray], np.ndarray]
    of_share: Callable[[Chosen, np.ndarray], np.ndarray]


class Junction:
    """Where the inputs of a network meet.

    Attributes:
        form_index: Which of a batch's forms each token is, `[B, T]`.
        vectors: What goes into the encoder: `[W, D]` per form, `[B, T, D]` per token.
        per_form: For each of them, whether it comes per form.
        direct: What makes scores that go past the encoder.
    """

    def __init__(self, form_index: tf.Tensor):
        self.form_index = form_index
        self.vectors: list[tf.Tensor] = []
        self.per_form: list[bool] = []
        self.direct: list[Callable[..., tf.Tensor]] = []

    def add(self, vectors: tf.Tensor, per_form: bool = False) -> None:
        """Add vectors."""
        self.vectors.append(vectors)
        self.per_form.append(per_form)


class Input:
    """One column of indices, embedded in a table of its own.

    An input owns its way from rows to the network: `lay_out`, `in_batch`, `thinning`
    in training, `join`.

    Attributes:
        name: The input's name.
        column: The column that every row must have for it; None: none.
        input_name: The name of its Keras input.
        table_name: The name of the layer that holds its embedding table.
        derived: Whether the tokens are all that it needs.
        per_task: Whether it differs between the tasks that a sentence is tagged for.
        rows: Rows of the embedding table.
        unknown: The row for values that the table lacks.
    """

    derived = False
    per_task = False

    def __init__(
        self, name: str, rows: int, size: int, seed: int, unknown: int | None = None
    ):
        self.name = name
        self.column: str | None = name
        self.rows = rows
        self.size = size
        self.seed = seed
        self.unknown = rows - 1 if unknown is None else unknown
        self.layer_name = layer_name("feature", name)
        self.table_name = f"{self.layer_name}_emebddings"
        self.input_name = f"{layer_name('feature', name, _TAKEN)}_input"

    @classmethod
    def make(cls, name: str, given: Given) -> Input:
        """Return the input of a column of the data."""
        params, mapping = given.params, given.mappings[name]
        # One row more, for values that training has not seen; old models have none, but
        # an `O` that stood for nothing.
        extra = given.conventions.unknown_feature_row
        unknown = None if extra else mapping.get("O", 0)
        size, seed = params["addFeatureDimensions"], params["seed"]
        return cls(name, len(mapping) + extra, size, seed, unknown)

    @property
    def columns(self) -> list[str]:
        """The columns that sentences need for it, besides their tokens."""
        return [] if self.derived else [self.name]

    def encode(self, values: Sequence[int]) -> np.ndarray:
        """Return the values of all tokens as indices `[N]` that the table has."""
        indices = integers(values)
        indices[indices >= self.rows] = self.unknown
        return indices

    def lay_out(self, layout: Layout) -> None:
        """Add what it needs of the sentences."""
        layout.token_columns[self.name] = self.encode(layout.flat(self.column))

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return a batch's values as the network wants them."""
        return layout.token_columns[self.name][chosen.position] * chosen.present

    def thinning(self, layout: Layout, params: Mapping[str, Any]) -> Thinning | None:
        """Return what training leaves out; None: nothing.

        Args:
            layout: The training sentences, laid out.
            params: The complete parameters.
        """
        return None

    def described(self) -> Any:
        """Return what determines it besides parameters, mappings and vectors."""
        return None

    def stored(self) -> dict[str, Any]:
        """Return parameters that a model file must hold besides those given."""
        return {}

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input, `[B, T]`."""
        from neuralnets.framework import keras

        return keras.Input((None,), name=self.input_name, dtype="int32")

    def join(self, junction: Junction, x: tf.Tensor) -> None:
        """Add what the network sees of the symbolic input."""
        junction.add(self.embed(x))

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the vectors `[..., size]` of the symbolic input."""
        return self._look_up(self.table_name, 0.05, x)

    def _look_up(self, name: str, width: float, x: tf.Tensor) -> tf.Tensor:
        from neuralnets.framework import keras
        from neuralnets.keraslayers.lookup import embed

        table = keras.layers.Embedding(
            self.rows,
            self.size,
            name=name,
            dtype="float32",
            embeddings_initializer=keras.initializers.RandomUniform(
                -width, width, initializer_seed(self.seed, name)
            ),
        )
        return embed(table, x)


class FormInput(Input):
    """What the written word alone determines: kept and computed once per form."""

    derived = True

    def encode_distinct(self, values: Sequence) -> tuple[np.ndarray, np.ndarray]:
        """Return the values that there are and, for each token, which it has."""
        return np.arange(self.rows, dtype=np.int32), self.encode(values)

    def lay_out(self, layout: Layout) -> None:
        """Add the values that there are, and which each token has."""
        values, key = self.encode_distinct(layout.of_forms(self.column))
        layout.form_columns[self.name] = values
        layout.keys.append(key)

    def in_batch(self, layout: Layout, chosen: Chosen) -> np.ndarray:
        """Return the values of the batch's forms, `[W]`."""
        return layout.form_columns[self.name][chosen.forms]

    def keras_input(self) -> keras.layers.Layer:
        """Return the symbolic input, `[W]`."""
        from neuralnets.framework import keras

        return keras.Input((), name=self.input_name, dtype="int32")

    def join(self, junction: Junction, x: tf.Tensor) -> None:
        """Add the vectors of the forms, `[W, size]`."""
        junction.add(self.embed(x), per_form=True)


class CasingInput(FormInput):
    """The casing class of a word."""

    @classmethod
    def make(cls, name: str, given: Given) -> Input:
        """Return the input; its classes are fixed, so there is no unknown one."""
        size, seed = given.params["addFeatureDimensions"], given.params["seed"]
        return cls(name, len(given.mappings[name]), size, seed)
