"""Walk all combinations of encoder, head, feature and dropout kind.

    PYTHONPATH=.:tests python tests/neuralnets/inference/grid.py [EVERY]

Each is built, stored, read by NumPy and compared with TensorFlow. It takes an hour or
more; with a number it takes each so manyeth one. The tests walk a few of them.
"""

import itertools
import pathlib
import sys
import tempfile

import test_models
import toy
from twins import check_probabilities, check_scores, twin

CHOICES = {
    "recurrentCell": ["LSTM", "GRU", "RNN"],
    "bidirectional": [True, False],
    "LSTM-Size": [[6], [6, 5], []],
    "dropout": [0, 0.2, (0.2, 0.3)],
    "charEmbeddings": [None, "CNN", "LSTM"],
    "featureNames": [["tokens"], ["tokens", "casing", "POS"], ["casing"]],
    "directFeatures": [[], ["spelling", "POS[0]"]],
    "classifier": [
        *(["Softmax"], ["CRF"], [("LSTM", 4), "CRF"], [("GRU", 4), "Softmax"]),
    ],
}


def main(every: int = 1) -> None:
    """Compare each `every`th combination."""
    datasets = test_models.ONE
    with tempfile.TemporaryDirectory() as folder, toy.folder(folder), toy.eager():
        prepared = toy.prepare(datasets)
        combinations = list(itertools.product(*CHOICES.values()))
        for number, values in enumerate(combinations[::every], 1):
            params = dict(zip(CHOICES, values))
            model = test_models.built(params, datasets, prepared)
            ours = twin(model, pathlib.Path(folder))
            rows = test_models.rows_of(model, prepared)
            try:
                check_scores(ours, model, rows)
                if number % 20 == 0:
                    check_probabilities(ours, model, rows)
            except AssertionError:
                print(f"differs: {params}")
                raise
            if number % 50 == 0:
                print(f"{number} of {len(combinations[::every])}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
