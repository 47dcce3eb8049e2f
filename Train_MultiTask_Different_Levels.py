"""Train part-of-speech tagging and chunking together, at different levels.

    python Train_MultiTask_Different_Levels.py --data data/sample
    python Train_MultiTask_Different_Levels.py

Parts of speech are predicted from the shared layer; chunks have an LSTM layer of their
own above it (Soegaard & Goldberg 2016). Without --data, the data are those in
data/unidep_pos and data/conll2000_chunking.

Each task gets a model file of its own in models/ whenever its dev score rises.
"""

from tagger.recipes import train
from util.commandline import run

# Every data set is one task. An epoch trains each of them on all of its sentences.
datasets = {
    "unidep_pos": {
        "columns": {1: "tokens", 3: "POS"},
        "label": "POS",
        "evaluate": True,
        "commentSymbol": None,
    },
    "conll2000_chunking": {
        "columns": {0: "tokens", 2: "chunk_BIO"},
        "label": "chunk_BIO",
        "evaluate": True,
        "commentSymbol": None,
    },
}

# A file of word vectors, such as "komninos_english_embeddings.gz".
# None: the word vectors are trained with the rest of the network.
embeddingsPath = None

params = {
    "LSTM-Size": [100],
    # What each task has on top of the shared layer.
    "customClassifier": {
        "unidep_pos": ["Softmax"],
        "conll2000_chunking": [("LSTM", 100), "CRF"],
    },
    "dropout": (0.5, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 16,
    "learningRateDecay": 0.1,
}


def main():
    """Prepare the data, train, and store the best model."""
    train(__doc__, datasets, params, embeddingsPath, epochs=30)


if __name__ == "__main__":
    run(main)
