"""The network: layers, training, and the tagger `BiLSTM` in front of them."""

import util  # noqa: F401 - it stops a Python that is too old
