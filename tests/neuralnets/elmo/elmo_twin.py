"""The language model a second time: one token after the other, in plain float64.

It is written from the paper and the format's description and shares no code with the
model under test. There is no batch, no padding of sentences and no cache.
"""

import json

import h5py
import numpy as np


class Twin:
    def __init__(self, options_path, weights_path):
        with open(options_path, encoding="utf-8") as file:
            options = json.load(file)
        self.lstm, self.cnn = options["lstm"], options["char_cnn"]
        self.weights = {}
        with h5py.File(weights_path, "r") as file:
            file.visititems(self._keep)
        self.states = {}

    def _keep(self, name, thing):
        if isinstance(thing, h5py.Dataset):
            self.weights[name] = thing[()].astype(np.float64)

    def layers(self, sentence):
        """Return [L, T, 2P]; `states` goes on from what the last call left."""
        tokens = [self.word(s) for s in ([256], *map(self.spelling, sentence), [257])]
        layers = [[np.concatenate([x, x]) for x in tokens]]
        forward, backward = list(tokens), list(tokens)[::-1]
        for layer in range(self.lstm["n_layers"]):
            forward = self.read(0, layer, forward)
            backward = self.read(1, layer, backward)
            pairs = zip(forward, backward[::-1])
            layers.append([np.concatenate(pair) for pair in pairs])
        size = 2 * self.lstm["projection_dim"]
        kept = [np.reshape(layer[1:-1], [len(sentence), size]) for layer in layers]
        return np.stack(kept)

    def spelling(self, word):
        most = self.cnn["max_characters_per_token"] - 2
        return list(word.encode("utf-8"))[:most]

    def word(self, spelling):
        length = self.cnn["max_characters_per_token"]
        characters = ([258, *spelling, 259] + [260] * length)[:length]
        table = np.concatenate([np.zeros([1, 4]), self.weights["char_embed"]])
        embedded = [table[character + 1] for character in characters]
        x = []
        for number, (width, filters) in enumerate(self.cnn["filters"]):
            kernel = self.weights[f"CNN/W_cnn_{number}"][0]
            bias = self.weights[f"CNN/b_cnn_{number}"]
            for k in range(filters):
                windows = [
                    sum(embedded[at + j] @ kernel[j, :, k] for j in range(width))
                    for at in range(length - width + 1)
                ]
                x.append(max(windows) + bias[k])
        x = np.array(x)
        x = np.tanh(x) if self.cnn["activation"] == "tanh" else np.maximum(x, 0)
        for number in range(self.cnn["n_highway"]):
            gate = sigmoid(self.affine(x, f"CNN_high_{number}", "carry"))
            new = np.maximum(self.affine(x, f"CNN_high_{number}", "transform"), 0)
            x = gate * new + (1 - gate) * x
        return self.affine(x, "CNN_proj", "proj") if "CNN_proj/W_proj" in self else x

    def __contains__(self, name):
        return name in self.weights

    def affine(self, x, group, name):
        return x @ self.weights[f"{group}/W_{name}"] + self.weights[f"{group}/b_{name}"]

    def read(self, direction, layer, xs):
        name = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
        units = self.lstm["dim"]
        start = np.zeros(units), np.zeros(self.lstm["projection_dim"])
        cell, output = self.states.get(name, start)
        results = []
        for x in xs:
            z = np.concatenate([x, output]) @ self.weights[f"{name}/W_0"]
            z += self.weights[f"{name}/B"]
            i, new, f, o = (z[k * units : (k + 1) * units] for k in range(4))
            cell = sigmoid(f + 1) * cell + sigmoid(i) * np.tanh(new)
            cell = clip(cell, self.lstm["cell_clip"])
            output = sigmoid(o) * np.tanh(cell)
            if f"{name}/W_P_0" in self:
                output = output @ self.weights[f"{name}/W_P_0"]
                output = clip(output, self.lstm["proj_clip"])
            residual = self.lstm["use_skip_connections"] and layer > 0
            results.append(output + x if residual else output)
        self.states[name] = cell, output
        return results


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def clip(x, limit):
    return x if limit is None else np.clip(x, -limit, limit)
