"""Stanza's BiLSTM-CRF tagger (its NER network), trained by Stanza's own trainer.

    TAGGER_DATA=... .venv-bench/bin/python benchmarks/stanza_tagger.py

What is the best for Stanza, and why:

* of its two taggers this one is faster: its POS network has highway LSTMs, which train
  and tag a fifth slower although it has no CRF;
* recurrent dropout stays 0, its default: only then does it use PyTorch's fused LSTM;
* the word vectors are fixed: training them updates all rows in each step;
* the character model is its own LSTM, of a size that gives as many outputs per word as
  the others' CNN;
* no input transformation, which the reference job lacks; the labels stay BIO, for
  BIOES doubles their number and with it the CRF's work;
* its default optimiser, SGD, is the cheapest one;
* batches are not cut at its default of 800 words;
* tagging runs without gradients, on sentences sorted by length, so that its padded
  decoder wastes nothing; the loader gets plain lists and builds no `Document`.
"""

from __future__ import annotations

import random
from types import SimpleNamespace

import common
import torch
from stanza.models.common.pretrain import PretrainedWordVocab
from stanza.models.common.vocab import VOCAB_PREFIX_SIZE
from stanza.models.ner.data import DataLoader
from stanza.models.ner.trainer import Trainer
from stanza.models.ner_tagger import parse_args

ARGUMENTS = {
    "hidden_dim": common.LSTM_SIZES[0],
    "num_layers": len(common.LSTM_SIZES),
    "word_emb_dim": common.WORD_SIZE,
    "char_emb_dim": common.CHAR_SIZE,
    "char_hidden_dim": common.CHAR_FILTERS // 2,  # per direction
    "dropout": common.DROPOUT,
    "emb_finetune": False,
    "input_transform": False,
    "scheme": "bio",
    "batch_size": common.BATCH,
    "shorthand": "en_conll2000",
}
TAG_BATCH = 128  # sentences; from 32 to 512 no other is reliably faster


class Document:
    """The part of Stanza's document that its loader reads: text and label per token."""

    def __init__(self, rows: list[list[list]]):
        self.rows = rows

    def get(self, *_, **__) -> list[list[list]]:
        """Return for each token its text, its label, and no further labels."""
        return self.rows


def pretrained(sentences: list[common.Sentence]) -> SimpleNamespace:
    """Return word vectors in the form that Stanza's trainer takes."""
    words, vectors = common.word_vectors(sentences)
    special = torch.zeros(VOCAB_PREFIX_SIZE, common.WORD_SIZE)
    return SimpleNamespace(
        vocab=PretrainedWordVocab(words, lower=True),
        emb=torch.cat([special, torch.from_numpy(vectors)]),
    )


class StanzaTagger:
    """Stanza's trainer and data loader."""

    def __init__(self, options: common.Options):
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(common.SEED)
        random.seed(common.SEED)
        self.arguments = {**parse_args([]), **ARGUMENTS}
        self.tag_batch = options.tag_batch or TAG_BATCH
        everything = common.read(options.folder, "train")
        self.pretrain = pretrained(everything)
        # The vocabulary comes from the whole of train, the batches from a slice of it.
        vocabulary = self._loader(everything).vocab
        sentences = common.read(options.folder, "train", tokens=options.train_tokens)
        self.batches = self._loader(sentences, vocabulary)
        first = common.of_middle_length(sentences, lambda s: len(s.tokens))
        self.first = self._loader(first, vocabulary)
        self.tokens = sum(len(sentence.tokens) for sentence in sentences)
        self.vocabulary = vocabulary

    def _loader(self, sentences: list[common.Sentence], vocabulary=None) -> DataLoader:
        rows = [
            [[token, label, None] for token, label in zip(*sentence)]
            for sentence in sentences
        ]
        return DataLoader(
            *(Document(rows), common.BATCH, self.arguments, self.pretrain),
            vocab=vocabulary,
        )

    def build(self):
        self.trainer = Trainer(
            args=self.arguments,
            vocab=self.vocabulary,
            pretrain=self.pretrain,
            device="cpu",
        )

    def train_first(self):
        for batch in self.first:
            self.trainer.update(batch)

    def warm_up(self):
        for _, batch in zip(range(20), self.batches):
            self.trainer.update(batch)

    def train(self) -> int:
        for batch in self.batches:
            self.trainer.update(batch)
        return self.tokens

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
        loader = DataLoader(
            Document([[[word, None, None] for word in sentences[i]] for i in order]),
            self.tag_batch,
            self.arguments,
            self.pretrain,
            vocab=self.vocabulary,
            evaluation=True,
            preprocess_tags=False,
        )
        found = []
        with torch.inference_mode():
            for batch in loader:
                found += self.trainer.predict(batch)
        labels: list = [[]] * len(sentences)
        for index, row in zip(order, found):
            labels[index] = row
        return labels


if __name__ == "__main__":
    chosen = common.parse(__doc__)
    common.measure("stanza", StanzaTagger(chosen), chosen)
