"""DeLFT's BidLSTM_CRF, trained by DeLFT's own trainer.

    TAGGER_DATA=... OMP_WAIT_POLICY=PASSIVE TQDM_DISABLE=1 \
        .venv-bench/bin/python benchmarks/delft_tagger.py --train-batch 128

Its network is smaller than the reference job's: one BiLSTM layer of 100 per direction
and a dense layer of 100, where the others have two BiLSTM layers. The character encoder
is an LSTM with as many outputs per word as the others' CNN.

Timed is one call of its trainer for one epoch without a validation set: its loop over
its data loader, which turns words into tensors anew in each epoch (some six percent of
the time), and nothing else. Tagging is `Sequence.tag` on sentences of words. After six
epochs of all of train with batches of 32 its test F1 is 86.6: it does learn here.

What is the best for DeLFT, and why:

* batches of 32 and of 128 sentences are tried, in training and in tagging; the faster
  one counts;
* no processes load the data (`nb_workers=0`): each would cost a core that computes;
* threads that wait do not spin (OMP_WAIT_POLICY=PASSIVE), for on a machine with other
  work it is several times slower otherwise; no progress bar is drawn;
* the word vectors are in memory instead of an LMDB file;
* dropout is before and after the BiLSTM; its recurrent dropout has no effect with one
  layer;
* tagging gets sentences sorted by length, which leaves little padding.
"""

from __future__ import annotations

import random

import common
import numpy as np
import torch
from delft.sequenceLabelling import Sequence
from delft.sequenceLabelling.data_loader import create_dataloader
from delft.sequenceLabelling.models import get_model
from delft.sequenceLabelling.preprocess import prepare_preprocessor
from delft.sequenceLabelling.trainer import Trainer
from delft.utilities.Embeddings import Embeddings
from delft.utilities.preprocess import normalize_num

ARGUMENTS = {
    "architecture": "BidLSTM_CRF",
    "char_emb_size": common.CHAR_SIZE,
    "char_lstm_units": common.CHAR_FILTERS // 2,  # per direction
    "max_char_length": common.CHAR_MOST,
    "word_lstm_units": common.LSTM_SIZES[0],
    "dropout": common.DROPOUT,
    "recurrent_dropout": 0.0,
    "max_epoch": 1,
    "device": "cpu",
    "nb_workers": 0,
}


class Vectors(Embeddings):
    """Word vectors in memory, which ignore the case as the others' do."""

    def __init__(self, sentences: list[common.Sentence]):
        super().__init__("random", load=False)
        words, vectors = common.word_vectors(sentences)
        # DeLFT looks words up with all digits as 0.
        self.model = dict(zip(map(normalize_num, words), vectors))
        self.embed_size = self.static_embed_size = common.WORD_SIZE

    def get_word_vector(self, word: str, **_) -> np.ndarray:
        """Return the vector of a word, zeros for an unknown one."""
        return self.get_word_vector_in_memory(word.lower())


class DelftTagger:
    """DeLFT's wrapper, data loader and trainer."""

    def __init__(self, options: common.Options):
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(common.SEED)
        random.seed(common.SEED)
        self.batch = options.train_batch or common.BATCH
        self.tag_batch = options.tag_batch or self.batch
        # The vocabulary comes from the whole of train, the batches from a slice of it.
        self.everything = common.read(options.folder, "train")
        self.vectors = Vectors(self.everything)
        self.sentences = common.read(
            options.folder, "train", tokens=options.train_tokens
        )

    def build(self):
        self.sequence = Sequence(batch_size=self.batch, **ARGUMENTS)
        self.sequence.embeddings = self.vectors
        config = self.sequence.model_config
        config.word_embedding_size = common.WORD_SIZE
        words, labels = zip(*self.everything)
        self.sequence.p = prepare_preprocessor(words, labels, config)
        config.char_vocab_size = len(self.sequence.p.vocab_char)
        self.sequence.model = get_model(config, len(self.sequence.p.vocab_tag))
        self.trainer = Trainer(
            self.sequence.model,
            config,
            self.sequence.training_config,
            preprocessor=self.sequence.p,
            device="cpu",
        )

    def train_first(self):
        self._train(common.of_middle_length(self.sentences, lambda s: len(s.tokens)))

    def warm_up(self):
        self._train(self.sentences[: 20 * self.batch])

    def train(self) -> int:
        self._train(self.sentences)
        return sum(len(sentence.tokens) for sentence in self.sentences)

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
        found = self.sequence.tag(
            [sentences[i] for i in order], "tuples", batch_size=self.tag_batch
        )
        labels: list = [[]] * len(sentences)
        for index, row in zip(order, found):
            labels[index] = [label for _, label in row]
        return labels

    def _train(self, sentences: list[common.Sentence]):
        """Let DeLFT train for an epoch."""
        words, labels = zip(*sentences)
        loader = create_dataloader(
            words,
            labels,
            batch_size=self.batch,
            preprocessor=self.sequence.p,
            embeddings=self.vectors,
            model_config=self.sequence.model_config,
        )
        self.trainer.train(loader)


if __name__ == "__main__":
    chosen = common.parse(__doc__)
    common.measure("delft", DelftTagger(chosen), chosen)
