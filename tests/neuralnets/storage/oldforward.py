"""What a model of the original tool computes, in plain NumPy: Keras 2.2.0's rules.

Written from Keras' documentation, apart from the code that it judges.
"""

import numpy as np
from oldfile import MAPPINGS, OldFile

from util.features import casing


def encode(words, pos=None) -> dict:
    """Return the indices of a sentence, padded to two tokens if it has one."""
    tokens = MAPPINGS["tokens"]
    alphabet = MAPPINGS["characters"]
    row = {
        "tokens": [tokens.get(w, tokens.get(w.lower(), 1)) for w in words],
        "casing": [MAPPINGS["casing"][casing(w)] for w in words],
        "characters": [[alphabet.get(c, 1) for c in w] for w in words],
    }
    if pos:
        row["POS"] = [MAPPINGS["POS"][tag] for tag in pos]
    if len(words) == 1:
        for name, values in row.items():
            values.append([] if name == "characters" else 0)
    return row


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def lstm(x, kernel, recurrent, bias, mask):
    """Run over `[T, D]`; where the mask is 0 state and output stay as they were."""
    units = len(recurrent)
    h, c, outputs = np.zeros(units), np.zeros(units), []
    for vector, present in zip(x, mask):
        if present:
            i, f, g, o = np.split(vector @ kernel + h @ recurrent + bias, 4)
            c = hard_sigmoid(f) * c + hard_sigmoid(i) * np.tanh(g)
            h = hard_sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs)


def both_directions(x, weights, mask):
    forward = lstm(x, *weights[:3], mask)
    backward = lstm(x[::-1], *weights[3:], mask[::-1])
    return forward, backward


def spell(model: OldFile, characters, weights) -> np.ndarray:
    """Return the vector that the character encoder makes of a word."""
    size = model.char_length
    indices = np.zeros(size, int)
    indices[: len(characters)] = characters[:size]
    vectors = weights["char_emd"][0][indices]  # [C, E]
    if model.params["charEmbeddings"] == "LSTM":
        mask = indices != 0
        forward, backward = both_directions(vectors, weights["char_lstm"], mask)
        return np.concatenate([forward[-1], backward[-1]])
    kernel, bias = weights["char_cnn"]
    width = len(kernel)
    left = (width - 1) // 2
    padded = np.pad(vectors, [(left, width - 1 - left), (0, 0)])
    windows = [
        sum(padded[c + k] @ kernel[k] for k in range(width)) for c in range(size)
    ]
    return np.max(windows, axis=0) + bias


def emissions(model: OldFile, row, task_id=None) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores `[T, K]` before softmax or CRF, and the mask `[T]`."""
    weights = {
        layer: [value.astype(np.float64) for _, value in values]
        for layer, values in model.weights.items()
    }
    parts = []
    features = [
        n for n in model.params["featureNames"] if n not in ("tokens", "taskID")
    ]
    for name in ["tokens", *features]:
        if name != "characters":
            layer = "word_embeddings" if name == "tokens" else f"{name}_emebddings"
            parts.append(weights[layer][0][row[name]])
    length = len(row["tokens"])
    mask = np.ones(length, bool)
    kind = model.params["charEmbeddings"]
    if kind:
        parts.append(np.array([spell(model, w, weights) for w in row["characters"]]))
    if kind == "LSTM":
        mask = np.array([any(word) for word in row["characters"]])
    if model.params["useTaskIdentifier"]:
        parts.append(np.tile(weights["task_id_embedding"][0][task_id], (length, 1)))
    x = np.concatenate(parts, axis=1)
    for layer, _, inner, _ in model.layers:
        if inner == "LSTM" and layer != "char_lstm":
            forward, backward = both_directions(x, weights[layer], mask)
            x = np.concatenate([forward, backward[::-1]], axis=1)
        elif inner == "Dense":
            kernel, bias = weights[layer]
            x = x @ kernel + bias
    return x, mask


def decode(model: OldFile, scores, mask) -> list[str]:
    """Return the labels of the tokens that are not masked."""
    scores = scores[mask]
    names = {index: label for label, index in MAPPINGS[model.label].items()}
    crf = model.weights.get(f"{model.task}_crf")
    if crf is None:
        return [names[index] for index in scores.argmax(1)]
    transitions, start, end = (value.astype(np.float64) for _, value in crf)
    scores = scores.copy()
    scores[0] += start
    scores[-1] += end
    best, back = scores[0], []
    for row in scores[1:]:
        paths = best[:, None] + transitions  # from previous to next
        back.append(paths.argmax(0))
        best = paths.max(0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return [names[index] for index in reversed(path)]
