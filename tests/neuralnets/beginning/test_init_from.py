"""A stored model learns a new label, and keeps the old ones."""

import numpy as np
import pytest
import toy
from beginnings import begin, drawn, store, write

from neuralnets.beginning.teacher import Teacher
from neuralnets.BiLSTM import BiLSTM
from neuralnets.inference.tagger import NeedsTensorFlow
from neuralnets.training.stepgraph import SOFT


@pytest.fixture(autouse=True)
def _(workdir):
    pass


def weights(model):
    (found,) = model.models.values()
    return [weight.numpy() for weight in found.weights]


@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_it_learns_the_new_label_and_keeps_the_old_ones(
    classifier, without_vp, only_vp, prepared_vp, eager
):
    path = without_vp
    if classifier == "Softmax":
        data = write("old", drawn(40, 1), lambda label: "VP" not in label)
        path = store(toy.tagger({}, {"old": toy.dataset(data, "chunk_BIO")}), ".", 6)
    model = begin(path, only_vp, {"learningRate": 0.03}, prepared_vp)
    store(model, ".", 8)
    dev, test = model.oldLabelScores("new.h5")
    assert (dev.split, dev.agreement) == ("dev", True)
    assert (test.split, test.agreement) == ("test", False)
    assert test.before > 0.9 and test.after >= test.before - 0.02 and test.new > 0.9
    assert "old labels: F1 " in str(test) and " before, " in str(test)
    assert "agreement with the stored model" in str(dev)
    # Without the stored model, `O` would be learnt for all that is not marked.
    forgetful = BiLSTM.loadModel("new.h5", {"seed": 3})
    rows = [dict(row) for row in prepared_vp[2]["new"]["trainMatrix"]]
    forgetful.setMappings(prepared_vp[1], None)
    forgetful.setDataset(
        only_vp, {"new": {**prepared_vp[2]["new"], "trainMatrix": rows}}
    )
    forgetful.trainModel()
    forgetful.trainModel()
    tags = forgetful.tagSentences(forgetful.rows([["The", "dog", "sees", "a", "cat"]]))
    assert "I-NP" not in tags["new"][0]


def test_a_run_is_repeatable_and_resumes_to_the_same_end(
    without_vp, only_vp, prepared_vp, eager
):
    ends = []
    for number in range(2):
        model = begin(without_vp, only_vp, prepared=prepared_vp)
        model.modelSavePath = f"{number}_[ModelName].h5"
        model.fit(2)
        ends.append(weights(model))
    for one, other in zip(*ends):
        np.testing.assert_array_equal(one, other)
    killed = begin(without_vp, only_vp, prepared=prepared_vp)
    killed.modelSavePath = "killed_[ModelName].h5"
    killed.fit(1)
    resumed = begin(without_vp, only_vp, prepared=prepared_vp)
    resumed.modelSavePath = killed.modelSavePath
    resumed.fit(2, resume=True)
    for one, other in zip(weights(resumed), ends[0]):
        np.testing.assert_array_equal(one, other)
    # The file of the stored model was replaced meanwhile.
    changed = begin("killed_new.h5", only_vp, prepared=prepared_vp)
    changed.modelSavePath = killed.modelSavePath
    with pytest.raises(ValueError, match="stored model to learn from"):
        changed.fit(3, resume=True)


def test_all_labels_known_is_plain_training_from_its_weights(without_vp, eager):
    data = write("known", drawn(6, 4), lambda label: "VP" not in label)
    datasets = {"old": toy.dataset(data, "chunk_BIO")}
    model = begin(without_vp, datasets)
    (trainer,) = model.prepareTraining()
    assert trainer.targets is None
    trainer.step(1, 0, trainer.batches(1)[0])
    assert not trainer._other_steps  # the usual compiled step
    assert model.tasks["old"].labels == model.origin.content.tasks[0].labels
    dev, _ = model.oldLabelScores()
    assert not dev.agreement and np.isnan(dev.new) and "new labels" not in str(dev)


def test_old_labels_that_training_lacks_are_warned_of(without_vp, caplog):
    rows = [("dog", "x", "B-NP"), (".", "x", "O")]
    toy.write_sentences("data/train.txt", [rows])
    toy.write_sentences("data/dev.txt", [rows])
    begin(without_vp, {"new": toy.dataset("data", "chunk_BIO")})
    assert "1 of the stored model's do not occur in training: I-NP." in caplog.text


def test_old_labels_beside_new_ones_are_taken_as_they_are(without_vp, eager):
    datasets = {"old": toy.dataset(write("whole", drawn(6, 4)), "chunk_BIO")}
    model = begin(without_vp, datasets)
    (trainer,) = model.prepareTraining()
    assert trainer.targets is None and "B-VP" in model.tasks["old"].labels


def test_marks_alone_take_a_step_of_their_own(without_vp, only_vp, prepared_vp, eager):
    model = begin(without_vp, only_vp, prepared=prepared_vp)
    (trainer,) = model.prepareTraining()
    trainer.step(1, 0, trainer.batches(1)[0])
    assert set(trainer._other_steps) == {SOFT}


def test_constrained_tags_stay_valid(without_vp, only_vp, prepared_vp, eager):
    model = begin(without_vp, only_vp, {"constrainTransitions": True}, prepared_vp)
    assert np.isfinite(model.trainModel())


def test_labels_of_tokens_need_no_outside(tmp_path, eager):
    """`O` says there that a token has no new label, and becomes none itself."""
    old = write("old", [[r for r in s if r[1] != "VERB"] for s in drawn(30, 1)])
    path = store(toy.tagger({}, {"pos": toy.dataset(old)}), tmp_path, 5)
    verbs = [
        [(word, pos if pos == "VERB" else "O", chunk) for word, pos, chunk in sentence]
        for sentence in drawn(20, 2)
    ]
    model = begin(path, {"pos": toy.dataset(write("verbs", verbs))})
    labels = model.tasks["pos"].labels
    assert "O" not in labels and labels[-1] == "VERB"
    for _ in range(8):
        model.trainModel()
    tags = model.tagSentences(model.rows([["The", "dog", "sees", "a", "cat", "."]]))
    assert tags["pos"][0] == ["DET", "NOUN", "VERB", "DET", "NOUN", "PUNCT"]


def test_several_tasks_each_go_on_with_their_own(tmp_path, eager, caplog):
    old = write("old", drawn(12, 1), lambda label: "VP" not in label)
    both = {"a": toy.dataset(old, "chunk_BIO"), "b": toy.dataset(old)}
    params = {"classifier": "CRF", "customClassifier": {"b": "Softmax"}}
    params["useTaskIdentifier"] = True
    model = toy.tagger(params, both)
    model.fit(1)
    model.modelSavePath = "both.h5"
    path = model.saveModel("a", 0, 0, 0)
    marked = write("marked", drawn(8, 2), lambda label: "VP" in label)
    datasets = {
        "c": toy.dataset(marked, "chunk_BIO"),
        "d": toy.dataset(write("more", drawn(8, 3))),
    }
    model = begin(path, datasets)
    trainers = {trainer.name: trainer for trainer in model.prepareTraining()}
    assert trainers["c"].targets is not None and trainers["d"].targets is None
    assert model.params["customClassifier"] == {"d": ["Softmax"]}
    assert np.isfinite(model.trainModel())
    assert len(model.oldLabelScores()) == 4
    begin(path, {"c": datasets["c"]})
    assert "its tasks b have no data here" in caplog.text


def test_features_go_with_it(tmp_path, eager):
    old = write("old", drawn(12, 1), lambda label: "VP" not in label)
    params = {"classifier": "CRF", "featureNames": ["tokens", "POS"]}
    params.update(directFeatures=["spelling"], featureCutoff=1)
    model = toy.tagger(params, {"a": toy.dataset(old, "chunk_BIO")})
    path = store(model, tmp_path, 1)
    marked = write("marked", drawn(8, 2), lambda label: "VP" in label)
    model = begin(path, {"a": toy.dataset(marked, "chunk_BIO")})
    assert np.isfinite(model.trainModel())
    without = toy.dataset(marked, "chunk_BIO", columns={0: "tokens", 2: "chunk_BIO"})
    with pytest.raises(ValueError, match="POS"):
        begin(path, {"a": without})


def test_words_are_predicted_only_if_that_is_asked_for_anew(
    corpus, workdir, only_vp, prepared_vp, eager
):
    data = {"old": toy.dataset(corpus, "chunk_BIO")}
    params = {"lmCost": 0.1, "averageWeights": 0.8}
    path = store(toy.tagger(params, data), ".", 1)
    assert BiLSTM.loadModel(path).params["lmCost"] == 0.1
    for cost in (0, 0.2):
        model = BiLSTM.initFrom(path, {"lmCost": cost} if cost else {})
        assert (model.params["lmCost"], model.params["averageWeights"]) == (cost, 0)
    model.setMappings(prepared_vp[1], None)
    model.setDataset({"old": only_vp["new"]}, {"old": prepared_vp[2]["new"]})
    assert np.isfinite(model.trainModel())


@pytest.mark.parametrize(
    "params, changes, message",
    [
        ({"LSTM-Size": [5]}, {}, r"`LSTM-Size` is \[12\] in .*cannot have another"),
        ({"dropout": (0.1, 0.1)}, {}, "`dropout` is 0 in"),
        ({"labelWeights": {"O": 2}}, {}, "does not go with `labelWeights`"),
        ({"expectedEntityRatio": 0.2}, {}, "not go with `expectedEntityRatio`"),
        ({}, {"label": "POS"}, "has no task with the label 'POS'.*old .chunk_BIO"),
        ({"nosuch": 1}, {}, "`nosuch` is not a parameter"),
    ],
)
def test_what_is_not_possible_is_one_line(
    params, changes, message, without_vp, only_vp, prepared_vp
):
    datasets = {"new": {**only_vp["new"], **changes}}
    with pytest.raises(ValueError, match=message) as error:
        begin(without_vp, datasets, params, prepared_vp)
    assert "\n" not in str(error.value)


def test_models_that_read_elmo_are_refused(monkeypatch):
    def load(*_):
        raise NeedsTensorFlow("elmo.h5: reads ELMo's vectors, which needs TensorFlow.")

    monkeypatch.setattr(Teacher, "loadModel", load)
    with pytest.raises(ValueError, match="reads ELMo's vectors. No model can begin"):
        BiLSTM.initFrom("elmo.h5")


def test_unknown_labels_do_not_go_with_marks_alone(without_vp):
    write("data", [[("The", "DET", "?"), ("dog", "NOUN", "B-VP")]])
    datasets = {"new": toy.dataset("data", "chunk_BIO", partial=True)}
    with pytest.raises(ValueError, match="known in part .*write O"):
        begin(without_vp, datasets)


def test_its_data_are_given_once(without_vp, only_vp, prepared_vp):
    model = begin(without_vp, only_vp, prepared=prepared_vp)
    with pytest.raises(ValueError, match="has its data"):
        model.setDataset(only_vp, prepared_vp[2])
    with pytest.raises(ValueError, match="Call initFrom"):
        BiLSTM().oldLabelScores()
