"""The mean of the weights of epochs, in place of the last ones."""

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM

STORED = "out/[ModelName].h5"


@pytest.fixture(autouse=True)
def _(eager, workdir):
    pass


def trained(data, epochs, **params):
    tagger = toy.tagger({"seed": 1, "earlyStopping": 0, **params}, *data)
    tagger.fit(epochs)
    return tagger


def weights(tagger):
    return np.concatenate([np.ravel(w) for w in tagger.models["pos"].get_weights()])


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_it_is_the_mean_of_what_the_epochs_ended_with(data, decay):
    ends = [weights(trained(data, epochs)) for epochs in (1, 2, 3)]
    counts = [decay**2, decay, 1]
    wanted = np.average(ends, axis=0, weights=counts)
    averaged = weights(trained(data, 3, averageWeights=decay))
    np.testing.assert_allclose(averaged, wanted, atol=1e-6)
    assert np.abs(averaged - ends[-1]).max() > 1e-3


def test_scores_and_the_stored_model_are_those_of_the_mean(data):
    tagger = toy.tagger({"seed": 1, "averageWeights": 1.0}, *data)
    tagger.modelSavePath = STORED
    best = tagger.fit(3)["pos"]
    stored = BiLSTM.loadModel(STORED.replace("[ModelName]", "pos"))
    dev, _ = stored.computeScore("pos", tagger.data["pos"]["devMatrix"], None)
    assert dev == best.dev
    means = [weights(trained(data, e, averageWeights=1.0)) for e in (1, 2, 3)]
    assert any(np.array_equal(weights(stored), mean) for mean in means)


def test_it_goes_on_after_an_interruption(data):
    params = {"averageWeights": 0.8}
    whole = weights(trained(data, 4, **params))
    for epochs in (2, 4, 4):
        tagger = toy.tagger({"seed": 1, "earlyStopping": 0, **params}, *data)
        tagger.modelSavePath = STORED
        tagger.fit(epochs, resume=True)
    np.testing.assert_array_equal(weights(tagger), whole)
