"""Train a part-of-speech tagger on Universal Dependencies.

    python Train_POS.py                       the data in data/unidep_pos
    python Train_POS.py --data data/sample    the data that ship with the project

The model with the best dev score is stored in models/; tag text with it like this:

    python RunModel.py models/NAME.h5 input.txt
"""

from tagger.recipes import train
from util.commandline import run

# The files data/unidep_pos/{train,dev,test}.txt: one token per line.
datasets = {
    "unidep_pos": {
        "columns": {1: "tokens", 3: "POS"},
        "label": "POS",  # the column to predict
        "evaluate": True,  # score it on dev and test after each epoch
        "commentSymbol": None,  # lines that start with it are skipped
    }
}

# A file of word vectors, such as "komninos_english_embeddings.gz".
# None: the word vectors are trained with the rest of the network.
embeddingsPath = None

params = {
    "classifier": ["CRF"],
    "LSTM-Size": [100, 100],
    "dropout": (0.5, 0.5),
    "charEmbeddings": "CNN",
    "miniBatchSize": 32,
    "learningRateDecay": 0.1,
}


def main():
    """Prepare the data, train, and store the best model."""
    train(__doc__, datasets, params, embeddingsPath, epochs=30)


if __name__ == "__main__":
    run(main)
