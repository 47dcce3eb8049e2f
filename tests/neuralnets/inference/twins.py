"""A network of TensorFlow's and its twin in NumPy, and whether they agree."""

import numpy as np
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.inference.tagger import StoredTagger

EXACT = 1e-5


def randomised(model: BiLSTM, scale: float = 0.4) -> BiLSTM:
    """Give a built model weights that leave nothing at 0."""
    draw = np.random.default_rng(5)
    layers = {la.name: la for m in model.models.values() for la in m.layers}
    for name in sorted(layers):
        if name == "task_id_embedding":
            continue
        weights = layers[name].get_weights()
        layers[name].set_weights(
            [draw.normal(0, scale, w.shape).astype(np.float32) for w in weights]
        )
    return model


def stored(model: BiLSTM, folder) -> str:
    """Store all tasks of a model in one file and return its path."""
    model.modelSavePath = str(folder / "model.h5")
    return model.saveModel(next(iter(model.tasks)), 0, 0, 0)


def twin(model: BiLSTM, folder, params=None) -> StoredTagger:
    """Return what NumPy makes of a model's file."""
    return StoredTagger.loadModel(stored(model, folder), params)


def check_scores(ours: StoredTagger, theirs: BiLSTM, rows) -> None:
    """Compare the scores of labels, and the best labels."""
    found, wanted = toy.emissions(ours, rows), toy.emissions(theirs, rows)
    assert list(found) == list(wanted)
    for task, scores in wanted.items():
        assert len(found[task]) == len(scores)
        for one, other in zip(found[task], scores):
            np.testing.assert_allclose(one, other, 0, EXACT)
    assert ours.tagSentences(rows) == theirs.tagSentences(rows)


def check_probabilities(ours: StoredTagger, theirs: BiLSTM, rows, nbest=2) -> None:
    """Compare all that two taggers say of how sure they are."""
    found, wanted = ours.labelProbabilities(rows), theirs.labelProbabilities(rows)
    for task, marginals in wanted.items():
        for one, other in zip(found[task], marginals):
            np.testing.assert_allclose(one, other, 0, EXACT)
    found = ours.tagWithConfidence(rows, nbest)
    for task, taggings in theirs.tagWithConfidence(rows, nbest).items():
        for one, other in zip(found[task], taggings):
            assert one.labels == other.labels
            assert [s[:3] for s in one.spans] == [s[:3] for s in other.spans]
            assert [a.labels for a in one.alternatives] == [
                a.labels for a in other.alternatives
            ]
            np.testing.assert_allclose(numbers(one), numbers(other), 0, EXACT)


def numbers(tagging) -> list[float]:
    """Return all probabilities of a tagging."""
    return [
        tagging.probability,
        *tagging.token_probabilities,
        *(span.probability for span in tagging.spans),
        *(a.probability for a in tagging.alternatives),
    ]
