"""Temperatures: fitted to gold labels, stored, and without influence on labels."""

import numpy as np
import pytest
import tensorflow as tf
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.heads import SoftmaxHead
from neuralnets.keraslayers import crf
from neuralnets.keraslayers.ChainCRF import ChainCRF
from neuralnets.tagging import temperature
from neuralnets.tagging.constraints import allowed

pytestmark = pytest.mark.usefixtures("workdir")
TEXTS = ["saw the cat sees a dog", "Dog", "the house a", "dog ."]


@pytest.mark.parametrize("best", [0.06, 0.5, 1.0, 3.0, 19.0])
def test_the_least_loss_is_found(best):
    calls = []

    def loss(value):
        calls.append(value)
        return np.log(value / best) ** 2

    assert temperature.minimise(loss) == pytest.approx(best, rel=1e-3)
    assert len(calls) < 30


@pytest.mark.parametrize("best, end", [(1e-9, 1 / 20), (1e9, 20)])
def test_the_search_has_ends(best, end):
    found = temperature.minimise(lambda value: abs(np.log(value / best)))
    assert found == pytest.approx(end, rel=1e-3)


def drawn(head, sentences=300, tokens=5, labels=4, factor=2.5, seed=0):
    """Return emissions, `factor` too large, and labels drawn from the true ones."""
    rng = np.random.default_rng(seed)
    emissions = rng.normal(0, 1.5, (sentences, tokens, labels)).astype(np.float32)
    lengths = np.full(sentences, tokens, np.int32)
    scores, chain = head.distribution(tf.constant(emissions), 1.0)
    paths, _ = crf.nbest(scores, lengths, chain, labels**tokens)
    paths, logs = paths.numpy(), crf.nbest(scores, lengths, chain, labels**tokens)[1]
    weights = np.exp(logs.numpy() - logs.numpy().max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    gold = [path[rng.choice(len(p), p=p)] for path, p in zip(paths, weights)]
    return list(emissions * factor), gold


def test_a_known_temperature_is_found_again():
    head = SoftmaxHead()
    emissions, gold = drawn(head)
    assert temperature.fit(head, emissions, gold) == pytest.approx(2.5, rel=0.1)


def test_transitions_are_divided_too():
    head = ChainCRF()
    head(tf.zeros([1, 1, 4]))
    weights = [
        np.random.default_rng(5).normal(0, 1, w.shape) for w in head.get_weights()
    ]
    head.set_weights(weights)
    emissions, gold = drawn(head)
    head.set_weights([2.5 * w for w in weights])
    assert temperature.fit(head, emissions, gold) == pytest.approx(2.5, rel=0.1)


def test_it_is_the_least_negative_log_likelihood():
    head = ChainCRF()
    head(tf.zeros([1, 1, 4]))
    emissions, gold = drawn(head, sentences=40, factor=0.4)
    found = temperature.fit(head, emissions, gold)
    lengths = np.full(40, 5, np.int32)

    def loss(value):
        scores, chain = head.distribution(tf.constant(np.stack(emissions)), value)
        labels = tf.constant(np.stack(gold), tf.int32)
        return float(
            tf.reduce_sum(crf.negative_log_likelihood(scores, labels, lengths, chain))
        )

    assert loss(found) < min(loss(found * 1.05), loss(found / 1.05), loss(1.0))


def test_sentences_that_cannot_count_do_not():
    head = ChainCRF()
    head(tf.zeros([1, 1, 4]))
    head.allowed = allowed(["O", "B-A", "I-A", "B-B"], "BIO")
    emissions, gold = drawn(head, sentences=60)
    expected = temperature.fit(head, emissions, gold)
    forbidden, unknown = np.array([0, 2, 0, 0, 0]), np.array([0, 4, 0, 0, 0])
    more = [*emissions, emissions[0], emissions[1], emissions[2][:0]]
    labels = [*gold, forbidden, unknown, gold[0][:0]]
    assert temperature.fit(head, more, labels) == pytest.approx(expected, rel=1e-3)
    with pytest.raises(ValueError, match="sentences with gold labels that the model"):
        temperature.fit(head, more[-3:], labels[-3:])


def test_one_label_alone_has_none():
    emissions, gold = [np.ones((3, 1), np.float32)], [np.zeros(3, np.int32)]
    with pytest.raises(ValueError, match="one label alone"):
        temperature.fit(SoftmaxHead(), emissions, gold)


@pytest.fixture(scope="module", params=["CRF", "Softmax"])
def model(request, corpus, tmp_path_factory):
    datasets = {"chunks": toy.dataset(corpus, "chunk_BIO")}
    with toy.folder(tmp_path_factory.mktemp("temperature")), toy.eager():
        tagger = toy.tagger({"classifier": request.param}, datasets)
        tagger.trainModel()
    return tagger


def test_probabilities_change_and_labels_do_not(model, eager):
    rows = toy.rows_of(model, TEXTS)
    tags = model.tagSentences(rows)
    before = model.tagWithConfidence(rows, 3)["chunks"]
    dev = model.data["chunks"]["devMatrix"]
    found = model.fitTemperature("chunks", dev)
    assert model.params["temperature"] == {"chunks": found}
    assert found != pytest.approx(1, abs=0.01)
    assert model.tagSentences(rows) == tags
    after = model.tagWithConfidence(rows, 3)["chunks"]
    assert [tagging.labels for tagging in after] == tags["chunks"]
    for one, other in zip(before, after):
        sure = one.probability < other.probability
        assert sure is (found < 1)
        assert [a.labels for a in one.alternatives] == [
            a.labels for a in other.alternatives
        ]
        power = [a.probability ** (1 / found) for a in one.alternatives]
        expected = np.array(power) / power[0]
        ratios = [a.probability / other.probability for a in other.alternatives]
        np.testing.assert_allclose(ratios, expected, rtol=1e-2)
    probabilities = model.labelProbabilities(rows)["chunks"]
    for tagging, marginals in zip(after, probabilities):
        np.testing.assert_allclose(
            tagging.token_probabilities,
            [
                row[model.mappings["chunk_BIO"][label]]
                for row, label in zip(marginals, tagging.labels)
            ],
            rtol=1e-4,
        )
    # Fitting again starts from the scores, not from what was fitted.
    assert model.fitTemperature("chunks", dev) == found


def test_it_is_stored_and_may_be_given(model, eager):
    rows = toy.rows_of(model, TEXTS)
    found = model.fitTemperature("chunks", model.data["chunks"]["devMatrix"])
    model.modelSavePath = "model.h5"
    path = model.saveModel("chunks", 0, 0, 0)
    loaded = BiLSTM.loadModel(path)
    assert loaded.params["temperature"] == {"chunks": found}
    assert loaded.tagWithConfidence(rows) == model.tagWithConfidence(rows)
    hot = BiLSTM.loadModel(path, {"temperature": {"chunks": 50, "other": 2}})
    for tagging in hot.tagWithConfidence(rows)["chunks"]:
        assert tagging.probability < 0.5
    assert hot.tagSentences(rows) == model.tagSentences(rows)


def test_a_compiled_model_takes_the_new_temperature(trained):
    model = BiLSTM.loadModel(trained.stored, {"temperature": {"chunks": 1000}})
    rows = toy.rows_of(model, TEXTS)
    (even, *_) = model.tagWithConfidence(rows)["chunks"]
    model.fitTemperature("chunks", trained.data["chunks"]["devMatrix"])
    (sure, *_) = model.tagWithConfidence(rows)["chunks"]
    assert even.probability < 0.01 < 0.5 < sure.probability


def test_what_cannot_be_fitted_is_told(model):
    with pytest.raises(ValueError, match="no task 'other'. Its tasks: chunks"):
        model.fitTemperature("other", [])
    with pytest.raises(ValueError, match="sentences with gold labels"):
        model.fitTemperature("chunks", toy.rows_of(model, TEXTS))
