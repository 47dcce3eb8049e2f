"""Going on with a run: its own state, or one line that says why not."""

import json
import os

import h5py
import numpy as np
import pytest
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage import h5file
from neuralnets.training import checkpoint

PATH = "out/[ModelName].h5"


@pytest.fixture(autouse=True)
def _(eager, workdir):
    pass


def prepared(corpus, vectors=None, **changes):
    datasets = {"pos": toy.dataset(corpus, **changes)}
    return datasets, toy.prepare(datasets, vectors)


def model(data, **params):
    made = toy.tagger(params, *data)
    made.modelSavePath = PATH
    made.storeResults("out/results.tsv")
    return made


def weights(tagger):
    return np.concatenate([np.ravel(w) for w in tagger.models["pos"].get_weights()])


def write_vectors(path, factor=1.0):
    draw = np.random.default_rng(0)
    words = ["the", "a", "dog", "cat", "sees", "saw", "."]
    with open(path, "w", encoding="utf-8") as file:
        for word in words:
            numbers = " ".join(f"{factor * n:.4f}" for n in draw.normal(size=6))
            file.write(f"{word} {numbers}\n")
    return path


class Vectors:
    """A source of vectors that looks at the length of words."""

    shape, key = (3,), "length"

    def __call__(self, sentences):
        return [
            np.array([[len(word), 0, 1] for word in words], np.float32)
            for words in sentences
        ]


def test_each_of_two_seeds_goes_on_as_if_it_were_alone(corpus):
    data = prepared(corpus)
    whole = {}
    for seed in (1, 2):
        tagger = toy.tagger({"seed": seed}, *data)
        tagger.fit(epochs=3)
        whole[seed] = weights(tagger)
    for seed in (1, 2):
        model(data, seed=seed).fit(epochs=2)
    for seed in (1, 2):
        tagger = model(data, seed=seed)
        tagger.fit(epochs=3, resume=True)
        np.testing.assert_array_equal(weights(tagger), whole[seed])
    with open("out/results.tsv", encoding="utf-8") as file:
        epochs = [line.split("\t")[0] for line in file]
    assert epochs == ["1", "2", "3"] * 2


def test_without_a_seed_the_newest_goes_on_and_the_others_are_told(corpus, caplog):
    caplog.set_level("INFO")
    data = prepared(corpus)
    for number, seed in enumerate((5, 3, 4)):
        model(data, seed=seed).fit(epochs=1)
        path = f"out/pos-POS.seed{seed}.checkpoint"
        os.utime(path, (number, number))
    tagger = model(data, seed=None)
    tagger.fit(epochs=2, resume=True)
    assert (tagger.params["seed"], tagger.epoch) == (4, 2)
    assert "The newest of 3 checkpoints is taken" in caplog.text
    # What was resumed last is now the newest.
    caplog.clear()
    tagger = model(data, seed=9)
    tagger.fit(epochs=1, resume=True)
    assert "seed9.checkpoint: none there, but" in caplog.text
    assert tagger.epoch == 1


def test_a_drawn_seed_goes_on_with_the_same_command(corpus):
    data = prepared(corpus)
    first = model(data, seed=None)
    first.fit(epochs=1)
    second = model(data, seed=None)
    second.fit(epochs=2, resume=True)
    assert second.params["seed"] == first.params["seed"]
    assert second.epoch == 2
    third = model(data, seed=first.params["seed"])
    third.fit(epochs=3, resume=True)
    assert third.epoch == 3


def refused(tagger, path="out/pos-POS.seed7.checkpoint"):
    with pytest.raises(ValueError) as caught:
        tagger.fit(epochs=2, resume=True)
    said = str(caught.value)
    assert said.startswith(f"{path} is of a run with other ")
    assert "\n" not in said
    return said.partition("with other ")[2].partition(".")[0]


@pytest.mark.parametrize("trained", [False, True])
def test_other_word_vectors_of_the_same_words(corpus, trained):
    params = {"trainWordEmbeddings": trained, "rareWordDropout": 0.0}
    data = prepared(corpus, write_vectors("a.txt"))
    model(data, **params).fit(epochs=1)
    other = prepared(corpus, write_vectors("b.txt", 1.5))
    assert refused(model(other, **params)) == "word vectors"
    model(data, **params).fit(epochs=2, resume=True)


def test_other_words_of_equal_lengths_for_vectors_alone(corpus):
    def made(data):
        tagger = model(data, featureNames=["elmo"], elmoMode="last")
        tagger.sources["elmo"] = Vectors()
        return tagger

    data = prepared(corpus)
    made(data).fit(epochs=1)
    datasets, (vectors, mappings, rows) = prepared(corpus)
    for split in ("trainMatrix", "devMatrix", "testMatrix"):
        changed = {**rows, "pos": {**rows["pos"]}}
        changed["pos"][split] = [
            {**row, "raw_tokens": [word[::-1] for word in row["raw_tokens"]]}
            for row in rows["pos"][split]
        ]
        expected = "words" if split == "trainMatrix" else "dev or test data"
        other = made((datasets, (vectors, mappings, changed)))
        assert refused(other) == expected
    tagger = made(data)
    tagger.fit(epochs=2, resume=True)
    assert tagger.epoch == 2


def test_another_gazetteer_at_the_same_path(corpus):
    params = {"directFeatures": ["gazetteer", "spelling"], "gazetteer": "names.txt"}
    data = prepared(corpus)
    for text, expected in [("A dog\nA saw\n", None), ("A dog\nA cat\n", "direct")]:
        with open("names.txt", "w", encoding="utf-8") as file:
            file.write(text)
        if expected:
            assert "direct features" in refused(model(data, **params))
        else:
            model(data, **params).fit(epochs=1)


@pytest.mark.parametrize("column", ["POS", "tokens", "characters"])
def test_the_same_indices_of_other_values(corpus, column):
    datasets, (vectors, mappings, rows) = prepared(corpus)
    model((datasets, (vectors, mappings, rows))).fit(epochs=1)
    renamed = {value: index for value, index in mappings[column].items()}
    renamed["new"] = renamed.pop(next(reversed(renamed)))
    other = {**mappings, column: renamed}
    rows = dict(rows)  # the rows no longer carry their mappings
    assert (
        refused(model((datasets, (vectors, other, rows)))) == "labels or other values"
    )


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_other_data(corpus, split):
    model(prepared(corpus)).fit(epochs=1)
    datasets, (vectors, mappings, rows) = prepared(corpus)
    row = rows["pos"][f"{split}Matrix"][0]
    row["POS"] = row["POS"][::-1]
    expected = "data" if split == "train" else "dev or test data"
    assert refused(model((datasets, (vectors, mappings, rows)))) == expected


def test_tasks_that_count_are_of_the_run(corpus):
    def made(evaluate):
        datasets = {
            "pos": toy.dataset(corpus),
            "chunks": toy.dataset(corpus, "chunk_BIO", evaluate=evaluate),
        }
        tagger = toy.tagger({}, datasets)
        tagger.modelSavePath = PATH
        return tagger

    made(True).fit(epochs=1)
    with pytest.raises(ValueError, match="other dev or test data"):
        made(False).fit(epochs=2, resume=True)


def load(path, data):
    """Return a stored model that is ready to be trained on, beside the new ones."""
    datasets, (vectors, mappings, rows) = data
    tagger = BiLSTM.loadModel(path)
    tagger.setMappings(mappings, vectors)
    tagger.setDataset(datasets, rows)
    tagger.modelSavePath = PATH
    return tagger


CONTINUED = "out/pos-POS.continued.seed7.checkpoint"


def test_a_loaded_model_does_not_go_on_with_a_new_ones_run(corpus, caplog):
    data = prepared(corpus)
    first = model(data)
    first.fit(epochs=2)
    first.modelSavePath = "stored.h5"
    first.saveModel("pos", 0, 0, 0)
    alone = load("stored.h5", data)
    alone.modelSavePath = None
    alone.fit(epochs=2)
    loaded = load("stored.h5", data)
    loaded.fit(epochs=1, resume=True)
    assert loaded.epoch == 1
    assert os.path.exists(CONTINUED)
    loaded = load("stored.h5", data)
    loaded.fit(epochs=2, resume=True)
    np.testing.assert_array_equal(weights(loaded), weights(alone))
    assert "began with another model" not in caplog.text
    # The file may meanwhile hold a better model of this very run.
    loaded.modelSavePath = "stored.h5"
    loaded.saveModel("pos", 0, 0, 0)
    better = load("stored.h5", data)
    better.fit(epochs=2, resume=True)
    np.testing.assert_array_equal(weights(better), weights(alone))
    assert f"{CONTINUED} began with another model" in caplog.text
    new = model(data)
    new.checkpointPath = CONTINUED
    assert refused(new, CONTINUED) == "model to begin with"


def test_frozen_vectors_of_a_loaded_model(corpus):
    data = prepared(corpus, write_vectors("a.txt"))
    first = model(data)
    first.fit(epochs=1)
    frozen = first.models["pos"].get_layer("word_embeddings")

    def loaded(factor):
        frozen.set_weights([factor * frozen.get_weights()[0]])
        first.modelSavePath = "loaded.h5"
        first.saveModel("pos", 0, 0, 0)
        return load("loaded.h5", data)

    loaded(1).fit(epochs=1)
    assert refused(loaded(2), CONTINUED) == "word vectors"
    tagger = loaded(0.5)
    tagger.fit(epochs=2, resume=True)
    assert tagger.epoch == 2


def rewrite(path, change):
    """Change what a checkpoint says of its run."""
    with h5py.File(path, "r+") as file:
        run = json.loads(file.attrs["run"])
        change(run)
        file.attrs["run"] = json.dumps(run)
    h5file.seal(path)


def test_an_earlier_version_noted_less(corpus, caplog):
    data = prepared(corpus)
    model(data).fit(epochs=1)

    def as_before(run):
        for key in set(run) - {"params", "data"}:
            del run[key]
        del run["params"]["directDropout"]  # as if it were a new parameter

    rewrite("out/pos-POS.seed7.checkpoint", as_before)
    assert refused(model(data, directDropout=0.5)) == "parameters (directDropout)"
    tagger = model(data)
    tagger.fit(epochs=2, resume=True)
    assert tagger.epoch == 2
    assert "an earlier version" in caplog.text
    assert "the same words, dev or test data" in caplog.text
    # From now on it is all noted.
    content = checkpoint.read("out/pos-POS.seed7.checkpoint")
    assert "word vectors" in content.run


def test_several_differences_are_one_line(corpus):
    data = prepared(corpus)
    model(data).fit(epochs=1)
    datasets, (vectors, mappings, rows) = prepared(corpus)
    rows["pos"]["trainMatrix"][0]["POS"][0] = 1
    rows["pos"]["trainMatrix"][1]["raw_tokens"][0] = "changed"
    changed = datasets, (vectors, mappings, rows)
    said = refused(model(changed, dropout=0.25, miniBatchSize=4))
    assert said == "parameters (dropout, miniBatchSize), other data, other words"


def test_it_goes_on_in_the_same_program(corpus):
    data = prepared(corpus)
    whole = toy.tagger({}, *data)
    whole.fit(epochs=3)
    tagger = model(data)
    tagger.fit(epochs=1)
    tagger.fit(epochs=3, resume=True)
    np.testing.assert_array_equal(weights(tagger), weights(whole))


def test_a_best_model_that_another_run_replaced_is_not_its_own(corpus, caplog):
    data = prepared(corpus)
    for seed in (1, 2):
        model(data, seed=seed, learningRate=0.005).fit(epochs=1)
    tagger = model(data, seed=1, learningRate=0.005)
    tagger.fit(epochs=1, resume=True)
    assert "out/pos.h5 is no longer what this run stored there" in caplog.text
    assert tagger.run.stored == {}  # so no report takes it for this run's


def test_the_same_place_is_refused_while_a_run_is_at_work(corpus):
    data = prepared(corpus)

    def fit(path, results, checkpoint_path=None, names=None):
        tagger = toy.tagger({"seed": 2}, *data)
        tagger.modelSavePath, tagger.checkpointPath = path, checkpoint_path
        tagger.storeResults(results)
        tagger.fit(epochs=1)

    outer = toy.tagger({"seed": 1}, *data)
    outer.modelSavePath = "out/[ModelName]/x.h5"
    outer.checkpointPath = "own.checkpoint"
    outer.storeResults("out/results.tsv")
    said = []

    def compute_score(*arguments):
        for places in [
            ("out/other_[ModelName].h5", None),
            ("new/x.h5", "out/../out/results.tsv"),
            (None, None, "own.checkpoint"),
        ]:
            with pytest.raises(ValueError, match="another run is still") as caught:
                fit(*places)
            said.append(str(caught.value))
        fit("new/x.h5", "new/results.tsv")
        return type(outer).computeScore(outer, *arguments)

    outer.computeScore = compute_score
    outer.fit(epochs=1)
    assert len(said) == 3
    assert all(f"process {os.getpid()} on " in text for text in said)
    assert all("pos-POS, seed 1)" in text and "--output" in text for text in said)
    assert said[0].startswith("out, task pos: ")
    assert not os.path.exists("out/other_pos.h5")
    fit("out/other_[ModelName].h5", "out/results.tsv")  # it has ended


def test_nothing_is_left_locked_after_an_error(corpus):
    data = prepared(corpus)
    tagger = model(data)
    tagger.computeScore = None
    for _ in range(2):
        with pytest.raises(TypeError):
            tagger.fit(epochs=1)


def test_what_is_finished_says_so(corpus, caplog):
    caplog.set_level("INFO")
    data = prepared(corpus)
    model(data, seed=1).fit(epochs=2)
    assert "done before" not in caplog.text
    tagger = model(data, seed=1)
    scores = tagger.fit(epochs=2, resume=True)
    assert "All 2 epochs were done before" in caplog.text
    assert scores["pos"] == tagger.run.board.best["pos"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.readlines()


def test_a_run_of_its_own_has_a_header_and_keeps_the_one_before(corpus):
    data = prepared(corpus)
    lines = {}
    for seed in (1, 2, 3):
        tagger = model(data, seed=seed)
        tagger.storeResults("out/results.tsv", own=True)
        tagger.fit(epochs=1)
        lines[seed] = read("out/results.tsv")
        with open("out/results.html", "w") as page:  # as --report writes it
            page.write(f"seed {seed}\n")
        assert lines[seed][0].startswith("# epoch\ttask\tdev\ttest\t")
        assert lines[seed][0].endswith(f"\tseed={seed}\n") and len(lines[seed]) == 2
    for seed in (1, 2):
        assert read(f"out/results.{seed}.tsv") == lines[seed]
        assert read(f"out/results.{seed}.html") == [f"seed {seed}\n"]
    tagger = model(data, seed=3)
    tagger.storeResults("out/results.tsv", own=True)
    tagger.fit(epochs=3, resume=True)
    found = read("out/results.tsv")
    assert found[:2] == lines[3]
    assert read("out/results.html") == ["seed 3\n"]
    assert [line[0] for line in found] == ["#", "1", "2", "3"]


def test_the_best_model_alone_stays_on_request(corpus):
    data = prepared(corpus)
    for best_only in (False, True):
        tagger = model(data, seed=1)
        tagger.modelSavePath = f"{best_only}/[ModelName]-[Label]_[Epoch].h5"
        tagger.keepBestOnly = best_only
        tagger.fit(epochs=4)
    kept, best = (
        sorted(name for name in os.listdir(folder) if name.endswith(".h5"))
        for folder in ("False", "True")
    )
    assert len(kept) > 1  # it improved more than once
    assert best == [kept[-1]] and best[0].startswith("pos-")
    assert tagger.run.stored == {"pos": os.path.join("True", best[0])}
    tagger.loadModel(tagger.run.stored["pos"])
