"""This project with DeLFT's network: a character LSTM and one BiLSTM layer.

    TAGGER_DATA=... python benchmarks/ours_small.py

DeLFT's dense layer of 100 between BiLSTM and emissions, a tenth of the network's
arithmetic, is the only thing left out. TensorFlow tags or, where the environment has
BENCH_ENGINE=numpy, NumPy, as in `tagger tag`.
"""

from __future__ import annotations

import os

import common
import ours
import ours_numpy

PARAMS = {
    "charEmbeddings": "LSTM",
    "charLSTMSize": common.CHAR_FILTERS // 2,  # per direction
    "LSTM-Size": common.LSTM_SIZES[:1],
}

if __name__ == "__main__":
    ours.PARAMS.update(PARAMS)
    chosen = common.parse(__doc__)
    by_numpy = os.environ.get("BENCH_ENGINE") == "numpy"
    tagger = (ours_numpy.OursNumpy if by_numpy else ours.Ours)(chosen)
    common.measure("ours-small", tagger, chosen)
