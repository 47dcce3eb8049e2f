"""Training from labels that are known in part, and with weights."""

import os
import random

import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.tagging.scores import Comparison, is_labelled

SAMPLE = os.path.join(os.path.dirname(__file__), "../../../data/sample")


@pytest.fixture(autouse=True)
def _(workdir):
    pass


def thin_out(path, share, column=2, seed=1):
    """Replace all but a share of a column's labels by `?`, some others by sets."""
    draw = random.Random(seed)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines):
        parts = line.split("\t")
        if len(parts) > column:
            if draw.random() >= share:
                parts[column] = "?"
            elif parts[column] != "?" and draw.random() < 0.2:
                parts[column] += "|O"
            lines[number] = "\t".join(parts)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


@pytest.fixture
def partial_corpus(workdir):
    toy.write_corpus("data", train=60, other=10)
    thin_out("data/train.txt", 0.5)
    return "data"


def dataset(folder, label="chunk_BIO", **changes):
    return toy.dataset(folder, label, partial=True, **changes)


def weights(model, task="a"):
    return np.concatenate([np.ravel(w) for w in model.models[task].get_weights()])


def test_learns_parts_of_speech_from_half_of_the_sample(caplog):
    """Half of all labels, none twice: a sentence is hardly ever whole."""
    caplog.set_level("INFO")
    for split in ("train", "dev"):
        os.makedirs("half", exist_ok=True)
        with open(os.path.join(SAMPLE, f"{split}.txt"), encoding="utf-8") as file:
            text = file.read()
        with open(f"half/{split}.txt", "w", encoding="utf-8") as file:
            file.write(text)
    draw = random.Random(5)
    with open("half/train.txt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines):
        parts = line.split("\t")
        if len(parts) > 1 and draw.random() < 0.5:
            parts[1] = "?"
            lines[number] = "\t".join(parts)
    with open("half/train.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    found = {}
    for partial in (True, False):
        definition = toy.dataset("half", "POS", partial=partial)
        definition["columns"] = {0: "tokens", 1: "POS"}
        params = {"classifier": "CRF", "LSTM-Size": [25], "wordEmbeddingsSize": 25}
        params["charEmbeddings"] = "CNN"
        model = toy.tagger({**params, "learningRate": 0.01}, {"a": definition})
        found[partial] = model.fit(6)["a"].dev
    # The other one takes `?` for a part of speech, and predicts it half of the time.
    assert found[True] > 0.8 > 0.7 > found[False]
    assert "have no label and 0 a set of them" in caplog.text


@pytest.mark.parametrize(
    "params",
    [
        {"classifier": "CRF", "constrainTransitions": True},
        {"classifier": "Softmax", "featureNames": ["tokens", "POS"]},
        {"classifier": "CRF", "directFeatures": ["context"], "LSTM-Size": []},
    ],
)
def test_learns_with_every_head(partial_corpus, params, caplog):
    caplog.set_level("INFO")
    model = toy.tagger(params, {"a": dataset(partial_corpus)})
    assert model.fit(6)["a"].dev > 0.9
    assert "without any label: left out of training" in caplog.text


@pytest.mark.usefixtures("eager")
def test_several_tasks_know_different_labels(partial_corpus):
    datasets = {
        "a": dataset(partial_corpus),
        "b": toy.dataset(partial_corpus, "POS", columns={0: "tokens", 1: "POS"}),
    }
    model = toy.tagger({"classifier": "CRF"}, datasets)
    best = model.fit(3)
    assert best["b"].dev > 0.8 and best["a"].dev > 0.6


@pytest.mark.usefixtures("eager")
def test_two_tasks_know_their_labels_in_part_in_one_file(partial_corpus):
    for split in ("train", "dev"):
        thin_out(f"data/{split}.txt", 0.7, column=1)
    both = {label: dataset(partial_corpus, label) for label in ("POS", "chunk_BIO")}
    assert both["POS"]["columns"] == both["chunk_BIO"]["columns"]
    best = toy.tagger({"classifier": "CRF"}, both).fit(4)
    assert best["POS"].dev > 0.8 and best["chunk_BIO"].dev > 0.6


@pytest.mark.usefixtures("eager")
def test_a_stored_model_has_no_sets_and_trains_on(partial_corpus):
    datasets = {"a": dataset(partial_corpus)}
    prepared = toy.prepare(datasets)
    model = toy.tagger({}, datasets, prepared)
    model.modelSavePath = "m.h5"
    model.fit(1)
    loaded = BiLSTM.loadModel("m.h5")
    assert "chunk_BIO?sets" not in loaded.mappings
    loaded.setMappings(prepared[1], prepared[0])
    loaded.setDataset(datasets, prepared[2])
    loss = loaded.trainModel()
    assert np.isfinite(loss)
    assert loaded.prepareTraining()[0].knowledge.masks.any(1)[1:].all()


@pytest.mark.usefixtures("eager")
def test_resuming_ends_as_a_whole_run(partial_corpus):
    datasets = {"a": dataset(partial_corpus)}
    prepared = toy.prepare(datasets)
    whole = toy.tagger({}, datasets, prepared)
    whole.fit(3)
    for epochs in (2, 3):
        model = toy.tagger({}, datasets, prepared)
        model.modelSavePath = "out/[ModelName].h5"
        model.fit(epochs, resume=epochs == 3)
    np.testing.assert_array_equal(weights(model), weights(whole))


@pytest.mark.usefixtures("eager")
def test_other_labels_or_weights_are_another_run(partial_corpus):
    def fit(resume=True, params=None, **changes):
        columns = {0: "tokens", 2: "chunk_BIO", 3: "w"}
        model = toy.tagger(
            params or {}, {"a": dataset(partial_corpus, columns=columns, **changes)}
        )
        model.modelSavePath = "out/[ModelName].h5"
        model.fit(1, resume=resume)

    weigh("data/train.txt", lambda number: 1 + number % 2)
    for split in ("dev", "test"):
        weigh(f"data/{split}.txt", lambda number: 1)
    fit(resume=False)
    fit()
    with pytest.raises(ValueError, match="other data"):
        fit(weights="w")
    with pytest.raises(ValueError, match="labelWeights"):
        fit(params={"labelWeights": {"O": 2}})
    thin_out("data/train.txt", 0.5, seed=2)
    with pytest.raises(ValueError, match="other data"):
        fit()


def weigh(path, weight):
    """Add a column of weights, by the number of the sentence."""
    with open(path, encoding="utf-8") as file:
        sentences = file.read().strip().split("\n\n")
    with open(path, "w", encoding="utf-8") as file:
        for number, sentence in enumerate(sentences):
            for line in sentence.split("\n"):
                file.write(f"{line}\t{weight(number)}\n")
            file.write("\n")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_equal_weights_change_nothing(workdir, classifier):
    toy.write_corpus("data", train=20, other=4)
    for split in ("train", "dev", "test"):
        weigh(f"data/{split}.txt", lambda number: 0.3)
    columns = {0: "tokens", 1: "POS", 3: "w"}
    found = []
    for params, more in (
        ({}, {}),
        ({}, {"weights": "w"}),
        ({"labelWeights": dict.fromkeys(["DET", "NOUN", "VERB", "PUNCT"], 7)}, {}),
    ):
        definition = toy.dataset("data", "POS", columns=columns, **more)
        model = toy.tagger({"classifier": classifier, **params}, {"a": definition})
        model.trainModel()
        found.append(weights(model))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_sentences_of_weight_0_teach_nothing(workdir, classifier):
    """Wrong labels that count nothing leave what the others teach."""
    toy.write_corpus("data", train=40, other=6)
    with open("data/train.txt", encoding="utf-8") as file:
        right = file.read()
    wrong = right.replace("\tNOUN\t", "\tVERB\t").replace("\tDET\t", "\tPUNCT\t")
    with open("data/train.txt", "w", encoding="utf-8") as file:
        file.write(right + 3 * wrong)
    count = len(right.strip().split("\n\n"))
    weigh("data/train.txt", lambda number: int(number < count))
    for split in ("dev", "test"):
        weigh(f"data/{split}.txt", lambda number: 1)
    definition = toy.dataset("data", "POS", columns={0: "tokens", 1: "POS", 3: "w"})
    scores = {}
    for name in ("w", None):
        more = {"weights": name} if name else {}
        model = toy.tagger({"classifier": classifier}, {"a": {**definition, **more}})
        scores[name] = model.fit(4)["a"].dev
    assert scores["w"] > 0.95 > scores[None]


@pytest.mark.parametrize("labelled", [0, 1])
def test_weights_of_0_wherever_there_are_labels_are_told(workdir, labelled):
    """Also where a sentence without labels weighs more."""
    toy.write_corpus("data", train=4, other=2)
    with open("data/train.txt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    end = lines.index("")
    lines[:end] = [f"{line.split()[0]}\t?\t?" for line in lines[:end]]
    with open("data/train.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    weigh("data/train.txt", lambda number: labelled if number else 1)
    for split in ("dev", "test"):
        weigh(f"data/{split}.txt", lambda number: 1)
    columns = {0: "tokens", 1: "POS", 3: "w"}
    definition = toy.dataset("data", "POS", columns=columns, weights="w", partial=True)
    model = toy.tagger({}, {"a": definition})
    if labelled:
        model.prepareTraining()
        return
    with pytest.raises(ValueError, match="all weights in 'w' are 0 where sentences"):
        model.prepareTraining()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("classifier", ["CRF", "Softmax"])
def test_a_heavy_label_is_predicted_more_often(workdir, classifier):
    """Of two labels of one word, the rarer one wins where it weighs more."""
    sentences = [[("x", "A" if n % 4 else "B", "O")] * 2 for n in range(40)]
    for split in ("train", "dev"):
        toy.write_sentences(f"data/{split}.txt", sentences)
    found = {}
    for weight in (1, 20):
        params = {"classifier": classifier, "labelWeights": {"B": weight}}
        model = toy.tagger(params, {"a": toy.dataset("data", "POS")})
        model.fit(8)
        tags = model.tagSentences(toy.rows_of(model, ["x x"]))["a"]
        found[weight] = tags[0][0]
    assert found == {1: "A", 20: "B"}


def test_label_weights_of_unknown_labels_are_told(corpus):
    model = toy.tagger({"labelWeights": {"X": 2}}, {"a": toy.dataset(corpus)})
    with pytest.raises(ValueError, match="`labelWeights` names labels .* X. It has"):
        model.prepareTraining()


def test_label_weights_may_stand_by_task(corpus):
    given = {"a": {"NOUN": 2}}
    model = toy.tagger({"labelWeights": given}, {"a": toy.dataset(corpus)})
    assert model.prepareTraining()[0].knowledge.token_weights is not None


@pytest.mark.parametrize("value", [{"O": -1}, {"O": "x"}, [1], {"O": 0}])
def test_label_weights_must_be_numbers(value):
    with pytest.raises(ValueError, match="labelWeights"):
        BiLSTM({"labelWeights": value})


def test_nothing_labelled_is_an_error(workdir):
    toy.write_corpus("data", train=4, other=2)
    thin_out("data/train.txt", 0)
    model = toy.tagger({}, {"a": dataset("data")})
    with pytest.raises(ValueError, match="there is nothing to learn"):
        model.prepareTraining()


def test_labels_that_the_scheme_does_not_allow_are_told(workdir):
    toy.write_sentences(
        "data/train.txt",
        [
            [("a", "X", "O"), ("b", "X", "I-NP|I-VP"), ("c", "X", "?")],
            [
                ("a", "X", "B-NP"),
                ("b", "X", "I-NP"),
                ("c", "X", "B-VP"),
                ("d", "X", "I-VP"),
            ],
        ],
    )
    toy.write_sentences("data/dev.txt", [[("a", "X", "O")]])
    params = {"classifier": "CRF", "constrainTransitions": True}
    model = toy.tagger(params, {"a": dataset("data")})
    what = r"sentence 1 \(a b c .*no sequence of labels .* token 2 \(b\)"
    with pytest.raises(ValueError, match=what):
        model.prepareTraining()


def test_scores_count_what_is_known(workdir, caplog):
    caplog.set_level("INFO")
    toy.write_corpus("data", train=30, other=8)
    definition = dataset("data")
    model = toy.tagger({}, {"a": definition})
    model.fit(5)
    rows = model.data["a"]["devMatrix"]
    assert model.computeScore("a", rows, None)[0] > 0.95
    thin_out("data/dev.txt", 0.5)
    _, mappings, data = toy.prepare({"a": definition})
    model.setMappings(mappings, None)
    model.setDataset({"a": definition}, data)
    assert "tokens whose label is known" in caplog.text
    assert model.computeScore("a", model.data["a"]["devMatrix"], None)[0] > 0.95


def test_spans_are_read_with_nothing_in_the_holes():
    labels = dict(enumerate(["O", "B-X", "I-X"]))
    predicted, gold = [1, 2, 0, 1, 2, 2], [1, 3, 0, 1, 2, 3]
    whole = np.array([True, False, True, True, True, False])
    rows = [{"y": gold, "raw_tokens": ["w"] * 6}]
    given = [np.array(predicted)], [np.array(gold)], labels, rows, "y"
    compared = Comparison(*given, [whole])
    assert compared.span_scores() == (1, 1, 1)
    assert compared.accuracy() == 1
    other = compared._replace(predicted=[np.array([1, 2, 1, 1, 0, 2])])
    # Of the spans X at 0, X at 2 and X at 3 the first is right; gold has 0 and 3 to 4.
    assert other.span_scores()[:2] == (1 / 3, 1 / 2)
    assert other.accuracy() == 0.5


def test_a_split_without_known_labels_is_not_scored():
    assert not is_labelled([{"y": [2, 2], "y?sets": [1, 1]}], "y")
    assert is_labelled([{"y": [2, 0], "y?sets": [1, 0]}], "y")


@pytest.mark.usefixtures("eager")
def test_temperature_is_fitted_on_whole_sentences(partial_corpus):
    model = toy.tagger({"classifier": "CRF"}, {"a": dataset(partial_corpus)})
    model.fit(1)
    assert model.fitTemperature("a", model.data["a"]["trainMatrix"]) > 0
