"""The contract of `BiLSTM` for one task."""

import copy
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy

from neuralnets import hyperparameters
from neuralnets.BiLSTM import BiLSTM
from neuralnets.heads import SoftmaxHead
from util.preprocessing import createMatrices

pytestmark = pytest.mark.usefixtures("workdir")
HERE = Path(__file__).resolve().parent

# ------------------------------------------------------------------- constructor


# Every key and rule: test_hyperparameters.py.


def test_a_bad_value_or_key_is_named():
    with pytest.raises(ValueError, match=r"`dropout` must be .* Received: 1\.5"):
        BiLSTM({"dropout": 1.5})
    with pytest.raises(ValueError, match="`LSTMSize`.*Did you mean `LSTM-Size`"):
        BiLSTM(params={"LSTMSize": [10]})


def test_without_parameters_it_has_the_defaults():
    assert BiLSTM().params == BiLSTM({}).params == hyperparameters.merge(None)
    assert BiLSTM().modelSavePath is None


def test_the_callers_dictionaries_stay_as_they_are(prepared, eager):
    datasets, (embeddings, mappings, data) = prepared
    params = {
        **copy.deepcopy(toy.SMALL),
        "classifier": [["LSTM", 4], "CRF"],
        "featureNames": ["tokens", "casing", "chunk_BIO"],
        "charEmbeddings": "CNN",
        "seed": None,
        "customClassifier": {"other": ["CRF"]},
    }
    given = copy.deepcopy([params, datasets, mappings, dict(data)])
    model = BiLSTM(params)
    model.setMappings(mappings, embeddings)
    model.setDataset(datasets, data)
    model.trainModel()
    model.tagSentences(data["toy"]["devMatrix"])
    assert [params, datasets, mappings, dict(data)] == given
    params["LSTM-Size"].append(99)
    assert model.params["LSTM-Size"] == given[0]["LSTM-Size"]


def test_a_drawn_seed_is_kept(prepared, eager):
    model = toy.tagger({"seed": None}, *prepared)
    model.buildModel()
    drawn = model.params["seed"]
    model.trainModel()
    assert model.params["seed"] == drawn
    assert toy.tagger({"seed": None}, *prepared).params["seed"] != drawn


# ------------------------------------------------------------- the order of calls


def test_what_is_missing_is_said(prepared):
    datasets, (embeddings, mappings, data) = prepared
    model = BiLSTM(toy.SMALL)
    with pytest.raises(ValueError, match="setMappings and setDataset"):
        model.buildModel()
    with pytest.raises(ValueError, match="setDataset before fit"):
        model.fit(1)
    with pytest.raises(ValueError, match="not built"):
        model.tagSentences([])
    with pytest.raises(ValueError, match="setMappings first"):
        model.setDataset(datasets, data)
    model.setMappings(mappings, embeddings)
    with pytest.raises(ValueError, match="'absent' has no training sentences"):
        model.setDataset({"absent": datasets["toy"]}, data)
    with pytest.raises(ValueError, match="no training sentences with the labels 'NER'"):
        model.setDataset({"toy": {**datasets["toy"], "label": "NER"}}, data)


def test_an_unknown_feature_is_named(prepared):
    model = toy.tagger({"featureNames": ["tokens", "lemma"]}, *prepared)
    with pytest.raises(ValueError, match="'lemma'.*Columns: tokens, casing"):
        model.buildModel()


@pytest.mark.parametrize(
    ("label", "leak"),
    [("POS", "POS"), *(("chunk_BIO", f"chunk_{way}") for way in ("BIO", "class"))],
)
def test_what_is_predicted_is_no_feature(corpus, label, leak):
    datasets = {"toy": toy.dataset(corpus, label)}
    with pytest.raises(ValueError, match=f"`featureNames` may not .* Received: {leak}"):
        toy.tagger({"featureNames": ["tokens", leak]}, datasets)


def test_what_another_task_predicts_is_no_feature(corpus):
    datasets = {"pos": toy.dataset(corpus), "toy": toy.dataset(corpus, "chunk_BIO")}
    with pytest.raises(ValueError, match="`featureNames` may not .* Received: POS"):
        toy.tagger({"featureNames": ["tokens", "POS"]}, datasets)


ROW = {"tokens": [1], "casing": [1], "characters": [[1]], "chunk_BIO": [0]}


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ("The dog", "Sentence 1 must be a dictionary of columns"),
        (["The dog"], "Sentence 1 must be a dictionary .* Received: 'The dog'"),
        ([["The", "dog"]], "Sentence 1 must be a dictionary"),
        ({"tokens": ["The"]}, "must be a (list|dictionary)"),
        (iter([]), "Sentences must be a list"),
        ([{"tokens": ["The", "dog"]}], "Sentence 1 holds text in the column 'tokens'"),
        ([{"tokens": ["12", "7"]}], "Sentence 1 holds text in the column 'tokens'"),
        ([{"tokens": "The dog"}], "Sentence 1 holds text in the column 'tokens'"),
        ([{"tokens": [1, 1]}], "Sentence 1 .* lacks the column 'casing'"),
        (
            [{"raw_tokens": ["The"]}],
            r"Sentence 1 \(The ...\) lacks the column 'tokens'",
        ),
        ([ROW, {}], "Sentence 2 .* lacks the column"),
        ([ROW, None], "Sentence 2 must be a dictionary"),
        (
            [{"tokens": [1], "casing": [1], "characters": [["a"]]}],
            "holds text in the column 'characters'",
        ),
    ],
)
@pytest.mark.parametrize("ask", ["tagSentences", "tagWithConfidence", "computeF1"])
def test_what_are_no_rows_is_told(trained, eager, sentences, message, ask):
    arguments = ["chunks"] if ask == "computeF1" else []
    with pytest.raises(ValueError, match=message):
        getattr(trained, ask)(*arguments, sentences)


@pytest.mark.parametrize("sentences", ["The dog", ["The dog"], [{"POS": ["X"]}]])
def test_what_is_no_sentence_is_told(trained, sentences):
    with pytest.raises(ValueError, match="list of (sentences|words)"):
        trained.rows(sentences)


def test_a_task_that_is_not_there_is_told(trained, eager, monkeypatch):
    monkeypatch.setattr(trained, "modelSavePath", "x.h5")
    for ask in (
        lambda: trained.computeScore("x", [], []),
        lambda: trained.computeF1("x", []),
        lambda: trained.computeAcc("x", []),
        lambda: trained.saveModel("x", 0, 0, 0),
    ):
        with pytest.raises(ValueError, match="no task 'x'. Its tasks: chunks"):
            ask()


@pytest.mark.parametrize("epochs", [0, -1, 2.5, "3", None])
def test_a_number_of_epochs_that_is_none_is_told(prepared, epochs):
    with pytest.raises(ValueError, match="`epochs` must be a whole number from 1 on"):
        toy.tagger({}, *prepared).fit(epochs)


def test_a_data_set_without_a_label_is_told():
    with pytest.raises(ValueError, match="'toy' needs 'label'"):
        BiLSTM(toy.SMALL).setDataset({"toy": {"columns": toy.COLUMNS}}, {})


def test_saving_needs_a_path_and_predicting_an_own_model(trained, prepared):
    model = BiLSTM.loadModel(trained.stored)
    with pytest.raises(ValueError, match="modelSavePath"):
        model.saveModel("chunks", 0, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"\.models"):
        model.predictLabels(trained.models["chunks"], [])


def test_mappings_and_labels_are_attributes(trained):
    assert trained.labelKeys == {"chunks": "chunk_BIO"}
    assert list(trained.models) == ["chunks"]
    assert trained.idx2Labels["chunks"] == {
        index: label for label, index in trained.mappings["chunk_BIO"].items()
    }
    assert set(trained.idx2Labels["chunks"].values()) == {"B-NP", "I-NP", "B-VP", "O"}


# ---------------------------------------------------------- training and its files


def test_it_learns_a_toy_task(trained):
    splits = trained.data["chunks"]
    dev, test = trained.computeScore(
        "chunks", splits["devMatrix"], splits["testMatrix"]
    )
    assert min(dev, test) > 0.98


def test_the_results_file(trained):
    with open(trained.results, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    assert {len(line) for line in lines} == {6}
    assert [int(line[0]) for line in lines] == list(range(1, len(lines) + 1))
    assert {line[1] for line in lines} == {"chunks"}
    best = (-1.0, None)
    for dev, test, best_dev, test_there in (map(float, line[2:]) for line in lines):
        best = max(best, (dev, test), key=lambda pair: pair[0])
        assert (best_dev, test_there) == best
    assert lines[0][2] != lines[-1][2]


def test_results_are_appended_and_can_be_switched_off(prepared, eager, workdir):
    model = toy.tagger({}, *prepared)
    model.storeResults("new/results.tsv")
    model.fit(epochs=1)
    model.fit(epochs=1)
    model.storeResults(None)
    model.fit(epochs=1)
    assert len((workdir / "new/results.tsv").read_text("utf-8").splitlines()) == 2


def test_placeholders_of_the_path(trained):
    model = BiLSTM.loadModel(trained.stored)
    model.modelSavePath = "m/[ModelName]_[DevScore]_[TestScore]_[Epoch].h5"
    path = model.saveModel("chunks", 4, 0.98765, 0.5)
    assert path == f"m/chunks_{0.98765:.4f}_0.5000_5.h5"
    assert os.listdir("m") == [os.path.basename(path)]


def test_fit_stores_each_better_model(prepared, eager):
    model = toy.tagger({}, *prepared)
    model.modelSavePath = "m/[ModelName]_[DevScore]_[TestScore]_[Epoch].h5"
    model.storeResults("results.tsv")
    model.fit(epochs=3)
    best, expected = -1.0, set()
    with open("results.tsv", encoding="utf-8") as file:
        for line in file:
            epoch, name, dev, test = line.split("\t")[:4]
            if float(dev) > best:
                best = float(dev)
                expected.add(f"{name}_{best:.4f}_{float(test):.4f}_{epoch}.h5")
    assert {name for name in os.listdir("m") if name.endswith(".h5")} == expected
    # The stored model scores what its name says.
    newest = max(expected, key=lambda name: int(re.findall(r"_(\d+)\.h5", name)[0]))
    loaded = BiLSTM.loadModel(f"m/{newest}")
    accuracy = loaded.computeAcc("toy", prepared[1][2]["toy"]["devMatrix"])
    assert f"{accuracy:.4f}" == newest.split("_")[1]


def test_train_model_is_one_epoch(prepared, eager):
    model = toy.tagger({}, *prepared)
    losses = [model.trainModel() for _ in range(3)]
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[2] < losses[0]
    assert model.epoch == 3


def test_one_trace_whatever_the_lengths(corpus, monkeypatch):
    """Retracing for each length of sentence would cost seconds per length."""
    traced = {"loss": 0, "decode": 0}
    for name in traced:
        inner = getattr(SoftmaxHead, name)

        def counting(self, *args, name=name, inner=inner):
            traced[name] += 1
            return inner(self, *args)

        monkeypatch.setattr(SoftmaxHead, name, counting)
    model = toy.tagger({"charEmbeddings": "CNN"}, {"toy": toy.dataset(corpus)})
    model.fit(epochs=2)
    for length in (1, 2, 5, 40):
        model.tagSentences(toy.rows_of(model, ["the " * length, "dog"]))
    assert traced == {"loss": 1, "decode": 1}


def test_the_same_seed_gives_the_same_weights_in_every_process(corpus, workdir):
    """Hash seeds and addresses differ between processes; the weights do not."""
    program = (
        "import sys; sys.path[:0] = sys.argv[3:]\n"
        "import test_bilstm\n"
        "test_bilstm.train_and_store(sys.argv[1], sys.argv[2])\n"
    )
    paths = [*map(str, [HERE, *list(HERE.parents)[:2]])]
    subprocess.run(
        [sys.executable, "-c", program, corpus, "child.npz", *paths],
        env={**os.environ, "PYTHONHASHSEED": "123"},
        check=True,
    )
    train_and_store(corpus, "parent.npz")
    ours, theirs = np.load("parent.npz"), np.load("child.npz")
    assert sorted(ours) == sorted(theirs)
    assert len(ours.files) > 10
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def train_and_store(corpus: str, path: str) -> None:
    """Train a tagger that draws all that can be drawn; store its weights."""
    params = {
        "charEmbeddings": "LSTM",
        "dropout": (0.25, 0.25),
        "classifier": [("LSTM", 4), "CRF"],
        "featureNames": ["tokens", "casing", "chunk_BIO"],
        "LSTM-Size": [6],
    }
    model = toy.tagger(params, {"toy": toy.dataset(corpus)})
    model.trainModel()
    weights = model.models["toy"].weights
    np.savez(path, **{f"{i}_{w.name}": w.numpy() for i, w in enumerate(weights)})


def test_other_seeds_give_other_weights(prepared, eager):
    def weights(seed):
        model = toy.tagger({"seed": seed, "dropout": 0.25}, *prepared)
        model.buildModel()
        before = model.models["toy"].get_weights()
        model.trainModel()
        return before, model.models["toy"].get_weights()

    one, same, other = weights(1), weights(1), weights(2)
    for ours, theirs in zip(one, same):
        assert all(map(np.array_equal, ours, theirs))
    for ours, theirs in zip(one, other):
        assert not all(map(np.array_equal, ours, theirs))


def test_word_vectors_from_a_file_are_frozen_unless_asked_for(corpus, eager):
    draw = random.Random(3)
    with open("vectors.txt", "w", encoding="utf-8") as file:
        for word in ["the", "a", ".", *toy.NOUNS]:
            numbers = " ".join(f"{draw.uniform(-1, 1):.3f}" for _ in range(5))
            file.write(f"{word} {numbers}\n")
    datasets = {"toy": toy.dataset(corpus)}
    prepared = toy.prepare(datasets, "vectors.txt", frequencyThresholdUnknownTokens=1)
    vectors = prepared[0]
    assert vectors.shape[1] == 5
    for train, changed in [(None, False), (True, True)]:
        model = toy.tagger({"trainWordEmbeddings": train}, datasets, prepared)
        model.trainModel()
        layer = model.models["toy"].get_layer("word_embeddings")
        assert np.array_equal(layer.get_weights()[0], vectors) is not changed


# -------------------------------------------------------------------- splits, labels


def test_a_missing_test_split_scores_nan(corpus, eager, workdir):
    files = {split: os.path.join(corpus, f"{split}.txt") for split in ("train", "dev")}
    model = toy.tagger({}, {"toy": toy.dataset(corpus, files=files)})
    model.storeResults("results.tsv")
    model.modelSavePath = "[ModelName].h5"
    model.fit(epochs=1)
    _, _, dev, test, *_ = (workdir / "results.tsv").read_text("utf-8").split("\t")
    assert 0 <= float(dev) <= 1
    assert math.isnan(float(test))
    assert os.path.isfile("toy.h5")


def test_a_missing_dev_split_matters_only_where_it_is_needed(corpus, eager):
    files = {"train": os.path.join(corpus, "train.txt")}
    datasets = {"toy": toy.dataset(corpus, files=files)}
    with pytest.raises(ValueError, match="'toy' has no dev split.*'evaluate': False"):
        toy.tagger({}, datasets).fit(epochs=1)
    datasets["toy"]["evaluate"] = False
    model = toy.tagger({}, datasets)
    model.modelSavePath = "[ModelName]_[Epoch].h5"
    model.fit(epochs=2)
    assert [name for name in os.listdir() if name.endswith(".h5")] == ["toy_2.h5"]


def test_a_label_that_only_dev_has_counts_as_wrong(workdir, eager):
    toy.write_corpus("data/toy", train=20, other=2)
    dev = [[("Dog", "X", "B-X")], [(".", "PUNCT", "O")]]
    toy.write_sentences("data/toy/dev.txt", dev)
    datasets = {"toy": {"columns": toy.COLUMNS, "label": "POS"}}
    model = toy.tagger({}, datasets)
    model.fit(epochs=3)
    dev = model.data["toy"]["devMatrix"]
    assert "X" in model.mappings["POS"]
    assert model.tagSentences(dev)["toy"] == [["NOUN"], ["PUNCT"]]
    assert model.computeAcc("toy", dev) == 0.5


def test_a_span_label_that_only_dev_has_counts_as_missed(workdir, eager):
    toy.write_corpus("data/toy", train=30, other=2)
    sentence = [("The", "DET", "B-NP"), ("dog", "NOUN", "I-NP"), (".", "PUNCT", "O")]
    dev = [[("Dog", "NOUN", "B-X")], sentence]
    toy.write_sentences("data/toy/dev.txt", dev)
    datasets = {"toy": {"columns": toy.COLUMNS, "label": "chunk_BIO"}}
    model = toy.tagger({}, datasets)
    model.fit(epochs=4)
    tags = model.tagSentences(model.data["toy"]["devMatrix"])["toy"]
    assert tags == [["B-NP"], ["B-NP", "I-NP", "O"]]
    assert model.computeF1("toy", model.data["toy"]["devMatrix"]) == (0.5, 0.5, 0.5)


# ------------------------------------------------------------------ scores and tags


def test_scores_count_what_the_tags_say(trained):
    rows = trained.data["chunks"]["testMatrix"]
    wrong = copy.deepcopy(list(rows))
    outside, verb = (trained.mappings["chunk_BIO"][label] for label in ("O", "B-VP"))
    tokens = sum(len(row["raw_tokens"]) for row in rows)
    right = round(trained.computeAcc("chunks", rows) * tokens)
    changed = next(row for row in wrong if len(row["raw_tokens"]) > 3)
    assert changed["chunk_BIO"][-1] == outside
    changed["chunk_BIO"][-1] = verb
    assert trained.computeAcc("chunks", wrong) == pytest.approx((right - 1) / tokens)
    before, after = (trained.computeF1("chunks", given) for given in (rows, wrong))
    assert len(after) == 3
    assert after[1] < before[1]  # a span more to find
    assert after[0] == before[0]


def test_span_labels_are_scored_by_f1_and_others_by_accuracy(trained, prepared, eager):
    rows = trained.data["chunks"]["devMatrix"]
    scores = trained.computeScore("chunks", rows, None)
    assert scores[0] == trained.computeF1("chunks", rows)[2]
    assert math.isnan(scores[1])
    model = toy.tagger({}, *prepared)
    model.trainModel()
    splits = prepared[1][2]["toy"]
    assert model.computeScore("toy", splits["devMatrix"], splits["testMatrix"]) == (
        model.computeAcc("toy", splits["devMatrix"]),
        model.computeAcc("toy", splits["testMatrix"]),
    )


def test_tags_are_strings_one_for_each_token(trained):
    texts = ["The dog sees a cat .", "Dog", ".", "the " * 60, "Zebra \u00fcber 1998 !"]
    tags = trained.tagSentences(toy.rows_of(trained, texts))
    assert list(tags) == ["chunks"]
    assert [len(row) for row in tags["chunks"]] == [len(t.split()) for t in texts]
    assert tags["chunks"][0] == ["B-NP", "I-NP", "B-VP", "B-NP", "I-NP", "O"]
    assert tags["chunks"][1:3] == [["B-NP"], ["O"]]
    assert {type(tag) for row in tags["chunks"] for tag in row} == {str}


def test_predicted_labels_are_indices_for_every_entry_of_a_row(trained):
    rows = toy.rows_of(trained, ["The dog sees a cat .", ".", "The dog"])
    predicted = trained.predictLabels(trained.models["chunks"], rows)
    assert [len(row) for row in predicted] == [6, 2, 2]
    assert predicted[1][1] == 0  # padding
    labels = trained.idx2Labels["chunks"]
    named = [[labels[index] for index in row] for row in predicted]
    tags = trained.tagSentences(rows)["chunks"]
    assert [named[0], named[1][:1], named[2]] == tags


def test_nothing_to_tag(trained):
    assert trained.tagSentences([]) == {"chunks": []}
    assert trained.predictLabels(trained.models["chunks"], []) == []
    assert trained.computeAcc("chunks", []) == 0
    assert trained.computeF1("chunks", []) == (0, 0, 0)


def test_empty_sentences_have_no_tags(trained):
    rows = toy.rows_of(trained, ["", "The dog .", ""])
    assert trained.tagSentences(rows)["chunks"] == [[], ["B-NP", "I-NP", "O"], []]


@pytest.mark.parametrize("classifier", ["Softmax", "CRF"])
def test_empty_sentences_in_training_are_passed_over(prepared, eager, classifier):
    datasets, (embeddings, mappings, data) = prepared
    train = data["toy"]["trainMatrix"][:9]
    empty = {name: [] for name in train[0]}
    splits = {"trainMatrix": [empty, *train, empty], "devMatrix": [*train, empty]}
    model = toy.tagger(
        {"classifier": classifier, "miniBatchSize": 1},
        datasets,
        (embeddings, mappings, {"toy": splits}),
    )
    model.fit(epochs=1)
    weights = model.models["toy"].get_weights()
    assert all(np.isfinite(value).all() for value in weights)


def test_a_sentence_is_tagged_alike_alone_and_in_company(trained):
    rows = trained.data["chunks"]["testMatrix"]
    together = toy.emissions(trained, rows)["chunks"]
    for number in (0, 3, 7, len(rows) - 1):
        alone = toy.emissions(trained, [rows[number]])["chunks"][0]
        np.testing.assert_allclose(alone, together[number], atol=1e-5)


# ------------------------------------------------------- sentences of a single token


def test_the_padding_of_one_token_sentences_changes_nothing(trained):
    sentences = [{"tokens": ["Dog"], "characters": [list("Dog")]}]
    sentences[0]["casing"] = ["initialUpper"]
    padded, plain = (
        createMatrices(sentences, trained.mappings, pad) for pad in (True, False)
    )
    assert [len(rows[0]["tokens"]) for rows in (padded, plain)] == [2, 1]
    assert trained.tagSentences(padded) == trained.tagSentences(plain)
    np.testing.assert_array_equal(
        toy.emissions(trained, padded)["chunks"][0],
        toy.emissions(trained, plain)["chunks"][0],
    )


@pytest.mark.parametrize(
    "features, characters",
    [(["tokens"], None), (["POS"], None), (["casing"], None), (["characters"], "CNN")],
)
def test_padding_is_known_from_the_tokens_not_from_the_features(
    corpus, eager, features, characters
):
    """Index 0 is a real value of most columns, and may stand second of two."""
    params = {"featureNames": features, "charEmbeddings": characters}
    model = toy.tagger(params, {"toy": toy.dataset(corpus, "chunk_BIO")})
    model.buildModel()
    (first,) = (v for v, index in model.mappings["POS"].items() if index == 0)
    rows = toy.rows_of(model, ["dog", "The dog"], POS=[first, f"NOUN {first}"])
    assert [len(row["tokens"]) for row in rows] == [2, 2]
    assert [len(row) for row in toy.emissions(model, rows)["toy"]] == [1, 2]
    tags = model.tagSentences(rows)["toy"]
    assert [len(row) for row in tags] == [1, 2]


# --------------------------------------------------------------------- other columns


def test_a_column_as_feature_is_read_and_may_hold_unseen_values(corpus, eager):
    params = {"featureNames": ["tokens", "POS"], "classifier": "CRF"}
    model = toy.tagger(params, {"toy": toy.dataset(corpus, "chunk_BIO")})
    model.trainModel()
    assert model.requiredColumns == ["POS"]
    unseen = [["NOUN", "VERB"], ["VERB", "VERB"], ["X", "VERB"], ["Y", "VERB"]]
    rows = toy.rows_of(model, ["saw saw"] * 4, POS=[" ".join(v) for v in unseen])
    noun, verb, x, y = toy.emissions(model, rows)["toy"]
    assert not np.allclose(noun, verb)
    assert not np.allclose(noun, x)
    np.testing.assert_allclose(x, y, atol=1e-6)
    with pytest.raises(ValueError, match="lacks the column 'POS'"):
        model.tagSentences(toy.rows_of(model, ["saw saw"]))


# ------------------------------------------------------------ training on, other data


def test_training_on_reindexes_data_of_other_mappings(trained, eager, workdir):
    toy.write_corpus("data/chunks", train=20, other=6, seed=9)
    with open("data/chunks/train.txt", encoding="utf-8") as file:
        text = file.read()
    with open("data/chunks/train.txt", "w", encoding="utf-8") as file:
        file.write(".\tPUNCT\tO\n\nsaw\tVERB\tB-VP\n\n" + text)  # another order
    datasets = {"chunks": {"columns": toy.COLUMNS, "label": "chunk_BIO"}}
    embeddings, mappings, data = toy.prepare(datasets)
    model = BiLSTM.loadModel(trained.stored)
    own = copy.deepcopy(model.mappings)
    assert mappings["chunk_BIO"] != own["chunk_BIO"]
    model.setDataset(datasets, data)
    splits = model.data["chunks"]
    scores = model.computeScore("chunks", splits["devMatrix"], splits["testMatrix"])
    assert min(scores) > 0.9
    model.fit(epochs=1)
    assert model.mappings == own
    assert model.computeF1("chunks", splits["testMatrix"])[2] > 0.9


def test_mappings_given_to_a_loaded_model_are_those_of_the_data(trained, eager):
    """Scripts call `setMappings` before `setDataset`, with a loaded model, too."""
    toy.write_sentences(
        "data/chunks/train.txt", [[("saw", "VERB", "B-VP"), ("the", "DET", "B-NP")]]
    )
    files = {split: "data/chunks/train.txt" for split in ("train", "dev")}
    datasets = {"chunks": toy.dataset("", "chunk_BIO", files=files)}
    embeddings, mappings, data = toy.prepare(datasets)
    for given in (data, dict(data)):
        model = BiLSTM.loadModel(trained.stored)
        model.setMappings(mappings, embeddings)
        model.setDataset(datasets, given)
        assert model.mappings == trained.mappings
        row = model.data["chunks"]["trainMatrix"][0]
        labels = model.idx2Labels["chunks"]
        assert [labels[index] for index in row["chunk_BIO"]] == ["B-VP", "B-NP"]
        assert row["tokens"] == [trained.mappings["tokens"][w] for w in ("saw", "the")]


def test_labels_and_tasks_that_a_loaded_model_lacks_are_named(trained, workdir):
    toy.write_corpus("data/chunks", train=3, other=1)
    toy.write_sentences(
        "data/chunks/dev.txt", [[("Rome", "PROPN", "B-LOC"), ("in", "ADP", "B-PP")]]
    )
    datasets = {"chunks": {"columns": toy.COLUMNS, "label": "chunk_BIO"}}
    _, _, data = toy.prepare(datasets)
    model = BiLSTM.loadModel(trained.stored)
    with pytest.raises(ValueError, match="'chunk_BIO': B-LOC, B-PP"):
        model.setDataset(datasets, data)
    other = {"new": datasets["chunks"]}
    with pytest.raises(ValueError, match=r"no task 'new'.*chunks \(chunk_BIO\)"):
        model.setDataset(other, {"new": data["chunks"]})
