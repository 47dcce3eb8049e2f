"""Parameters and mappings in, Keras models out: one per task over shared layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

import numpy as np

from neuralnets.conventions import Conventions
from neuralnets.framework import keras, tf
from neuralnets.heads import Head, SoftmaxHead
from neuralnets.inputs import Input, Junction, VectorSource, make_inputs
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from neuralnets.keraslayers.batch_major import BatchMajor
from neuralnets.keraslayers.ChainCRF import ChainCRF
from neuralnets.keraslayers.dropout import SeededDropout
from neuralnets.keraslayers.recurrent_layer import RecurrentLayer
from neuralnets.keraslayers.token_vectors import TokenVectors
from neuralnets.layernames import (
    FORM_INDEX,
    LENGTHS,
    STEP_SEED,
    layer_name,
    recurrent_name,
    task_names,
)
from neuralnets.randomness import initializer_seed
from util.task import Task

Add, Concatenate = keras.layers.Add, keras.layers.Concatenate


class Network(NamedTuple):
    """What `build` makes."""

    inputs: list[Input]
    models: dict[str, keras.Model]  # inputs by name -> emissions [B, T, K]
    heads: dict[str, Head]
    task_ids: dict[str, int | None]
    joint: keras.Model  # inputs by name -> emissions of every task by its name


# AutoGraph would rewrite each layer's Python code, which nothing in it needs and which
# takes longer than all the rest.
@tf.autograph.experimental.do_not_convert
def build(
    params: Mapping[str, Any],
    mappings: Mapping[str, Mapping[str, int]],
    embeddings: np.ndarray | None,
    tasks: Sequence[Task],
    task_count: int,
    conventions: Conventions,
    sources: Mapping[str, VectorSource] | None = None,
    features: FeatureVocabulary | None = None,
) -> Network:
    """Build the network.

    Args:
        params: The complete parameters; see `make_inputs`.
        mappings: The index of each value, by column.
        embeddings: Word vectors `[V, D]`, or None to draw them.
        tasks: The tasks, in order.
        task_count: How many tasks were trained together (a file may hold one of them).
        conventions: How this model departs from new ones.
        sources: Where precomputed vectors come from; see `make_inputs`.
        features: The direct features; see `make_inputs`.
    """
    inputs = make_inputs(
        params, mappings, embeddings, task_count, conventions, sources, features
    )
    own = {input_.input_name: input_.keras_input() for input_ in inputs}
    form_index = keras.Input((None,), name=FORM_INDEX, dtype="int32")
    lengths = keras.Input((), name=LENGTHS, dtype="int32")
    step_seed = keras.Input((), batch_size=2, name=STEP_SEED, dtype="int32")
    layers = _Layers(params, conventions, lengths, step_seed)

    junction = Junction(form_index)
    for input_ in inputs:
        input_.join(junction, own[input_.input_name])
    vectors, per_form = junction.vectors, junction.per_form
    first = {}
    if not vectors:
        x = None
    elif all(per_form) and params["LSTM-Size"]:
        # The first BiLSTM layer can then project each distinct word once.
        join = Concatenate(name="forms", dtype="float32")
        x = vectors[0] if len(vectors) == 1 else join(vectors)
        first = {"form_index": form_index}
    else:
        x = TokenVectors(per_form, name="token_vectors")(vectors, form_index=form_index)
    for number, units in enumerate(params["LSTM-Size"], 1):
        x = layers.recurrent(
            x, "shared", number, units, **(first if number == 1 else {})
        )

    symbolic = [*own.values(), form_index, lengths, step_seed]
    emissions, heads = {}, {}
    for task in tasks:
        emissions[task.name], heads[task.name] = layers.classifier(
            x, junction.direct, task
        )
    models = {
        name: keras.Model(symbolic, scores, name=layer_name("task", name))
        for name, scores in emissions.items()
    }
    task_ids = {task.name: task.index for task in tasks}
    return Network(inputs, models, heads, task_ids, keras.Model(symbolic, emissions))


class _Layers:
    """The layers above the inputs, named as the original tool named them."""

    def __init__(self, params, conventions, lengths, step_seed):
        self.params = params
        self.gate = conventions.gate
        self.step = {"lengths": lengths, "step_seed": step_seed}

    def recurrent(
        self, x, owner: str, number: int, units: int, cell: str | None = None, **forms
    ):
        """Add one recurrent layer `[T, B, D]` -> `[T, B, 2 * units]` and its dropout.

        `forms` is the `form_index` of `x`, if that is a table of word forms; `cell` by
        default that of the parameters.
        """
        if x is None:
            raise ValueError(
                "`LSTM-Size` must be empty, and `classifier` without recurrent "
                "layers, where `featureNames` and `charEmbeddings` are empty: the "
                "direct features go past the encoder."
            )
        cell = cell or self.params["recurrentCell"]
        dropout = self.params["dropout"]
        variational = isinstance(dropout, (tuple, list))
        rates = dropout if variational else (0.0, 0.0)
        x = RecurrentLayer(
            units,
            *rates,
            gate=self.gate,
            seed=self.params["seed"],
            cell=cell,
            bidirectional=self.params["bidirectional"],
            name=recurrent_name(owner, cell, number, dropout),
        )(x, **self.step, **forms)
        if not variational and dropout:
            name = f"{owner}_dropout_{dropout}_{number}"
            x = SeededDropout(dropout, name=name)(x, step_seed=self.step["step_seed"])
        return x

    def classifier(self, x, direct: Sequence[Callable], task: Task):
        """Add a task's own layers; return its emissions `[B, T, K]` and its head.

        Args:
            x: What the shared layers make of each token, or None.
            direct: What makes the scores that go past the encoder.
            task: The task.
        """
        name = layer_name("task", task.name)
        own = self.params["customClassifier"].get(task.name)
        *hidden, kind = own or self.params["classifier"]
        is_crf = kind == "CRF"
        names = task_names(task.name, is_crf)
        for number, (cell, units) in enumerate(hidden, 1):
            x = self.recurrent(x, names.owner, number, units, cell)
        seed = self.params["seed"]
        labels = len(task.labels)
        scores = [make(names.direct, labels, bias=x is None) for make in direct]
        if x is not None:
            layer = keras.layers.Dense(
                labels,
                name=names.dense,
                dtype="float32",
                kernel_initializer=keras.initializers.GlorotUniform(
                    initializer_seed(seed, names.dense)
                ),
            )
            scores.append(layer(x))
        add = Add(name=f"{name}_scores", dtype="float32")
        x = scores[0] if len(scores) == 1 else add(scores)
        emissions = BatchMajor(name=f"{name}_emissions")(x)
        if not is_crf:
            return emissions, SoftmaxHead()
        crf = ChainCRF(seed=seed, name=names.crf)
        return crf(emissions), crf
