"""Several tasks over shared layers."""

import os
import random
from collections import Counter

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.training.run import Scoreboard, Scores
from neuralnets.training.step import TaskTrainer

pytestmark = pytest.mark.usefixtures("workdir")
TEXTS = ["The dog saw a cat .", "Dog", "the river likes the dog"]


def two_tasks(corpus, **changes) -> dict:
    """Two tasks on two columns of the same folder."""
    return {
        "POS task": toy.dataset(corpus, **changes),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
    }


@pytest.fixture(scope="module")
def both(corpus, tmp_path_factory):
    """A tagger of both tasks, trained; its files are in `.folder`."""
    with toy.folder(tmp_path_factory.mktemp("both")) as folder:
        model = toy.tagger({"classifier": "CRF"}, two_tasks(corpus))
        model.modelSavePath = str(folder / "[ModelName].h5")
        model.storeResults(str(folder / "results.tsv"))
        model.fit(epochs=6)
        model.folder = folder
    return model


def test_it_learns_both(both):
    for name, splits in both.data.items():
        score, _ = both.computeScore(name, splits["testMatrix"], None)
        assert score > 0.97
    tags = both.tagSentences(toy.rows_of(both, TEXTS))
    assert tags["POS task"][0] == ["DET", "NOUN", "VERB", "DET", "NOUN", "PUNCT"]
    assert tags["chunks"][0] == ["B-NP", "I-NP", "B-VP", "B-NP", "I-NP", "O"]


def test_results_have_a_line_for_each_task_and_epoch(both):
    lines = (both.folder / "results.tsv").read_text("utf-8").splitlines()
    found = [tuple(line.split("\t")[:2]) for line in lines]
    epochs = len(found) // 2
    assert found == [
        (str(epoch), name)
        for epoch in range(1, epochs + 1)
        for name in ("POS task", "chunks")
    ]


def test_a_file_for_each_task(both):
    assert sorted(p.name for p in both.folder.glob("*.h5")) == (
        ["POS task.h5", "chunks.h5"]
    )
    for name, label in both.labelKeys.items():
        model = BiLSTM.loadModel(str(both.folder / f"{name}.h5"))
        assert model.labelKeys == {name: label}
        assert list(model.tagSentences(toy.rows_of(model, TEXTS))) == [name]
        layers = {layer.name for layer in model.models[name].layers}
        assert "shared_LSTM_1" in layers
        assert sum(layer.endswith("_crf") for layer in layers) == 1


def test_one_file_for_all_tasks(both):
    both.modelSavePath = str(both.folder / "all" / "every.h5")
    loaded = BiLSTM.loadModel(both.saveModel("chunks", 0, 0, 0))
    assert loaded.labelKeys == both.labelKeys
    assert list(loaded.labelKeys) == ["POS task", "chunks"]
    rows = toy.rows_of(both, TEXTS)
    assert loaded.tagSentences(rows) == both.tagSentences(rows)
    shared = {m.get_layer("shared_LSTM_1") for m in loaded.models.values()}
    assert len(shared) == 1


def test_a_loaded_task_trains_on_without_the_others(both, corpus, eager):
    model = BiLSTM.loadModel(str(both.folder / "chunks.h5"))
    datasets = {"chunks": toy.dataset(corpus, "chunk_BIO")}
    model.setDataset(datasets, toy.prepare(datasets)[2])
    before = model.computeF1("chunks", model.data["chunks"]["devMatrix"])
    assert before[2] > 0.97  # in the model's own indices
    model.fit(epochs=1)


def test_one_file_is_stored_when_the_mean_is_better(corpus, monkeypatch, eager):
    scores = {
        "POS task": [0.2, 0.9, 0.9, 0.9],
        "chunks": [0.4, 0.1, 0.1, 0.6],
    }  # means 0.3, 0.5, 0.5, 0.75
    fake_scores(monkeypatch, scores)
    model = toy.tagger({"earlyStopping": 0}, two_tasks(corpus))
    model.modelSavePath = "all_[Epoch]_[DevScore]_[TestScore].h5"
    model.fit(epochs=4)
    assert stored() == [
        "all_1_0.3000_0.1500.h5",
        "all_2_0.5000_0.2500.h5",
        "all_4_0.7500_0.3750.h5",
    ]


def test_a_tasks_file_is_stored_when_its_own_score_is_better(
    corpus, monkeypatch, eager
):
    scores = {"POS task": [0.2, 0.9, 0.9], "chunks": [0.4, 0.1, 0.6]}
    fake_scores(monkeypatch, scores)
    model = toy.tagger({}, two_tasks(corpus))
    model.modelSavePath = "[ModelName]_[Epoch]_[DevScore].h5"
    model.fit(epochs=3)
    assert stored() == [
        "POS task_1_0.2000.h5",
        "POS task_2_0.9000.h5",
        "chunks_1_0.4000.h5",
        "chunks_3_0.6000.h5",
    ]


def stored() -> list[str]:
    return sorted(name for name in os.listdir() if name.endswith(".h5"))


def fake_scores(monkeypatch, dev: dict) -> None:
    """Let the tasks score as listed, epoch by epoch, and half of it on test."""

    def scores(tagger, name, *_):
        value = dev[name][tagger.epoch - 1]
        return value, value / 2

    monkeypatch.setattr(BiLSTM, "computeScore", scores)
    monkeypatch.setattr(BiLSTM, "trainModel", count_epoch)


def count_epoch(model):
    if model.network is None:
        model.buildModel()
    model.epoch += 1
    return 0.0


# ------------------------------------------------------------------ what an epoch is


@pytest.mark.parametrize("sizes", [(3, 90), (90, 3), (40, 40)])
def test_an_epoch_is_every_sentence_of_every_task_once(
    corpus, monkeypatch, eager, sizes
):
    datasets = {}
    for name, size in zip(("one", "two"), sizes):
        toy.write_corpus(f"data/{name}", train=size, other=1)
        datasets[name] = {"columns": toy.COLUMNS, "label": "POS"}
    seen, order = Counter(), []

    def step(self, epoch, number, chosen):
        seen.update((self.name, int(index)) for index in chosen)
        order.append(self.name)
        assert 1 <= len(chosen) <= 8
        return np.float64(0)

    monkeypatch.setattr(TaskTrainer, "step", lambda *a: FakeLoss(step(*a)))
    model = toy.tagger({"miniBatchSize": 8}, datasets)
    for _ in range(2):
        seen.clear()
        order.clear()
        model.trainModel()
        expected = {
            (name, index)
            for name in datasets
            for index in range(len(model.data[name]["trainMatrix"]))
        }
        assert seen == Counter(expected)
    # The small task's batches are spread over the epoch: not all first, nor all last.
    small = "one" if sizes[0] <= sizes[1] else "two"
    places = [place for place, name in enumerate(order) if name == small]
    assert places[0] < 0.6 * len(order)
    assert places[-1] >= 0.4 * len(order)


class FakeLoss(float):
    def numpy(self):
        return float(self)


# --------------------------------------------------------------------- early stopping


def test_it_stops_when_no_task_gets_better(corpus, monkeypatch, eager):
    scores = {
        "POS task": [0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.9],
        "chunks": [0.3, 0.3, 0.2, 0.4, 0.4, 0.4, 0.9],
    }  # the last improvement is in epoch 4
    fake_scores(monkeypatch, scores)
    for patience, epochs in [(1, 3), (2, 6), (3, 7), (0, 7)]:
        model = toy.tagger({"earlyStopping": patience}, two_tasks(corpus))
        model.fit(epochs=7)
        assert model.epoch == epochs


def test_the_scoreboard_counts_epochs_not_tasks():
    board = Scoreboard(patience=2)
    equal = {"a": Scores(0.5, 0.1), "b": Scores(0.5, 0.1), "c": Scores(0.5, 0.1)}
    assert board.update(equal) == (["a", "b", "c"], True)
    assert board.update(equal) == ([], False)
    assert not board.stop
    better = {**equal, "b": Scores(0.6, 0.0)}
    assert board.update(better) == (["b"], True)
    assert not board.stop
    board.update(better)
    board.update(better)
    assert board.stop
    assert board.best["b"] == Scores(0.6, 0.0)


def test_a_task_that_is_not_evaluated_is_trained_but_not_scored(corpus, eager):
    datasets = two_tasks(corpus, evaluate=False)
    model = toy.tagger({}, datasets)
    model.buildModel()
    before = {
        layer.name: layer.get_weights()
        for layer in model.models["POS task"].layers
        if layer.name.endswith("_softmax")
    }
    model.storeResults("results.tsv")
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=1)
    with open("results.tsv", encoding="utf-8") as file:
        assert [line.split("\t")[1] for line in file] == ["chunks"]
    assert stored() == ["chunks.h5"]
    (name,) = before
    after = model.models["POS task"].get_layer(name).get_weights()
    assert not np.array_equal(before[name][0], after[0])


# ----------------------------------------------------------------- the task identifier


def test_the_task_identifier_is_an_input(corpus, eager):
    """Two tasks that label the same words differently: only the identifier tells."""
    draw = random.Random(2)
    datasets = {}
    for name, label in [("plain", "A"), ("marked", "B")]:
        sentences = [
            [(word, f"{label}{word[:1]}", "O") for word in draw.sample(toy.NOUNS, 3)]
            for _ in range(20)
        ]
        for split in ("train", "dev", "test"):
            toy.write_sentences(f"data/{name}/{split}.txt", sentences)
        datasets[name] = {"columns": toy.COLUMNS, "label": "POS"}
    params = {"useTaskIdentifier": True, "earlyStopping": 0}
    model = toy.tagger(params, datasets)
    model.fit(epochs=15)
    model.modelSavePath = "[ModelName].h5"
    for name in datasets:
        model.saveModel(name, 0, 0, 0)
    rows = toy.rows_of(model, ["dog cat", "river"])
    tags = model.tagSentences(rows)
    assert tags == {"plain": [["Ad", "Ac"], ["Ar"]], "marked": [["Bd", "Bc"], ["Br"]]}
    scores = toy.emissions(model, rows)
    for name in datasets:
        alone = BiLSTM.loadModel(f"{name}.h5")
        rows = toy.rows_of(alone, ["dog cat", "river"])
        assert alone.tagSentences(rows) == {name: tags[name]}
    model.modelSavePath = "all.h5"
    loaded = BiLSTM.loadModel(model.saveModel("plain", 0, 0, 0))
    assert loaded.tagSentences(rows) == tags
    for name, sentences in toy.emissions(loaded, rows).items():
        for ours, theirs in zip(sentences, scores[name]):
            np.testing.assert_array_equal(ours, theirs)
    # A file of one task keeps its number when it is stored again.
    alone.modelSavePath = "again.h5"
    again = BiLSTM.loadModel(alone.saveModel("marked", 0, 0, 0))
    assert again.tagSentences(rows) == {"marked": tags["marked"]}


# ------------------------------------------------------------- classifiers by task


def test_tasks_at_different_levels(corpus, eager):
    params = {
        "customClassifier": {"chunks": [("LSTM", 5), "CRF"]},
        "classifier": "Softmax",
        "dropout": (0.1, 0.1),
    }
    model = toy.tagger(params, two_tasks(corpus))
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=1)
    layers = {
        name: {layer.name for layer in keras_model.layers}
        for name, keras_model in model.models.items()
    }
    assert {"shared_varLSTM_1", "chunks_varLSTM_1", "chunks_crf"} <= layers["chunks"]
    assert "chunks_varLSTM_1" not in layers["POS task"]
    assert not any("crf" in name for name in layers["POS task"])
    rows = toy.rows_of(model, TEXTS)
    for name in model.models:
        loaded = BiLSTM.loadModel(f"{name}.h5")
        assert loaded.tagSentences(rows)[name] == model.tagSentences(rows)[name]


def test_names_of_tasks_may_hold_anything(corpus, eager):
    names = ["a b", "a/b", "a_b", "\u00fc", "\u00e4", "_x", "(1)", "1.5"]
    datasets = {name: toy.dataset(corpus) for name in names}
    model = toy.tagger({"classifier": "CRF"}, datasets)
    model.buildModel()
    model.modelSavePath = "all.h5"
    rows = toy.rows_of(model, TEXTS[:1])
    tags = model.tagSentences(rows)
    assert list(tags) == names
    loaded = BiLSTM.loadModel(model.saveModel("a b", 0, 0, 0))
    assert loaded.tagSentences(rows) == tags


# ------------------------------------------------------------------------ other data


def test_a_test_file_may_lack_a_tasks_labels(corpus, eager):
    toy.write_sentences("bare.txt", [[("The", "DET"), ("dog", "NOUN")]])
    files = {s: os.path.join(corpus, f"{s}.txt") for s in ("train", "dev")}
    datasets = two_tasks(corpus)
    datasets["chunks"]["files"] = {**files, "test": "bare.txt"}
    model = toy.tagger({}, datasets)
    model.storeResults("results.tsv")
    model.fit(epochs=1)
    with open("results.tsv", encoding="utf-8") as file:
        tests = {line.split("\t")[1]: float(line.split("\t")[3]) for line in file}
    assert np.isnan(tests["chunks"])
    assert 0 <= tests["POS task"] <= 1


def test_a_language_is_reached_through_a_shared_space(workdir):
    """The recipe of the docs: one vector file, one data set per language.

    The order of words says nothing here. The German verbs and nouns, which training
    never sees, are known from their English neighbours alone.
    """
    german = {"Hund": "dog", "Katze": "cat", "sieht": "sees", "findet": "finds"}
    english = {word: "NOUN" for word in toy.NOUNS} | {w: "VERB" for w in toy.VERBS}
    draw = np.random.default_rng(4)
    base = {word: draw.normal(0, 1, 10) for word in [*english, "the", "das", "."]}
    kinds = {"NOUN": draw.normal(0, 1, 10), "VERB": draw.normal(0, 1, 10)}
    for word, kind in english.items():
        base[word] = 0.4 * base[word] + kinds[kind]
    for word, twin in german.items():
        base[word] = base[twin] + draw.normal(0, 0.05, 10)
    with open("shared_space.txt", "w", encoding="utf-8") as file:
        for word, vector in base.items():
            file.write(f"{word} {' '.join(f'{x:.4f}' for x in vector)}\n")

    choice = random.Random(4)
    sentences = []
    for _ in range(40):
        words = choice.sample([*english, "the"], 5)
        sentences.append([(w, english.get(w, "DET"), "O") for w in words])
    articles = [[("das", "DET", "O"), (".", "PUNCT", "O")]] * 10
    for split in ("train", "dev", "test"):
        toy.write_sentences(f"data/english/{split}.txt", sentences)
        toy.write_sentences(f"data/german/{split}.txt", articles)
    datasets = {
        name: {"columns": toy.COLUMNS, "label": "POS"} for name in ("english", "german")
    }
    prepared = toy.prepare(datasets, "shared_space.txt")
    params = {"featureNames": ["tokens"], "learningRate": 0.01, "dropout": 0.1}
    model = toy.tagger(params, datasets, prepared)
    model.fit(epochs=6)
    rows = toy.rows_of(model, ["Hund sieht the Katze findet", "findet findet Hund"])
    tags = model.tagSentences(rows)["english"]
    assert tags == [["NOUN", "VERB", "DET", "NOUN", "VERB"], ["VERB", "VERB", "NOUN"]]
    # Both languages read one vocabulary, and each task has labels of both.
    assert set(model.mappings["tokens"]) >= {"das", "the", *german}
