"""Files of word vectors: text, word2vec's and fastText's binary form, compressed."""
