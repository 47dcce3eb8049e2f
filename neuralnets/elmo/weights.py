"""The weights of a language model, in the layout of bilm-tf's `weights.hdf5`."""

from __future__ import annotations

import logging
import math
from typing import NamedTuple

import numpy as np

from neuralnets.elmo.characters import CHARACTERS
from neuralnets.elmo.options import Options
from neuralnets.elmo.weightfile import Affine, Refused, WeightFile
from neuralnets.framework import tf

logger = logging.getLogger(__name__)

# Directions are numbered in the file: forward, backward.
_CELL = "RNN_{direction}/RNN/MultiRNNCell/Cell{layer}"


class EncoderWeights(NamedTuple):
    """From the characters of a word to its vector of size `P`."""

    characters: tf.Tensor  # [262, E], row 0 being zeros
    convolutions: list[Affine]  # [width, E, number]
    highways: list[tuple[Affine, Affine]]  # transform and carry, [F, F]
    projection: Affine | None  # [F, P]; None where the filters fit already


class LSTMWeights(NamedTuple):
    """One direction of a layer; `D` units, `P` outputs; gates in the file's order."""

    kernel: tf.Tensor  # [P, 4D]: input, new, forget, output
    recurrent: tf.Tensor  # [P, 4D]
    bias: tf.Tensor  # [4D], the forget gate's bias of 1 included
    projection: tf.Tensor  # [D, P]
    cell_clip: tf.Tensor  # infinite where nothing is clipped
    output_clip: tf.Tensor


class Weights(NamedTuple):
    """All weights of a language model."""

    encoder: EncoderWeights
    layers: list[tuple[LSTMWeights, LSTMWeights]]  # forward and backward


def read_weights(path: str, options: Options) -> Weights:
    """Read a weight file in bilm-tf's layout.

    A reduced file, which lacks the upper LSTM layers, gives the layers it has.

    Args:
        path: The HDF5 file.
        options: What `options.json` says of it.

    Raises:
        ValueError: The file is damaged or does not fit the options. The text names
            the file.
        OSError: The file cannot be opened.
    """
    with WeightFile(path) as file:
        return Weights(_encoder(file, options), _layers(file, options))


def _encoder(file: WeightFile, options: Options) -> EncoderWeights:
    size = options.n_filters
    table = file.array("char_embed", CHARACTERS, options.embedding_dim)
    convolutions = []
    for number, (width, filters) in enumerate(options.filters):
        name = f"CNN/W_cnn_{number}"
        kernel = file.array(name, 1, width, options.embedding_dim, filters)
        bias = file.array(f"CNN/b_cnn_{number}", filters)
        convolutions.append(Affine(tf.constant(kernel[0]), tf.constant(bias)))
    highways = [
        (
            file.affine(f"CNN_high_{number}", "transform", size, size),
            file.affine(f"CNN_high_{number}", "carry", size, size),
        )
        for number in range(options.n_highway)
    ]
    projection = None
    # bilm-tf leaves the projection out where it would not change the size.
    if size != options.projection_dim or file.has("CNN_proj"):
        projection = file.affine("CNN_proj", "proj", size, options.projection_dim)
    characters = tf.constant(np.pad(table, [[1, 0], [0, 0]]))
    return EncoderWeights(characters, convolutions, highways, projection)


def _layers(
    file: WeightFile, options: Options
) -> list[tuple[LSTMWeights, LSTMWeights]]:
    cells = [
        [
            layer
            for layer in range(options.n_layers)
            if file.has(_CELL.format(direction=direction, layer=layer))
        ]
        for direction in range(2)
    ]
    count = len(cells[0])
    if not count or any(found != list(range(count)) for found in cells):
        raise Refused(
            f"{file.path}: expected the first LSTM layers of both directions. "
            f"Found forward {cells[0]}, backward {cells[1]}."
        )
    if count < options.n_layers:
        logger.info(
            "%s holds %d of the %d LSTM layers: the others are left out.",
            file.path,
            count,
            options.n_layers,
        )
    return [
        (_lstm(file, options, 0, layer), _lstm(file, options, 1, layer))
        for layer in range(count)
    ]


def _lstm(
    file: WeightFile, options: Options, direction: int, layer: int
) -> LSTMWeights:
    cell = _CELL.format(direction=direction, layer=layer) + "/LSTMCell"
    units, outputs = options.dim, options.projection_dim
    both = file.array(f"{cell}/W_0", 2 * outputs, 4 * units)
    bias = file.array(f"{cell}/B", 4 * units)
    bias += np.repeat(np.float32([0, 0, 1, 0]), units)
    # As for the characters: no projection, and no clipping of it, if sizes are equal.
    projected = units != outputs or file.has(f"{cell}/W_P_0")
    return LSTMWeights(
        kernel=tf.constant(both[:outputs]),
        recurrent=tf.constant(both[outputs:]),
        bias=tf.constant(bias),
        projection=tf.constant(file.array(f"{cell}/W_P_0", units, outputs))
        if projected
        else tf.eye(units),
        cell_clip=tf.constant(options.cell_clip or math.inf),
        output_clip=tf.constant(projected and options.proj_clip or math.inf),
    )
