"""Reports on real taggers: after training, and with `tagger evaluate`."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import toy

from neuralnets.BiLSTM import BiLSTM
from neuralnets.storage import modelfile
from tagger.__main__ import main
from tagger.evaluation import judging
from util.CoNLL import readCoNLL
from util.tagstyles import parse, write

pytestmark = pytest.mark.usefixtures("workdir")
COLUMNS = "0:tokens,1:POS,2:chunk_BIO"


@pytest.fixture(scope="module")
def both(corpus, tmp_path_factory):
    """A tagger of two tasks in one file: chunks by a CRF, POS by a Softmax."""
    datasets = {
        "pos": toy.dataset(corpus),
        "chunks": toy.dataset(corpus, "chunk_BIO"),
    }
    params = {"classifier": "CRF", "customClassifier": {"pos": ["Softmax"]}}
    with toy.folder(tmp_path_factory.mktemp("both")) as folder, toy.eager():
        model = toy.tagger(params, datasets)
        model.modelSavePath = str(folder / "best.h5")
        model.tensorboardPath = str(folder / "logs")
        model.fit(epochs=3)
        judging.write_training_report(model, str(folder / "report.html"))
        model.folder = folder
    return model


@pytest.fixture
def evaluate(capsys):
    """Run `tagger evaluate` in this process; return exit code, stdout and stderr."""

    def run(*arguments):
        code = 0
        try:
            main(["evaluate", *map(str, arguments)])
        except SystemExit as stop:
            code = stop.code or 0
        return (code, *capsys.readouterr())

    return run


def scalars(folder) -> dict:
    """Return the values of TensorBoard's logs by tag, then by step."""
    found: dict = {}
    for path in sorted(Path(folder).glob("events.*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(tf.make_ndarray(value.tensor))
                    found.setdefault(value.tag, {})[event.step] = number
    return found


def test_a_report_has_the_scores_of_the_tagger(trained, corpus):
    sentences = readCoNLL(os.path.join(corpus, "test.txt"), toy.COLUMNS)
    assert judging.tasks_with_gold(trained, sentences) == ["chunks"]
    rows = trained.rows(sentences)
    gold = {"chunks": [sentence["chunk_BIO"] for sentence in sentences]}
    judged = judging.judge(trained, rows, gold)
    (report,) = judging.report(trained, judged, "m", "d")
    assert report.counts.scores() == trained.computeF1("chunks", rows)
    assert report.sentences == len(sentences)
    assert report.counts.tokens == sum(len(s["tokens"]) for s in sentences)
    assert report.known_words == "training"
    assert report.unknown_labels == {}
    labels = report.transitions.labels
    assert labels == [trained.idx2Labels["chunks"][i] for i in range(len(labels))]
    weights = trained.models["chunks"].get_layer("chunks_crf").get_weights()
    for found, weight in zip(report.transitions[1:], weights):
        possible = np.isfinite(found)
        assert possible.any()
        np.testing.assert_array_equal(found[possible], weight[possible])


def test_words_without_a_vector_are_unknown(trained):
    sentences = [{"tokens": ["the", "zebra", "sees"], "chunk_BIO": ["O", "O", "O"]}]
    rows = trained.rows(sentences)
    gold = {"chunks": [["O", "O", "B-NEW"]]}
    (sentence,) = judging.judge(trained, rows, gold)["chunks"]
    assert sentence.unknown == [False, True, False]
    (report,) = judging.report(trained, {"chunks": [sentence]})
    assert report.unknown_labels == {"B-NEW": 1}
    trained.params["trainWordEmbeddings"] = False
    try:
        (report,) = judging.report(trained, {"chunks": [sentence]})
    finally:
        trained.params["trainWordEmbeddings"] = True
    assert report.known_words == "vectors"


# ------------------------------------------------------------------- after training


def test_training_writes_the_report_of_the_best_models(both):
    page = (both.folder / "report.html").read_text("utf-8")
    for name, splits in both.data.items():
        # Three epochs, each better than the one before: the last is the best.
        score, _ = both.computeScore(name, splits["testMatrix"], None)
        assert f"<b>{100 * score:.2f} %</b>" in page
        assert f"the test split of {name}" in page
    assert "best.h5" in page
    assert "How training went" in page
    assert page.count("What the model learned about neighbours</h3>") == 1


def test_the_best_weights_are_only_lent(corpus, eager):
    model = toy.tagger({}, {"pos": toy.dataset(corpus)})
    model.fit(epochs=2)
    model.modelSavePath = "worst.h5"
    learned = model.models["pos"].get_weights()
    rows = model.data["pos"]["testMatrix"]
    score = model.computeAcc("pos", rows)
    model.models["pos"].set_weights([0 * weight for weight in learned])
    model.saveModel("pos", 0, 0, 0)
    zeroed = model.computeAcc("pos", rows)
    model.models["pos"].set_weights(learned)
    for path, expected in [("worst.h5", zeroed), ("gone.h5", score)]:
        model.run.stored = {"pos": path}
        judging.write_training_report(model, "page.html")
        page = Path("page.html").read_text("utf-8")
        assert f"<b>{100 * expected:.2f} %</b>" in page
        assert model.computeAcc("pos", rows) == score
    assert zeroed < score


def test_without_a_test_split_the_report_is_on_dev(corpus, eager, caplog):
    dataset = toy.dataset(corpus, files={"train": "train.txt", "dev": "dev.txt"})
    model = toy.tagger({}, {"pos": dataset})
    model.fit(epochs=1)
    judging.write_training_report(model, "page.html")
    page = Path("page.html").read_text("utf-8")
    assert "the dev split of pos" in page
    assert "as it was after the last epoch" in page
    os.remove("page.html")
    dataset = toy.dataset(corpus, files={"train": "train.txt"}, evaluate=False)
    model = toy.tagger({}, {"pos": dataset})
    model.fit(epochs=1)
    judging.write_training_report(model, "page.html")
    assert not os.path.exists("page.html")
    assert "No report on pos" in caplog.text


def test_a_resumed_run_reports_on_the_best_of_all_its_epochs(corpus, eager):
    def model():
        made = toy.tagger({"seed": 3}, {"pos": toy.dataset(corpus)})
        made.modelSavePath = "[Epoch].h5"
        return made

    def fit(made, **options):
        made.fit(epochs=2, **options)
        judging.write_training_report(made, "page.html")

    fit(model())
    before = Path("page.html").read_text("utf-8")
    os.remove("page.html")
    fit(model(), resume=True)
    assert Path("page.html").read_text("utf-8") == before
    assert "Model: 2.h5" in before


def test_epochs_are_logged_for_tensorboard(both):
    found = scalars(both.folder / "logs")
    expected = {"loss", "tokens per second"}
    expected |= {f"{name}/{split}" for name in both.data for split in ("dev", "test")}
    assert set(found) == expected
    assert all(set(values) == {1, 2, 3} for values in found.values())
    assert found["loss"][3] < found["loss"][1]
    score, _ = both.computeScore("pos", both.data["pos"]["devMatrix"], None)
    assert found["pos/dev"][3] == pytest.approx(score)


def test_a_folder_that_cannot_be_made_is_named(corpus):
    Path("taken").write_text("", "utf-8")
    model = toy.tagger({}, {"pos": toy.dataset(corpus)})
    model.tensorboardPath = os.path.join("taken", "logs")
    with pytest.raises(OSError, match="taken"):
        model.fit(epochs=1)


# ---------------------------------------------------------------------- the script


def test_all_outputs_of_the_script(both, corpus, evaluate):
    Path("curves.tsv").write_text("1\tpos\t0.5\t0.5\t0.5\t0.5\n", "utf-8")
    code, out, err = evaluate(
        *(both.folder / "best.h5", os.path.join(corpus, "test.txt")),
        *("--columns", COLUMNS, "--html", "a.html", "--json", "a.json"),
        *("--tensorboard", "logs", "--results", "curves.tsv"),
    )
    assert (code, err) == (0, "")
    assert out.index("pos (POS)") < out.index("chunks (chunk_BIO)")
    assert "phrases; found:" in out
    with open("a.json", encoding="utf-8") as file:
        tasks = json.load(file)["tasks"]
    for name, splits in both.data.items():
        score, _ = both.computeScore(name, splits["testMatrix"], None)
        assert tasks[name]["score"] == pytest.approx(score)
    assert tasks["pos"]["curve"] == [{"epoch": 1, "dev": 0.5, "test": 0.5}]
    assert tasks["pos"]["transitions"] is None
    found = scalars("logs")
    assert found["chunks/F1"][0] == pytest.approx(tasks["chunks"]["f1"])
    assert found["pos/accuracy"][0] == pytest.approx(tasks["pos"]["accuracy"])
    assert "chunks/F1 by type/NP" in found
    page = Path("a.html").read_text("utf-8")
    assert page.count("How training went</h3>") == 1


def test_predictions_of_one_task(trained, both, corpus, evaluate, eager):
    path = os.path.join(corpus, "test.txt")
    flags = ["--columns", "0:tokens,2:chunk_BIO", "--predictions", "out.txt"]
    assert evaluate(trained.stored, path, *flags)[0] == 0
    sentences = readCoNLL(path, toy.COLUMNS)
    tags = trained.tagSentences(trained.rows(sentences))["chunks"]
    lines = [
        " ".join(row)
        for s, labels in zip(sentences, tags)
        for row in [*zip(s["tokens"], s["chunk_BIO"], labels), ()]
    ]
    assert Path("out.txt").read_text("utf-8").splitlines() == lines
    both_flags = ["--columns", COLUMNS, "--predictions", "out.txt"]
    code, _, err = evaluate(both.folder / "best.h5", path, *both_flags)
    assert code == 1
    assert "--task pos or chunks" in err
    more = [*both_flags, "--task", "pos"]
    code, out, _ = evaluate(both.folder / "best.h5", path, *more)
    assert code == 0
    assert "chunks" not in out


def test_calibrated_probabilities_are_reported_and_stored(
    both, corpus, evaluate, eager
):
    test, dev = (os.path.join(corpus, f"{split}.txt") for split in ("test", "dev"))
    flags = ["--columns", COLUMNS, "--json", "a.json"]
    found = []
    for model, more in [
        (both.folder / "best.h5", ["--calibrate", dev, "--store", "new.h5"]),
        ("new.h5", []),
    ]:
        code, out, err = evaluate(model, test, *flags, *more)
        assert (code, err) == (0, "")
        with open("a.json", encoding="utf-8") as file:
            found.append(json.load(file)["tasks"])
        assert ("ECE before" in out) == bool(more)
    fitted, stored = found
    for name, task in fitted.items():
        assert task["temperature"] != 1
        before = task["calibration_before"]["tokens"]
        after = task["calibration"]["tokens"]
        assert before["accuracy"] == after["accuracy"]
        assert before["confidence"] != pytest.approx(after["confidence"])
        again = stored[name]["calibration"]["tokens"]
        assert again["error"] == pytest.approx(after["error"], abs=1e-6)
        assert stored[name]["temperature"] is None


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("new.h5", ["new.h5"]),
        ("[ModelName].h5", ["pos.h5", "chunks.h5"]),
    ],
)
def test_a_file_is_stored_once(
    both, corpus, evaluate, eager, monkeypatch, path, written
):
    paths = []
    monkeypatch.setattr(modelfile, "write", lambda path, *_: paths.append(path))
    dev = os.path.join(corpus, "dev.txt")
    flags = ["--columns", COLUMNS, "--calibrate", dev, "--store", path]
    assert evaluate(both.folder / "best.h5", dev, *flags)[0] == 0
    assert paths == written


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "predicts chunk_BIO, of which no column is named"),
        (["--columns", "0:tokens,2:POS"], "as in --columns 0:tokens,1:chunk_BIO"),
        (["--columns", "0:tokens,7:chunk_BIO"], "3 columns, so it lacks chunk_BIO (7)"),
        (["--columns", COLUMNS, "--task", "x"], "no task 'x'. Its tasks: chunks (chu"),
        (["--columns", COLUMNS, "--results", "no.tsv"], "no.tsv: No such file"),
        (["--columns", COLUMNS, "--results", os.devnull], "has no lines on chunks"),
        (["--columns", COLUMNS, "--calibrate", "no.txt"], "no.txt: No such file"),
    ],
)
def test_what_is_missing_is_said_in_one_line(trained, corpus, evaluate, flags, message):
    path = os.path.join(corpus, "test.txt")
    code, out, err = evaluate(trained.stored, path, *flags)
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert message in err


def test_gold_labels_in_another_style_are_refused_and_then_read(
    trained, corpus, workdir, evaluate
):
    sentences = readCoNLL(os.path.join(corpus, "test.txt"), toy.COLUMNS)
    bilou = parse("BILOU")
    toy.write_sentences(
        "bilou.txt",
        [
            [*zip(s["tokens"], s["POS"], write(s["chunk_BIO"], bilou))]
            for s in sentences
        ],
    )
    command = [trained.stored, "bilou.txt", "--columns", COLUMNS]
    code, out, err = evaluate(*command)
    assert (code, out) == (1, "")
    assert err.startswith("Error: bilou.txt:")
    assert "--tag-style 'BILOU'" in err
    as_it_was = evaluate(trained.stored, os.path.join(corpus, "test.txt"), *command[2:])
    code, out, _ = evaluate(*command, "--tag-style", "BILOU")
    assert code == 0
    assert out.split("\n")[1:] == as_it_was[1].split("\n")[1:]


@pytest.mark.parametrize(
    "flags", [["--store", "m.h5"], ["--html", "."], ["--json", "no/"]]
)
def test_wrong_flags_are_refused_at_once(evaluate, flags):
    assert evaluate("m.h5", "f.txt", *flags)[0] == 2


def test_a_model_that_needs_another_column_says_so(corpus, eager, evaluate):
    params = {"featureNames": ["tokens", "POS"]}
    model = toy.tagger(params, {"c": toy.dataset(corpus, "chunk_BIO")})
    model.modelSavePath = "m.h5"
    model.fit(epochs=1)
    path = os.path.join(corpus, "test.txt")
    flags = ["--columns", "0:tokens,2:chunk_BIO"]
    code, _, err = evaluate("m.h5", path, *flags)
    assert code == 1
    assert "also needs POS" in err
    assert evaluate("m.h5", path, "--columns", COLUMNS)[0] == 0
    assert BiLSTM.loadModel("m.h5").run is None
