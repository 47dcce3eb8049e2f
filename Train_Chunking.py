"""Train a chunker on CoNLL-2000.

    python Train_Chunking.py                       the data in data/conll2000_chunking
    python Train_Chunking.py --data data/sample    the data that ship with the project

The model with the best dev score is stored in models/; tag text with it like this:

    python RunModel.py models/NAME.h5 input.txt
"""

from tagger.recipes import train
from util.commandline import run

# The files data/conll2000_chunking/{train,dev,test}.txt: one token per line.
datasets = {
    "conll2000_chunking": {
        "columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
        "label": "chunk_BIO",  # the column to predict
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
    "dropout": (0.5, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 8,
    "learningRateDecay": 0.1,
    "lmCost": 0.1,  # predict the words before and after, too
    "averageWeights": 0.8,
}


def main():
    """Prepare the data, train, and store the best model."""
    train(__doc__, datasets, params, embeddingsPath, epochs=30)


if __name__ == "__main__":
    run(main)
