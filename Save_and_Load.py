"""Train a tagger, store it, load it, and train it further.

    python Save_and_Load.py --data data/sample --epochs 4
    python Save_and_Load.py        the data in data/unidep_pos

A loaded model keeps its own vocabulary and labels. New data are translated to them; a
label that it does not know is an error. The optimizer starts afresh.
"""

import os

from tagger.recipes import TrainingOptions
from util.commandline import run

datasets = {
    "unidep_pos": {
        "columns": {1: "tokens", 3: "POS"},
        "label": "POS",
        "evaluate": True,
        "commentSymbol": None,
    }
}

embeddingsPath = None  # or a file of word vectors

params = {
    "classifier": ["CRF"],
    "LSTM-Size": [100],
    "dropout": (0.5, 0.5),
    "charEmbeddings": "CNN",
}


def main():
    """Train half of the epochs, then go on from the stored model: one each at least."""
    options = TrainingOptions(__doc__, datasets, params, embeddingsPath, epochs=10)

    from neuralnets.BiLSTM import BiLSTM
    from util.preprocessing import loadDatasetPickle, perpareDataset

    pickle = perpareDataset(
        options.embeddings, options.datasets, elsewhere=options.output
    )
    embeddings, mappings, data = loadDatasetPickle(pickle)
    first_half = (options.epochs + 1) // 2

    model = BiLSTM(options.params)
    model.setMappings(mappings, embeddings)
    model.setDataset(options.datasets, data)
    options.place(model)
    model.fit(epochs=first_half)

    folder = os.path.dirname(options.modelSavePath)
    model.modelSavePath = os.path.join(folder, "[ModelName]_stored.h5")
    (name,) = model.models
    path = model.saveModel(name, first_half - 1, 0, 0)

    loaded = BiLSTM.loadModel(path)
    loaded.setDataset(options.datasets, data)
    options.place(loaded)
    loaded.storeResults(options.resultsPath)  # behind those of the first half
    loaded.modelSavePath = os.path.join(folder, "[ModelName]_continued_[DevScore].h5")
    if options.tensorboardPath:
        loaded.tensorboardPath = os.path.join(options.tensorboardPath, "continued")
    loaded.fit(epochs=max(options.epochs - first_half, 1))
    options.report(loaded)


if __name__ == "__main__":
    run(main)
