"""Models that the original tool wrote (Keras 2.2): read for what they say.

Nothing in such a file is run. Its layer configurations are plain data that decide how
our own layers are set up: the gates' activation, sizes, dropout rates, classifiers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from neuralnets.conventions import GATES, Conventions
from neuralnets.inputs import TASK_ID
from neuralnets.storage import sister

_KNOWN_CLASSES = {
    *("InputLayer", "Embedding", "Concatenate", "Dense", "Dropout", "LSTM"),
    *("Bidirectional", "TimeDistributed", "Conv1D", "GlobalMaxPooling1D"),
    *("ChainCRF", "Masking", "Flatten", "WeightedAverage"),
}

# More characters per word than any real model reads.
_WIDEST = 10_000


def interpret(
    model_config: Any, params: Mapping[str, Any], task: str
) -> tuple[dict[str, Any], Conventions, sister.Vectors | None]:
    """Return the parameters and conventions that a file's layers ask for.

    Args:
        model_config: Keras' configuration of the model, as plain data.
        params: The file's parameter dictionary.
        task: The name of its task.

    Returns:
        `params`, corrected by what the layers say, the conventions, and the vectors
        that a model of the ELMo sister tool reads.

    Raises:
        ValueError: A layer of a kind that the original tool did not have, or one
            that cannot be rebuilt exactly.
    """
    layers = _layers(model_config)
    params = dict(params)
    vectors = sister.interpret(layers, params)
    # The tool appended these; they have parameters of their own.
    params["featureNames"] = [
        name for name in params["featureNames"] if name not in ("characters", TASK_ID)
    ]
    shared = _recurrent(layers, "shared")
    own = _recurrent(layers, task)
    params["LSTM-Size"] = [config["units"] for config in shared]
    params["classifier"] = [("LSTM", config["units"]) for config in own]
    params["classifier"].append("CRF" if f"{task}_crf" in layers else "Softmax")
    params["customClassifier"] = {}
    if any("_varLSTM_" in name for name in layers):
        params["dropout"] = (shared[0]["dropout"], shared[0]["recurrent_dropout"])
    else:
        rates = [
            config["rate"]
            for name, config in layers.items()
            if re.fullmatch(r"shared_dropout_.*_\d+", name)
        ]
        params["dropout"] = rates[0] if rates else 0
    params["useTaskIdentifier"] = "task_id_input" in layers
    params["charEmbeddings"] = None
    if "char_emd" in layers:
        params["charEmbeddingsSize"] = layers["char_emd"]["output_dim"]
        # What `maxCharLength` came to: 0 stood for the longest word in training.
        width = layers["char_input"]["batch_input_shape"][2]
        if not isinstance(width, int) or not 0 < width <= _WIDEST:
            raise ValueError(f"its words have {width!r} characters")
        params["maxCharLength"] = width
    if "char_cnn" in layers:
        config = layers["char_cnn"]
        if (config["padding"], config["activation"]) != ("same", "linear"):
            raise ValueError("layer 'char_cnn' is not the original tool's")
        params["charEmbeddings"] = "CNN"
        params["charFilterSize"] = config["filters"]
        params["charFilterLength"] = config["kernel_size"][0]
    elif "char_lstm" in layers:
        params["charEmbeddings"] = "LSTM"
        params["charLSTMSize"] = layers["char_lstm"]["units"]
    for name in params.get("featureNames", ()):
        if f"{name}_emebddings" in layers:
            params["addFeatureDimensions"] = layers[f"{name}_emebddings"]["output_dim"]
    gates = [
        config["recurrent_activation"]
        for config in layers.values()
        if "recurrent_activation" in config
    ]
    if len(set(gates)) > 1 or not set(gates) <= set(GATES):
        raise ValueError(f"its LSTMs use the gates {sorted(set(gates))}")
    conventions = Conventions(
        gate=gates[0] if gates else "hard_sigmoid",
        mask_characters=False,
        # Only the character LSTM passed a mask on to the layers above.
        mask_padding_token=params["charEmbeddings"] == "LSTM",
        unknown_feature_row=False,
        raw_layer_weights=vectors is not None,
    )
    return params, conventions, vectors


def _layers(model_config: Any) -> dict[str, dict[str, Any]]:
    """Return the configuration of each layer, or of the layer that it wraps."""
    try:
        described = model_config["config"]["layers"]
        return {layer["name"]: _innermost(layer) for layer in described}
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"its model_config lacks {error}") from None


def _innermost(layer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a layer, or of the one that it wraps."""
    while True:
        kind, config = layer["class_name"], layer["config"]
        if not isinstance(kind, str) or kind not in _KNOWN_CLASSES:
            raise ValueError(f"it holds a layer of the kind {kind!r}")
        if not isinstance(config, dict):
            raise ValueError(f"a layer of the kind {kind} has no configuration")
        if "layer" not in config:
            return config
        layer = config["layer"]


def _recurrent(layers: Mapping[str, dict], owner: str) -> list[dict[str, Any]]:
    """Return the configurations of an owner's stacked LSTMs, from the bottom up."""
    pattern = re.compile(rf"{re.escape(owner)}_(?:var)?LSTM_(\d+)")
    found = {
        int(match.group(1)): config
        for name, config in layers.items()
        for match in [pattern.fullmatch(name)]
        if match
    }
    for config in found.values():
        if config.get("activation") != "tanh" or not config.get("use_bias", True):
            raise ValueError(f"the LSTMs of '{owner}' are not the original tool's")
    return [found[number] for number in sorted(found)]
