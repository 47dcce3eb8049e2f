"""spaCy's tagger, trained from a blank English pipeline.

    TAGGER_DATA=... .venv-bench/bin/python benchmarks/spacy_tagger.py

What is the best for spaCy, and why:

* the tagger's default model, tok2vec of width 96 and depth 4 (a CNN over hashed word
  features; it has no LSTM, no CRF and no word vectors, which would cost it time);
* the examples are made before the clock starts, while its own training loop makes
  them anew for each epoch;
* tagging gets ready-made words, so that its tokenizer does not run; with two threads
  it uses two processes, spaCy's own way to use a second core, and it may as well do
  without, whichever is faster.
"""

from __future__ import annotations

import random

import common
import spacy
from spacy.tokens import Doc
from spacy.training import Example

TAG_BATCH = 128  # sentences; from 32 to 1000 the speed differs by a tenth


class SpacyTagger:
    """A blank pipeline with a tagger."""

    def __init__(self, options: common.Options):
        spacy.util.fix_random_seed(common.SEED)
        spacy.require_cpu()
        self.processes = max(options.threads, 1)
        self.tag_batch = options.tag_batch or TAG_BATCH
        self.nlp = spacy.blank("en")
        self.nlp.add_pipe("tagger")
        # Labels and model are set up with the whole of train.
        self.examples = self._examples(common.read(options.folder, "train"))
        sentences = common.read(options.folder, "train", tokens=options.train_tokens)
        self.count = len(sentences)
        self.tokens = sum(len(sentence.tokens) for sentence in sentences)

    def _examples(self, sentences: list[common.Sentence]) -> list[Example]:
        return [
            Example.from_dict(Doc(self.nlp.vocab, words=tokens), {"tags": labels})
            for tokens, labels in sentences
        ]

    def build(self):
        self.optimizer = self.nlp.initialize(lambda: self.examples)
        self.examples = self.examples[: self.count]

    def train_first(self):
        self._update(common.of_middle_length(self.examples))

    def warm_up(self):
        for start in range(0, min(20 * common.BATCH, self.count), common.BATCH):
            self._update(self.examples[start : start + common.BATCH])

    def train(self) -> int:
        random.shuffle(self.examples)
        for start in range(0, self.count, common.BATCH):
            self._update(self.examples[start : start + common.BATCH])
        return self.tokens

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        docs = (Doc(self.nlp.vocab, words=words) for words in sentences)
        # To start processes for a sentence alone would take longer than to tag it.
        processes = self.processes if len(sentences) > self.tag_batch else 1
        tagged = self.nlp.pipe(docs, batch_size=self.tag_batch, n_process=processes)
        return [[token.tag_ for token in doc] for doc in tagged]

    def _update(self, batch: list[Example]):
        self.nlp.update(batch, sgd=self.optimizer, drop=common.DROPOUT)


if __name__ == "__main__":
    chosen = common.parse(__doc__)
    common.measure("spacy", SpacyTagger(chosen), chosen)
