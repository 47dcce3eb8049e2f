"""Where models of the original tool compute differently from new ones."""

from __future__ import annotations

from typing import NamedTuple

GATES = ("sigmoid", "hard_sigmoid")  # of an LSTM


class Conventions(NamedTuple):
    """Where models of the original tool differ from new ones.

    Attributes:
        gate: `"sigmoid"`, or Keras 2.2's `"hard_sigmoid"`.
        mask_characters: Leave padding out of the character CNN's maximum.
        mask_padding_token: Leave out the padding token of one-token sentences.
        unknown_feature_row: Features have a row for values unseen in training.
        raw_layer_weights: Layers are averaged with raw weights, not normalised ones.
    """

    gate: str = "sigmoid"
    mask_characters: bool = True
    mask_padding_token: bool = True
    unknown_feature_row: bool = True
    raw_layer_weights: bool = False
