"""Train a recogniser of German names on GermEval 2014.

    python -m tagger download GermEval
    python Train_NER_German.py

The model with the best dev score is stored in models/; tag text with it like this:

    python RunModel.py models/NAME.h5 input.txt
"""

from tagger.recipes import train
from util.commandline import run

# The files data/GermEval/{train,dev,test}.txt. Columns: number, token, outer names,
# names inside names. A line that starts with # names the source of the next sentence.
datasets = {
    "GermEval": {
        "columns": {1: "tokens", 2: "NER_BIO"},
        "label": "NER_BIO",
        "evaluate": True,
        "commentSymbol": "#",
    }
}

# German word vectors: python -m tagger download reimers_german_embeddings.gz gives the
# file "reimers_german_embeddings.gz". None: they are trained with the network.
embeddingsPath = None

params = {
    "classifier": ["CRF"],
    "LSTM-Size": [100, 100],
    "dropout": (0.5, 0.5),
    "charEmbeddings": "CNN",
    "maxCharLength": 40,  # German words are long
    "miniBatchSize": 16,
    "learningRateDecay": 0.1,
}


def main():
    """Prepare the data, train, and store the best model."""
    train(__doc__, datasets, params, embeddingsPath, epochs=30)


if __name__ == "__main__":
    run(main)
