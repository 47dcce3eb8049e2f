"""Train a recogniser of German names on GermEval 2014.

    python -m util.download GermEval
    python Train_NER_German.py

The model with the best dev score is stored in models/; tag text with it like this:

    python RunModel.py models/NAME.h5 input.txt
"""

from util.commandline import TrainingOptions, run

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

# German word vectors: python -m util.download reimers_german_embeddings.gz gives the
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
