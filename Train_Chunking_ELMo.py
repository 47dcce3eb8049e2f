"""Train a chunker on CoNLL-2000 with ELMo.

    python -m tagger download elmo                        the published weights
    python Create_ELMo_Cache.py conll2000_chunking 0    their vectors, computed once
    python Train_Chunking_ELMo.py --cache embeddings/elmo_cache_conll2000_chunking.h5

    python Train_Chunking_ELMo.py --data data/sample    without a cache: few sentences

The model with the best dev score is stored in models/; tag text with it like this:

    python RunModel.py models/NAME.h5 input.txt
"""

from tagger.recipes import train
from util.commandline import run
from util.flags import (
    ELMO_OPTIONS,
    ELMO_WEIGHTS,
)

# The files data/conll2000_chunking/{train,dev,test}.txt: one token per line.
datasets = {
    "conll2000_chunking": {
        "columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
        "label": "chunk_BIO",  # the column to predict
        "evaluate": True,  # score it on dev and test after each epoch
        "commentSymbol": None,  # lines that start with it are skipped
    }
}

# A file of word vectors, which is used if `featureNames` holds "tokens".
embeddingsPath = None

params = {
    "featureNames": ["elmo"],  # ELMo alone, or for example ["tokens", "casing", "elmo"]
    "elmoOptions": ELMO_OPTIONS,
    "elmoWeights": ELMO_WEIGHTS,
    "elmoMode": "weighted_average",  # or 'average', 'last', 'concat', a layer's number
    "elmoLayers": [0, 1],  # the first two layers; None: all
    "classifier": ["CRF"],
    "LSTM-Size": [100, 100],
    "dropout": (0.5, 0.5),
    "miniBatchSize": 32,
}


def main():
    """Prepare the data, train, and store the best model."""
    train(__doc__, datasets, params, embeddingsPath, epochs=25, elmo=True)


if __name__ == "__main__":
    run(main)
