"""Training that ends with putting the probabilities of the stored models right."""

import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage import h5file

STORED = "out/[ModelName].h5"


@pytest.fixture(autouse=True)
def _(eager, workdir):
    pass


def trained(data, calibrates, resume=False, epochs=3):
    tagger = toy.tagger({"seed": 1, "averageWeights": 0.5}, *data)
    tagger.modelSavePath = STORED
    tagger.calibratesStored = calibrates
    tagger.fit(epochs, resume=resume)
    return tagger


def test_the_stored_model_has_the_temperature_that_fits_dev(data):
    trained(data, calibrates=False)
    plain = BiLSTM.loadModel("out/pos.h5")
    rows = data[1][2]["pos"]["devMatrix"]
    assert plain.params["temperature"] == {}
    labels, fitted = plain.tagSentences(rows), plain.fitTemperature("pos", rows)
    trained(data, calibrates=True)
    stored = BiLSTM.loadModel("out/pos.h5")
    assert stored.params["temperature"] == {"pos": pytest.approx(fitted, rel=1e-3)}
    assert stored.network.heads["pos"].temperature != 1
    assert stored.tagSentences(rows) == labels


def test_a_finished_run_that_is_resumed_knows_its_model(data, caplog):
    trained(data, calibrates=True)
    sealed = h5file.checksum("out/pos.h5")
    tagger = trained(data, calibrates=True, resume=True)
    assert h5file.checksum("out/pos.h5") == sealed
    assert tagger.run.stored == {"pos": "out/pos.h5"}
    assert "is no longer what this run stored" not in caplog.text
    trained(data, calibrates=True, resume=True, epochs=4)
    assert "is no longer what this run stored" not in caplog.text


def test_a_model_that_is_gone_is_left_alone(data):
    tagger = toy.tagger({"seed": 1}, *data)
    tagger.fit(1)
    tagger.run.stored = {"pos": "out/gone.h5"}
    tagger.calibratesStored = True
    tagger.run.end()
    assert tagger.params["temperature"] == {}
