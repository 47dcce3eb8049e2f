"""The network: layers, training, and the tagger `BiLSTM` in front of them."""
