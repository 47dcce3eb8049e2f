"""This project with DeLFT's network: a character LSTM and one BiLSTM layer.

    TAGGER_DATA=... python benchmarks/ours_small.py

DeLFT's dense layer of 100 between BiLSTM and emissions, a tenth of the network's
arithmetic, is the only thing left out.
"""

from __future__ import annotations

import common
import ours

PARAMS = {
    "charEmbeddings": "LSTM",
    "charLSTMSize": common.CHAR_FILTERS // 2,  # per direction
    "LSTM-Size": common.LSTM_SIZES[:1],
}

if __name__ == "__main__":
    ours.PARAMS.update(PARAMS)
    chosen = common.parse(__doc__)
    common.measure("ours-small", ours.Ours(chosen), chosen)
