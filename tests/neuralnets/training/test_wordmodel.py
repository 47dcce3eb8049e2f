"""Predicting the words around as a second term of the loss."""

import h5py
import numpy as np
import pytest
import toy

from neuralnets.batches.minibatches import make_batch
from neuralnets.BiLSTM import BiLSTM
from neuralnets.framework import keras
from neuralnets.training import wordmodel
from neuralnets.training.wordmodel import END, FIRST_WORD, OTHER

STORED = "out/[ModelName].h5"


@pytest.fixture(autouse=True)
def _(eager, workdir):
    pass


def ready(data, **params):
    return toy.tagger({"earlyStopping": 0, "lmCost": 0.1, **params}, *data)


def weights(tagger, task="pos"):
    return np.concatenate([np.ravel(w) for w in tagger.models[task].get_weights()])


def log_softmax(x):
    return x - np.log(np.exp(x - x.max()).sum()) - x.max()


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_it_is_the_cross_entropy_of_the_next_and_the_previous_words(
    data, monkeypatch, classifier, bidirectional
):
    """Word by word in NumPy, with weights that differ from the first ones."""
    monkeypatch.setattr(wordmodel, "MOST_WORDS", 6)
    shape = {"classifier": classifier, "bidirectional": bidirectional}
    tagger = ready(data, rareWordDropout=0, **shape)
    plain = ready(data, rareWordDropout=0, lmCost=0, **shape)
    (trainer,), (other,) = tagger.prepareTraining(), plain.prepareTraining()
    model = trainer.model
    extra = trainer.optimizer.variables[len(model.trainable_variables) :]
    draw = np.random.default_rng(3)
    for variable in extra:
        variable.assign(draw.normal(size=variable.shape) / 3)
    values = [variable.numpy() for variable in extra]
    chosen = np.array([3, 60, 5, 61, 8])  # 60 and 61 have one token
    first = model.get_layer("shared_LSTM_1")
    rows = tagger.data["pos"]["trainMatrix"]
    counts = {}
    for row in rows:
        for word in row["tokens"][: len(row["raw_tokens"])]:
            counts[word] = counts.get(word, 0) + 1
    known = sorted((w for w in counts if w > 1), key=lambda w: (-counts[w], w))[:6]
    classes = {word: FIRST_WORD + number for number, word in enumerate(known)}

    batch = make_batch(trainer.table, chosen, trainer.inputs)
    encoded = keras.Model(model.inputs, first.output)(batch).numpy()
    total, tokens = 0.0, 0
    for column, sentence in enumerate(chosen):
        words = rows[sentence]["tokens"][: trainer.table.lengths[sentence]]
        numbers = [END, *(classes.get(word, OTHER) for word in words), END]
        tokens += len(words)
        for place in range(len(words)):
            for side in range(1 + bidirectional):
                hidden, bias, output, last = values[4 * side : 4 * side + 4]
                x = encoded[place, column, 12 * side : 12 * side + 12]
                logits = np.tanh(x @ hidden + bias) @ output + last
                wanted = numbers[place + (0 if side else 2)]
                total -= log_softmax(logits)[wanted]
    counted = len(chosen) if classifier == "CRF" else tokens
    found = float(trainer.step(1, 0, chosen)) - float(other.step(1, 0, chosen))
    assert found == pytest.approx(0.1 * total / counted, rel=1e-4)


def test_without_it_nothing_changes_and_with_it_words_are_learnt(data):
    plain, zero = ready(data, lmCost=0), ready(data, lmCost=0.0)
    with_words = ready(data)
    for tagger in (plain, zero, with_words):
        tagger.losses = [tagger.trainModel() for _ in range(6)]
    np.testing.assert_array_equal(weights(plain), weights(zero))
    assert plain.losses == zero.losses
    assert np.abs(weights(plain) - weights(with_words)).max() > 1e-3
    added = np.subtract(with_words.losses, plain.losses)
    assert added[-1] < 0.7 * added[0]


def test_the_stored_model_is_one_without(data):
    layouts = []
    for cost in (0, 0.2):
        tagger = ready(data, lmCost=cost)
        tagger.modelSavePath = STORED
        best = tagger.fit(2)["pos"].dev
        path = STORED.replace("[ModelName]", "pos")
        found = {}
        with h5py.File(path) as file:
            file.visititems(
                lambda name, x, found=found: found.update(
                    {name: getattr(x, "shape", 0)}
                )
            )
        layouts.append(found)
        stored = BiLSTM.loadModel(path)
        dev = tagger.data["pos"]["devMatrix"]
        assert stored.computeScore("pos", dev, None)[0] == best
        assert stored.params["lmCost"] == cost
    assert layouts[0] == layouts[1]


def test_it_goes_on_after_an_interruption(data):
    params = {"averageWeights": 0.5, "optimizer": "adam"}
    whole = ready(data, **params)
    whole.fit(4)
    for epochs in (2, 4):
        tagger = ready(data, **params)
        tagger.modelSavePath = STORED
        tagger.fit(epochs, resume=True)
    np.testing.assert_array_equal(weights(tagger), weights(whole))


def test_tasks_share_it(corpus):
    datasets = {
        "pos": toy.dataset(corpus),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
    }
    tagger = ready((datasets, toy.prepare(datasets)))
    trainers = tagger.prepareTraining()
    own = [
        {id(v) for v in trainer.optimizer.variables}
        - {id(v) for v in trainer.model.trainable_variables}
        for trainer in trainers
    ]
    assert len(own[0] & own[1]) >= 8
    tagger.trainModel()


def test_sentences_without_labels_teach_words(workdir, caplog):
    caplog.set_level("INFO")
    toy.write_corpus("data", train=20, other=5)
    with open("data/train.txt", encoding="utf-8") as file:
        text = file.read()
    open_ones = "".join(
        "\t".join([*line.split("\t")[:2], "?"]) + "\n" if line else "\n"
        for line in text.split("\n")
    )
    with open("data/train.txt", "w", encoding="utf-8") as file:
        file.write(text + open_ones)
    data = {"a": toy.dataset("data", "chunk_BIO", partial=True)}
    prepared = toy.prepare(data)
    for classifier in ("CRF", "Softmax"):
        seen = {}
        for cost in (0, 0.1):
            caplog.clear()
            tagger = ready((data, prepared), lmCost=cost, classifier=classifier)
            (trainer,) = tagger.prepareTraining()
            seen[cost] = sum(map(len, trainer.batches(1)))
            assert np.isfinite(tagger.trainModel())
            assert ("left out of training" in caplog.text) == (cost == 0)
        assert seen == {0: 22, 0.1: 44}


@pytest.mark.parametrize(
    "params",
    [{"featureNames": ["casing"]}, {"LSTM-Size": [], "directFeatures": ["context"]}],
)
def test_a_network_that_cannot_is_told(data, params):
    with pytest.raises(ValueError, match="`lmCost` needs 'tokens'.*LSTM-Size"):
        ready(data, **params).fit(1)
