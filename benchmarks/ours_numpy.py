"""This project as `tagger tag` runs it: the trained model is stored, NumPy tags.

    TAGGER_DATA=... python benchmarks/ours_numpy.py

It remembers what the characters of a form came to, so that the second pass of the
benchmark over the same text has less to do. The peak memory is that of a process that
has trained with TensorFlow, which `tagger tag` never loads.
"""

from __future__ import annotations

import os
import tempfile

import common
import ours

from tagger.engines import load


class OursNumpy(ours.Ours):
    """Trains as this project does and tags without TensorFlow."""

    stored = None

    def warm_up(self):
        super().warm_up()
        self.stored = None

    def train(self) -> int:
        self.stored = None
        return super().train()

    def tag(self, sentences: list[list[str]]) -> list[list[str]]:
        if self.stored is None:
            self.stored = self._store()
        return self.stored.tagSentences(self.stored.rows(sentences))[ours.TASK]

    def _store(self):
        with tempfile.TemporaryDirectory() as folder:
            self.model.modelSavePath = os.path.join(folder, "model.h5")
            return load(self.model.saveModel(ours.TASK, 0, 0.0, 0.0), engine="numpy")


if __name__ == "__main__":
    chosen = common.parse(__doc__)
    common.measure("ours-numpy", OursNumpy(chosen), chosen)
