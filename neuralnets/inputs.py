"""The registry of inputs: what the network sees of each token.

An input says where its values come from, whether they belong to the written word, to
the single token or to the sentence, and which layers embed them. `make_inputs` picks
those that the parameters ask for; the tagger itself knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from neuralnets import elmo
from neuralnets.conventions import Conventions
from neuralnets.keraslayers.character_cnn import CharacterCNN
from neuralnets.keraslayers.character_lstm import CharacterLSTM
from neuralnets.keraslayers.weighted_average import WeightedAverage
from neuralnets.randomness import generator, initializer_seed
from util.WordEmbeddings import PADDING, UNKNOWN

TASK_ID = "taskID"
# Characters that are read of a word where `maxCharLength` sets no limit.
_LONGEST_WORD = 512
ELMO = "elmo"


class Input:
    """One column of indices, embedded in a table of its own.

    Attributes:
        name: The input's name.
        column: The column of the rows that it reads.
        input_name: The name of its Keras input.
        per_form: Whether it depends on the written word alone.
        per_sentence: Whether it depends on the sentence as a whole.
        derived: Whether the tokens are all that it needs.
        rows: Rows of the embedding table.
        unknown: The row for values that the table lacks.
    """

    per_form = False
    per_sentence = False
    derived = False

    def __init__(
        self, name: str, rows: int, size: int, seed: int, unknown: int | None = None
    ):
        self.name = name
        self.column = name
        self.rows = rows
        self.size = size
        self.seed = seed
        self.unknown = rows - 1 if unknown is None else unknown
        self.input_name = f"{name}_input"

    def encode(self, values: Sequence[int]) -> np.ndarray:
        """Return the values of all tokens as indices `[N]` that the table has."""
        indices = np.fromiter(values, np.int32, len(values))
        indices[indices >= self.rows] = self.unknown
        return indices

    def encode_distinct(self, values: Sequence) -> tuple[np.ndarray, np.ndarray]:
        """Return the values that there are and, for each token, which it has."""
        return np.arange(self.rows, dtype=np.int32), self.encode(values)

    def of_batch(self, values: np.ndarray) -> np.ndarray:
        """Return a batch's values as the network wants them."""
        return values

    def stored(self) -> dict[str, Any]:
        """Return parameters that a model file must hold besides those given."""
        return {}

    def keras_input(self) -> tf.keras.layers.Layer:
        """Return the symbolic input: `[W]` per form, `[B, T]` per token."""
        shape = () if self.per_form else (None,)
        return tf.keras.Input(shape, name=self.input_name, dtype="int32")

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the vectors `[..., size]` of the symbolic input."""
        return self._table(f"{self.name}_emebddings", 0.05)(x)

    def _table(self, name: str, width: float) -> tf.keras.layers.Layer:
        return tf.keras.layers.Embedding(
            self.rows,
            self.size,
            name=name,
            embeddings_initializer=tf.keras.initializers.RandomUniform(
                -width, width, initializer_seed(self.seed, name)
            ),
        )


class CasingInput(Input):
    """The casing class of a word."""

    per_form = True
    derived = True


class WordInput(Input):
    """Word vectors: given and frozen, or drawn and trained.

    Args:
        vectors: `[V, D]`, or None to draw them.
        rows, size: Shape of the vectors to draw.
        trainable: Whether training changes them.
    """

    per_form = True
    derived = True

    def __init__(
        self,
        vectors: np.ndarray | None,
        rows: int,
        size: int,
        trainable: bool,
        seed: int,
    ):
        super().__init__("tokens", rows, size, seed)
        self.input_name = "words_input"
        self.vectors = vectors
        self.trainable = trainable

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the words' vectors."""
        vectors = self.vectors
        if vectors is None:
            width = np.sqrt(3.0 / self.size)
            draw = generator(self.seed, "word_embeddings").uniform
            vectors = draw(-width, width, (self.rows, self.size)).astype(np.float32)
            vectors[PADDING] = 0
        layer = tf.keras.layers.Embedding(
            self.rows,
            self.size,
            trainable=self.trainable,
            name="word_embeddings",
            embeddings_initializer="zeros",
        )
        embedded = layer(x)
        layer.set_weights([vectors])
        self.vectors = None
        return embedded


class CharacterInput(Input):
    """The characters of a word, read by a CNN or by an LSTM.

    Args:
        rows: Size of the alphabet, padding and unknown included.
        params: The tagger's parameters.
        conventions: How this model departs from new ones.
    """

    per_form = True
    derived = True

    def __init__(
        self,
        rows: int,
        params: Mapping[str, Any],
        seed: int,
        conventions: Conventions,
    ):
        super().__init__("characters", rows, params["charEmbeddingsSize"], seed)
        self.input_name = "char_input"
        self.params = params
        self.mask_padding = conventions.mask_characters
        self.gate = conventions.gate
        self.longest = max(params["maxCharLength"], 0)

    def encode_distinct(
        self, values: Sequence[Sequence[int]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct words `[V, C]`, padded, and which each token is."""
        # Equal words mostly share one list: tell those apart by identity, first. The
        # numbers then go by first appearance, for an address differs in every run.
        _, one_of_each, key = np.unique(
            np.fromiter(map(id, values), np.int64, len(values)),
            return_index=True,
            return_inverse=True,
        )
        cut = self.longest or _LONGEST_WORD
        distinct: dict[tuple[int, ...], int] = {}
        spelled = np.zeros(len(one_of_each), np.int64)
        for list_ in np.argsort(one_of_each):
            characters = tuple(values[one_of_each[list_]][:cut])
            spelled[list_] = distinct.setdefault(characters, len(distinct))
        width = max(map(len, distinct), default=1)
        if not self.mask_padding:
            # Padding counts for the maximum, so its amount must be what it was.
            width = max(self.longest, width)
        matrix = np.zeros((len(distinct), max(width, 1)), np.int32)
        for row, characters in enumerate(distinct):
            matrix[row, : len(characters)] = characters
        matrix[matrix >= self.rows] = UNKNOWN
        return matrix, spelled[key]

    def of_batch(self, values: np.ndarray) -> np.ndarray:
        """Cut the matrix to the batch's longest word, where padding does not count."""
        if not self.mask_padding:
            return values
        used = int(np.count_nonzero(values, axis=1).max(initial=1))
        return values[:, :used]

    def keras_input(self) -> tf.keras.layers.Layer:
        """Return the symbolic input `[W, C]`."""
        return tf.keras.Input((None,), name=self.input_name, dtype="int32")

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return what the encoder makes of each word, `[W, F]`."""
        vectors = self._table("char_emd", np.sqrt(3.0 / self.size))(x)
        if self.params["charEmbeddings"] == "CNN":
            return CharacterCNN(
                self.params["charFilterSize"],
                self.params["charFilterLength"],
                mask_padding=self.mask_padding,
                seed=self.seed,
                name="char_cnn",
            )(vectors, characters=x)
        return CharacterLSTM(
            self.params["charLSTMSize"],
            gate=self.gate,
            seed=self.seed,
            name="char_lstm",
        )(vectors, characters=x)


class TaskInput(Input):
    """Which task a sentence belongs to, as a one-hot vector."""

    derived = True

    def __init__(self, tasks: int, seed: int):
        super().__init__(TASK_ID, tasks, tasks, seed)
        self.input_name = "task_id_input"

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return the one-hot vectors `[B, T, tasks]`."""
        return tf.keras.layers.Embedding(
            self.rows,
            self.rows,
            name="task_id_embedding",
            trainable=False,
            embeddings_initializer="identity",
        )(x)


class MissingSource(ValueError):
    """Files that an input needs are not there, or not the right ones."""


class VectorSource(Protocol):
    """Where precomputed vectors come from.

    Attributes:
        shape: Of a token's vectors: `(D,)`, or `(L, D)` for layers to be averaged.
        key: What tells it from other sources.
    """

    shape: tuple[int, ...]
    key: str

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """Return the vectors `[length, *shape]` of each sentence."""


class VectorInput(Input):
    """Vectors that exist before the network, such as ELMo's; fetched for each batch.

    Args:
        name: The input's name; `<name>Key` is the parameter that holds its source's.
        source: Where the vectors come from.
        normalize: See `WeightedAverage`.
    """

    per_sentence = True
    derived = True

    def __init__(self, name: str, source: VectorSource, normalize: bool = True):
        shape = source.shape
        super().__init__(name, rows=0, size=shape[-1], seed=0)
        self.column = "raw_tokens"
        self.source = source
        self.shape = shape
        self.normalize = normalize

    def of_sentences(self, sentences: Sequence[Sequence[str]], steps: int):
        """Return the vectors of a batch, `[B, T, *shape]`, 0 in the padding."""
        values = np.zeros((len(sentences), steps, *self.shape), np.float32)
        for row, vectors in zip(values, self.source(sentences)):
            row[: len(vectors)] = vectors
        return values

    def stored(self) -> dict[str, Any]:
        """Return the key of the source."""
        return {f"{self.name}Key": self.source.key}

    def keras_input(self) -> tf.keras.layers.Layer:
        """Return the symbolic input `[B, T, *shape]`."""
        return tf.keras.Input((None, *self.shape), name=self.input_name)

    def embed(self, x: tf.Tensor) -> tf.Tensor:
        """Return one vector per token, `[B, T, D]`."""
        if len(self.shape) == 1:
            return x
        return WeightedAverage(self.normalize, name=f"{self.name}_average")(x)


class _Given(NamedTuple):
    """What inputs are made from; see `make_inputs`."""

    params: Mapping[str, Any]
    mappings: Mapping[str, Mapping[str, int]]
    embeddings: np.ndarray | None
    conventions: Conventions
    sources: Mapping[str, VectorSource]


def _words(name: str, given: _Given) -> Input:
    vectors, params = given.embeddings, given.params
    has_vectors = vectors is not None
    return WordInput(
        vectors,
        len(vectors) if has_vectors else len(given.mappings[name]),
        vectors.shape[1] if has_vectors else params["wordEmbeddingsSize"],
        params["trainWordEmbeddings"],
        params["seed"],
    )


def _casing(name: str, given: _Given) -> Input:
    size, seed = given.params["addFeatureDimensions"], given.params["seed"]
    return CasingInput(name, len(given.mappings[name]), size, seed)


def _elmo(name: str, given: _Given) -> Input:
    try:
        source = given.sources.get(name) or elmo.from_params(given.params)
    except elmo.MissingFile as error:
        raise MissingSource(str(error)) from None
    key = given.params[f"{name}Key"]
    if key and key != source.key:
        raise MissingSource(
            f"it was trained with other ELMo options or weights (key {key}, these have "
            f"{source.key}). {elmo.WHERE}"
        )
    return VectorInput(name, source, not given.conventions.raw_layer_weights)


def _column(name: str, given: _Given) -> Input:
    """Return the input of a column of the data."""
    params, mapping = given.params, given.mappings[name]
    # One row more, for values that training has not seen; old models have none, but an
    # `O` that stood for nothing.
    extra = given.conventions.unknown_feature_row
    return Input(
        name,
        len(mapping) + extra,
        params["addFeatureDimensions"],
        params["seed"],
        None if extra else mapping.get("O", 0),
    )


# The inputs that are more than a column of the data.
_MAKERS = {"tokens": _words, "casing": _casing, ELMO: _elmo}
_NEED_NO_COLUMN = {ELMO}


def make_inputs(
    params: Mapping[str, Any],
    mappings: Mapping[str, Mapping[str, int]],
    embeddings: np.ndarray | None,
    tasks: int,
    conventions: Conventions,
    sources: Mapping[str, VectorSource] | None = None,
) -> list[Input]:
    """Return the inputs in the order in which they are joined.

    Words come first, then the other features as `featureNames` lists them, then the
    characters, then the task.

    Args:
        params: The complete parameters, `seed` and `trainWordEmbeddings` resolved.
        mappings: The index of each value, by column.
        embeddings: Word vectors, or None to draw them.
        tasks: Number of tasks.
        conventions: How this model departs from new ones.
        sources: Where precomputed vectors come from, by input name; by default what
            the parameters say.

    Raises:
        ValueError: A feature has no mapping.
    """
    given = _Given(params, mappings, embeddings, conventions, sources or {})
    inputs: list[Input] = []
    names = [name for name in params["featureNames"] if name != "characters"]
    for name in sorted(names, key=lambda name: name != "tokens"):
        if name not in mappings and name not in _NEED_NO_COLUMN:
            raise ValueError(
                f"`featureNames` asks for '{name}', which no data set has as a "
                f"column. Columns: {', '.join(mappings)}"
            )
        inputs.append(_MAKERS.get(name, _column)(name, given))
    if params["charEmbeddings"]:
        alphabet = len(mappings["characters"])
        inputs.append(CharacterInput(alphabet, params, params["seed"], conventions))
    if params["useTaskIdentifier"]:
        inputs.append(TaskInput(tasks, params["seed"]))
    return inputs
