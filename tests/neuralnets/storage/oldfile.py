"""Writes .h5 files as the original tool did with Keras 2.2.0, with random weights."""

import json

import h5py
import numpy as np

CASING = ["PADDING", "other", "numeric", "mainly_numeric", "allLower", "allUpper"]
CASING += ["initialUpper", "contains_digit"]
VOCABULARY = ["PADDING_TOKEN", "UNKNOWN_TOKEN", ".", "the", "dog", "sees", "cat", "a"]
MAPPINGS = {
    "tokens": {word: index for index, word in enumerate(VOCABULARY)},
    "casing": {name: index for index, name in enumerate(CASING)},
    # A spurious `O` stands first in every column, and the characters are fixed.
    "POS": {tag: index for index, tag in enumerate(["O", "DET", "NOUN", "VERB"])},
    "chunk_BIO": {"O": 0, "B-NP": 1, "I-NP": 2, "B-VP": 3, "I-VP": 4},
    "characters": {
        name: index
        for index, name in enumerate(["PADDING", "UNKNOWN", *" .abcdefghijlnorstuvTD"])
    },
}
PARAMS = {
    "dropout": 0.25,
    "classifier": ["Softmax"],
    "LSTM-Size": [6],
    "customClassifier": {},
    "optimizer": "adam",
    "charEmbeddings": None,
    "charEmbeddingsSize": 5,
    "charFilterSize": 4,
    "charFilterLength": 3,
    "charLSTMSize": 3,
    "maxCharLength": 25,
    "useTaskIdentifier": False,
    "clipvalue": 0,
    "clipnorm": 1,
    "earlyStopping": 5,
    "miniBatchSize": 32,
    "featureNames": ["tokens", "casing"],
    "addFeatureDimensions": 3,
}
DIMENSIONS = 7


class OldFile:
    """The layers of a model of one task, and the file that holds them.

    Args:
        params: What differs from `PARAMS`.
        task: The task's name.
        label: Its column.
        tasks: How many tasks were trained together.
        seed: The weights derive from it.
        char_length: Characters of a word that the network sees.
    """

    def __init__(
        self, params, task="mini", label="chunk_BIO", tasks=1, seed=0, char_length=25
    ):
        self.params = {**PARAMS, **params}
        self.task, self.label, self.tasks = task, label, tasks
        self.char_length = char_length
        self.draw = np.random.default_rng(seed)
        self.layers = []  # name, class, inner class or None, configuration
        self.weights = {}  # layer -> [(inner name, array)]
        if self.params["charEmbeddings"]:
            self.params["featureNames"] = [*self.params["featureNames"], "characters"]
        if self.params["useTaskIdentifier"]:
            self.params["featureNames"] = [*self.params["featureNames"], "taskID"]
        self._inputs()
        self._recurrent()

    def _add(self, name, kind, inner=None, weights=(), **config):
        self.layers.append((name, kind, inner, config))
        self.weights[name] = [
            (f"{name}/{weight}:0", self.draw.normal(0, 0.7, shape).astype(np.float32))
            for weight, shape in weights
        ]

    def _inputs(self):
        params, width = self.params, 0
        appended = ("characters", "taskID")
        features = [n for n in params["featureNames"] if n not in appended]
        features.sort(key=lambda name: name != "tokens")  # words come first
        for name in features:
            layer, size = f"{name}_emebddings", params["addFeatureDimensions"]
            if name == "tokens":
                layer, size = "word_embeddings", DIMENSIONS
            rows = len(MAPPINGS[name])
            self._add(f"{'words' if name == 'tokens' else name}_input", "InputLayer")
            table = [("embeddings", (rows, size))]
            config = {"input_dim": rows, "output_dim": size, "mask_zero": False}
            self._add(layer, "Embedding", weights=table, **config)
            width += size
        kind = params["charEmbeddings"]
        if kind:
            rows, size = len(MAPPINGS["characters"]), params["charEmbeddingsSize"]
            shape = [None, None, self.char_length]
            self._add("char_input", "InputLayer", batch_input_shape=shape)
            table = [("embeddings", (rows, size))]
            config = {"input_dim": rows, "output_dim": size}
            config["mask_zero"] = kind == "LSTM"
            self._add("char_emd", "TimeDistributed", "Embedding", table, **config)
        if kind == "LSTM":
            units = params["charLSTMSize"]
            self._lstm("char_lstm", size, units, 0, "TimeDistributed")
            width += 2 * units
        elif kind == "CNN":
            length, filters = params["charFilterLength"], params["charFilterSize"]
            weights = [("kernel", (length, size, filters)), ("bias", (filters,))]
            config = {"filters": filters, "kernel_size": [length], "strides": [1]}
            config.update(padding="same", activation="linear", use_bias=True)
            self._add("char_cnn", "TimeDistributed", "Conv1D", weights, **config)
            self._add("char_pooling", "TimeDistributed", "GlobalMaxPooling1D")
            width += filters
        if params["useTaskIdentifier"]:
            self._add("task_id_input", "InputLayer")
            self._add(
                "task_id_embedding",
                "Embedding",
                weights=[("embeddings", (self.tasks, self.tasks))],
                **{"input_dim": self.tasks, "output_dim": self.tasks},
            )
            # One-hot vectors.
            name, _ = self.weights["task_id_embedding"][0]
            identity = np.identity(self.tasks, np.float32)
            self.weights["task_id_embedding"] = [(name, identity)]
            width += self.tasks
        self._add("concatenate_1", "Concatenate", axis=-1)
        self.width = width

    def _recurrent(self):
        params, task = self.params, self.task
        for number, units in enumerate(params["LSTM-Size"], 1):
            self._stacked("shared", number, units)
        classifier = params["customClassifier"].get(task, params["classifier"])
        classifier = classifier if isinstance(classifier, list) else [classifier]
        for number, (_, units) in enumerate(classifier[:-1], 1):
            self._stacked(task, number, units)
        labels = len(MAPPINGS[self.label])
        weights = [("kernel", (self.width, labels)), ("bias", (labels,))]
        crf = classifier[-1] == "CRF"
        config = {"units": labels, "activation": "linear" if crf else "softmax"}
        name = f"{task}_{'hidden_lin_layer' if crf else 'softmax'}"
        self._add(name, "TimeDistributed", "Dense", weights, **config)
        # Clear differences between labels, from token to token.
        for weight, factor in zip(self.weights[name], (4, 0.1)):
            weight[1][:] *= factor
        if crf:
            weights = [("U", (labels, labels)), ("b_start", (labels,))]
            weights.append(("b_end", (labels,)))
            self._add(f"{task}_crf", "ChainCRF", weights=weights)

    def _stacked(self, owner, number, units):
        dropout = self.params["dropout"]
        if isinstance(dropout, (list, tuple)):
            name = f"{owner}_varLSTM_{number}"
            self._lstm(name, self.width, units, dropout)
        else:
            self._lstm(f"{owner}_LSTM_{number}", self.width, units, 0)
            if dropout:
                name = f"{owner}_dropout_{dropout}_{number}"
                self._add(name, "TimeDistributed", "Dropout", rate=dropout)
        self.width = 2 * units

    def _lstm(self, name, width, units, dropout, outer=None):
        rates = dropout or (0.0, 0.0)
        shapes = {
            "kernel": (width, 4 * units),
            "recurrent_kernel": (units, 4 * units),
            "bias": (4 * units,),
        }
        weights = [
            (f"{direction}_lstm_{len(self.layers)}/{weight}", shape)
            for direction in ("forward", "backward")
            for weight, shape in shapes.items()
        ]
        config = {
            "units": units,
            "activation": "tanh",
            "recurrent_activation": "hard_sigmoid",
            "use_bias": True,
            "unit_forget_bias": True,
            "dropout": rates[0],
            "recurrent_dropout": rates[1],
            "return_sequences": outer is None,
        }
        self._add(name, outer or "Bidirectional", "LSTM", weights, **config)

    def model_config(self) -> dict:
        described = []
        for name, kind, inner, config in self.layers:
            given = {"name": name, "trainable": True, **config}
            if inner:
                given = {"class_name": inner, "config": {"name": "inner_1", **config}}
                if kind == "TimeDistributed" and inner == "LSTM":
                    config = {"name": "b_1", "layer": given, "merge_mode": "concat"}
                    given = {"class_name": "Bidirectional", "config": config}
                given = {"name": name, "trainable": True, "layer": given}
            described.append({"name": name, "class_name": kind, "config": given})
        described = [{**layer, "inbound_nodes": []} for layer in described]
        return {"class_name": "Model", "config": {"name": "m", "layers": described}}

    def write(self, path) -> str:
        """Write the file; its attributes are strings of variable length."""
        utf8, plain = h5py.string_dtype("utf-8"), h5py.string_dtype("ascii")
        with h5py.File(path, "w") as file:
            for name, value in {
                "mappings": json.dumps(MAPPINGS),
                "params": json.dumps(self.params),
                "modelName": self.task,
                "labelKey": self.label,
            }.items():
                file.attrs.create(name, value, dtype=utf8)
            for name, value in {
                "keras_version": "2.2.0",
                "backend": "tensorflow",
                "model_config": json.dumps(self.model_config()),
                "training_config": json.dumps({"loss": "sparse_loss", "metrics": []}),
            }.items():
                file.attrs.create(name, value, dtype=plain)
            group = file.create_group("model_weights")
            # Inputs first: another order than that in which they are joined.
            names = sorted(self.weights, key=lambda name: not name.endswith("_input"))
            group.attrs["layer_names"] = np.array([name.encode() for name in names])
            group.attrs["keras_version"], group.attrs["backend"] = b"2.2.0", b"x"
            for name, weights in self.weights.items():
                own = group.create_group(name)
                inner = [inner.encode() for inner, _ in weights]
                own.attrs["weight_names"] = np.array(inner) if inner else np.zeros(0)
                for inner, value in weights:
                    own.create_dataset(inner, data=value)
            file.create_group("optimizer_weights")
        return str(path)
