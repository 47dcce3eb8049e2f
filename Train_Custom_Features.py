"""Train a chunker that also sees the part of speech of each token.

    python Train_Custom_Features.py --data data/sample
    python Train_Custom_Features.py        the data in data/conll2000_chunking

Any column of the data can be a feature. Tagging then needs it, too:

    python RunModel_CoNLL_Format.py models/NAME.h5 FILE --columns 0:tokens,1:POS
"""

from util.commandline import TrainingOptions, run

# The files data/conll2000_chunking/{train,dev,test}.txt: one token per line.
datasets = {
    "conll2000_chunking": {
        "columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"},
        "label": "chunk_BIO",  # the column to predict
        "evaluate": True,  # score it on dev and test after each epoch
        "commentSymbol": None,  # lines that start with it are skipped
    }
}

# A text file of word vectors, such as "komninos_english_embeddings.gz".
# None: the word vectors are trained with the rest of the network.
embeddingsPath = None

params = {
    "featureNames": ["tokens", "casing", "POS"],  # names of columns, and casing
    "addFeatureDimensions": 10,  # size of the vector of a POS tag or casing class
    "classifier": ["CRF"],
    "LSTM-Size": [100, 100],
    "dropout": (0.5, 0.25),
    "charEmbeddings": "CNN",
    "miniBatchSize": 8,
    "learningRateDecay": 0.1,
}


def main():
    """Prepare the data, train, and store the best model."""
    options = TrainingOptions(__doc__, datasets, params, embeddingsPath, epochs=30)

    from neuralnets.BiLSTM import BiLSTM
    from util.preprocessing import loadDatasetPickle, perpareDataset

    pickle = perpareDataset(options.embeddings, options.datasets)
    embeddings, mappings, data = loadDatasetPickle(pickle)

    model = BiLSTM(options.params)
    model.setMappings(mappings, embeddings)
    model.setDataset(options.datasets, data)
    model.storeResults(options.resultsPath)
    model.modelSavePath = options.modelSavePath
    model.tensorboardPath = options.tensorboardPath
    model.reportPath = options.reportPath
    model.fit(epochs=options.epochs, resume=options.resume)


if __name__ == "__main__":
    run(main)
