"""Old labels, words and characters keep their weights in a network that has more."""

import numpy as np
import pytest
import toy
from beginnings import begin

from neuralnets.beginning.growth import grown
from neuralnets.storage import modelfile


@pytest.fixture(autouse=True)
def _(workdir, eager):
    pass


def test_an_array_grows_on_each_axis_that_is_longer():
    array = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(grown(array, (2, 3), 0), array)
    found = grown(array, (2, 5), 1)
    np.testing.assert_array_equal(found, [[0, 1, 2, 1, 1], [3, 4, 5, 4, 4]])
    np.testing.assert_array_equal(grown(array, (3, 3), None)[2], [1.5, 2.5, 3.5])


def test_old_weights_are_carried_and_new_ones_begin_as_what_they_were(
    without_vp, only_vp, prepared_vp
):
    model = begin(without_vp, only_vp, prepared=prepared_vp)
    model.buildModel()
    stored = modelfile.read(without_vp)
    old = stored.tasks[0].labels
    labels = model.tasks["new"].labels
    assert labels[: len(old)] == old and set(labels[len(old) :]) == {"B-VP"}
    outside = labels.index("O")
    layers = {layer.name: layer for layer in model.models["new"].layers}
    for name, weights in stored.weights.items():
        for before, now in zip(
            weights, layers[name.replace("old_", "new_")].get_weights()
        ):
            kept = now[tuple(slice(0, size) for size in before.shape)]
            np.testing.assert_array_equal(kept, before)
    kernel, bias = layers["new_hidden_lin_layer"].get_weights()
    np.testing.assert_array_equal(kernel[:, len(old)], kernel[:, outside])
    assert bias[len(old)] == pytest.approx(bias[outside] - np.log(100))
    for column, layer, unknown in (
        ("tokens", "word_embeddings", 1),
        ("characters", "char_emd", 1),
    ):
        (table,) = layers[layer].get_weights()
        size = len(stored.mappings[column])
        assert len(table) == len(model.mappings[column])
        for row in table[size:]:
            np.testing.assert_array_equal(row, table[unknown])
        known = list(model.mappings[column].items())[:size]
        assert known == list(stored.mappings[column].items())


def test_before_training_it_says_what_the_stored_model_says(
    without_vp, only_vp, prepared_vp
):
    """Words that are new to it included: they begin as the unknown word."""
    model = begin(without_vp, only_vp, prepared=prepared_vp)
    model.buildModel()
    teacher = model.origin.teacher
    text = [["The", "dog", "sees", "zebras", "."], ["Xylophones"]]
    now = model.labelProbabilities(model.rows(text))["new"]
    before = teacher.labelProbabilities(teacher.rows(text))["old"]
    for ours, theirs in zip(now, before):
        size = theirs.shape[1]
        assert ours[:, size:].max() < 0.02
        np.testing.assert_allclose(ours[:, :size], theirs, atol=0.05)
    assert toy.emissions(model, model.rows(text))["new"][0].shape[1] == size + 1
