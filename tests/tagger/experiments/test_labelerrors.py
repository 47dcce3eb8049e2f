"""Label errors: what models suspect, in which order, and where it is written."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import toy

from tagger.experiments import corpus as corpora
from tagger.experiments.corpus import Corpus
from tagger.experiments.labelerrors import files, run
from tagger.experiments.labelerrors.folds import assign
from tagger.experiments.labelerrors.suspects import (
    Suspect,
    in_words,
    opinions,
    ranked,
    suspects,
)
from tagger.experiments.seedruns.machines import Machines
from util.tagschemes import Span
from util.task import Task

CHUNKS = {"columns": {0: "tokens", 1: "POS", 2: "chunk_BIO"}, "label": "chunk_BIO"}


def of(text, path, dataset=CHUNKS):
    path.mkdir(exist_ok=True)
    (path / "train.txt").write_text(text, "utf-8")
    return Corpus("toy", {**dataset, "path": str(path)})


def changed(corpus, where, tags):
    """Return the toy corpus's dev sentences with other tags in one of them."""
    blocks = Path(corpus, "dev.txt").read_text("utf-8").strip().split("\n\n")
    rows = [row.split("\t") for row in blocks[where].split("\n")]
    for row, tag in zip(rows, tags):
        row[2] = tag
    blocks[where] = "\n".join("\t".join(row) for row in rows)
    return "\n\n".join(blocks) + "\n"


def test_bare_types_are_read_from_tags(tmp_path):
    found = of(
        "a\tDT\tB-NP\nb\tNN\tI-NP\n", tmp_path, {**CHUNKS, "label": "chunk_class"}
    )
    assert found.gold(0) == ["NP", "NP"]


@pytest.mark.parametrize(
    "tags, place, gold, suggestion",
    [
        (["B-VP", "I-VP"], (0, 2), "VP", "NP"),  # another type
        (["O", "B-NP"], (1, 2), "NP", "NP"),  # a border
        (["O", "O"], (0, 2), "", "NP"),  # removed
    ],
)
def test_a_wrong_span_is_ranked_first(
    corpus, trained, tmp_path, tags, place, gold, suggestion
):
    found = of(changed(corpus, 3, tags), tmp_path / "data")
    every = range(len(found.sentences))
    first, second, *_ = ranked(suspects(found, trained, every))
    assert (first.sentence, (first.start, first.end)) == (3, place)
    assert first.gold == gold and first.suggestion[0] == Span(suggestion, 0, 2)
    assert first.probability < 0.1 < 0.3 < second.probability


def test_no_place_is_counted_twice(corpus, trained, tmp_path):
    """What the model finds where gold has another span is its suggestion, no more."""
    found = of(changed(corpus, 3, ["O", "B-NP"]), tmp_path / "data")
    answers = suspects(found, trained, [3])
    assert [s.gold for s in answers] == [s.type for s in found.gold_spans(3)]


class Coin:
    """A model of parts of speech that is as sure as it is told."""

    tasks = {"t": Task("t", "POS", ("DET", "NOUN", "VERB"))}

    def __init__(self, *marginals):
        self.marginals = [np.array(rows) for rows in marginals]

    def rows(self, sentences):
        return list(sentences)

    def labelProbabilities(self, rows):
        return {"t": self.marginals}


def test_labels_that_are_no_spans_are_suspect_one_by_one(tmp_path):
    text = "The\tDET\ndog\tVERB\n\nHm\tINTJ\n\n"
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS"}
    found = of(text, tmp_path / "data", dataset)
    model = Coin([[0.9, 0.06, 0.04], [0.1, 0.7, 0.2]], [[0.2, 0.2, 0.6]])
    assert ranked(suspects(found, model, [0, 1])) == [
        Suspect(1, 0, 1, "INTJ", (Span("VERB", 0, 1),), 0.0),  # the model lacks it
        Suspect(0, 1, 2, "VERB", (Span("NOUN", 1, 2),), 0.2),
        Suspect(0, 0, 1, "DET", (Span("NOUN", 0, 1),), 0.9),
    ]


def test_the_same_words_are_in_the_same_part_and_parts_are_alike():
    words = [("a", str(n % 40)) for n in range(100)]
    found = assign(words, 5, seed=3)
    assert {found[n] for n in range(0, 100, 40)} == {found[0]}
    assert all(17 <= found.count(part) <= 23 for part in range(5))
    assert found == assign(words, 5, seed=3) != assign(words, 5, seed=4)
    with pytest.raises(ValueError, match="2 different sentences, too few for 3"):
        assign(["a", "b", "a"], 3, seed=1)


def test_a_corpus_is_written_as_it_was_read(tmp_path):
    text = "# one\n1\tDogs\t_\tNOUN" + "\t_" * 6 + "\n1-2\tx" + "\t_" * 8 + "\n"
    text += "2\tbark\t_\tVERB" + "\t_" * 6 + "\n\n1\tYes\t_\tINTJ" + "\t_" * 6 + "\n"
    dataset = {"columns": {1: "tokens", 3: "UPOS"}, "label": "UPOS"}
    found = of(text, tmp_path / "data", dataset)
    assert found.numbers == [[2, 4], [6]] and found.gold(0) == ["NOUN", "VERB"]
    found.write(str(tmp_path / "all"), [0, 1])
    assert (tmp_path / "all" / "train.txt").read_text("utf-8") == text + "\n"
    found.write(str(tmp_path / "one"), [1])
    (one,) = corpora.read_sentences(str(tmp_path / "one" / "train.txt"), dataset)
    assert one["tokens"] == ["Yes"]


def test_tags_in_another_style_are_converted_and_the_training_is_told(tmp_path):
    dataset = {
        "columns": {0: "tokens", 1: "NER_BIO"},
        "label": "NER_BIO",
        "tagStyle": {"NER_BIO": "BILOU"},
        "commentSymbol": "#",
    }
    found = of("New\tB-LOC\nYork\tL-LOC\n\nAda\tU-PER\n", tmp_path / "data", dataset)
    assert found.gold_spans(0) == [Span("LOC", 0, 2)]
    program = found.program("FOLDER", ["--epochs", "2"])
    flags = "--columns 0:tokens,1:NER_BIO --comment=# --tag-style NER_BIO:BILOU"
    assert " ".join(program) == (
        f"-m tagger train FOLDER --label NER_BIO {flags} --epochs 2"
    )
    with pytest.raises(ValueError, match=r"train.txt:3: 'X' is no tag"):
        of("a\tU-X\n\nb\tX\n", tmp_path / "data", dataset)


def test_files_say_where_and_what(tmp_path):
    text = "The\tDET\tB-NP\n<b>\tNOUN\tO\nbarks\tVERB\tB-VP\n\n"
    found = of(text, tmp_path / "data")
    listed = [
        Suspect(0, 2, 3, "VP", (), 0.01, 2),
        Suspect(0, 1, 2, "", (Span("NP", 1, 2),), 0.25, 1),
    ]
    table, lines, page = (str(tmp_path / name) for name in ("a.tsv", "a.jsonl", "a"))
    files.write_table(table, found, listed)
    head, *rows = [row.split("\t") for row in Path(table).read_text().splitlines()]
    assert tuple(head) == files.COLUMNS
    where = str(tmp_path / "data" / "train.txt")
    assert rows[0] == [f"{where}:3", "VP: barks", "O", "0.01", "The <b> barks"]
    assert rows[1][:4] == [f"{where}:2", "O: <b>", "NP: <b>", "0.25"]
    files.write_lines(lines, found, listed)
    first, second = map(json.loads, Path(lines).read_text("utf-8").splitlines())
    assert (first["rank"], first["line"], first["fold"]) == (1, 3, 2)
    assert second["gold"] == "O" and second["suggestion"] == [
        {"type": "NP", "start": 1, "end": 2, "text": "<b>"}
    ]
    files.write_page(page, found, [s.together([0.5]) for s in listed])
    assert "counts half" in Path(page).read_text("utf-8")
    files.write_page(page, found, listed)
    html = Path(page).read_text("utf-8")
    assert "each model has not seen the sentences" in html
    assert "<b>" not in html and "&lt;b&gt;" in html and f"{where}:3, 1 %" in html
    assert '<mark class="gold"><u><sub>VP</sub>barks</u></mark>' in html
    assert '<mark class="predicted">barks</mark>' in html


def test_a_place_in_words_goes_over_several_spans():
    spans = [Span("NP", 0, 1), Span("VP", 1, 3)]
    assert in_words(spans, ["a", "b", "c"]) == "NP: a | VP: b c"


# A training that writes its results, and fails where a file says so.
FAKE = """\
import os, sys
output = sys.argv[sys.argv.index("--output") + 1]
print("begin" if "--resume" not in sys.argv else "resume", file=sys.stderr)
results = open(os.path.join(output, "a.tsv"), "w")
print(1, "t", 0.5, 0.5, 0.5, 0.5, sep="\\t", file=results)
if os.path.basename(output) in open("unlucky").read():
    sys.exit("Error: killed")
open(os.path.join(output, "t_0.5000_0.5000_1.h5"), "w").close()
"""


@pytest.fixture
def folds(workdir, monkeypatch):
    """Five folds of labels whose models find the last word improbable."""
    Path("fake.py").write_text(FAKE)
    Path("unlucky").write_text("fold_2")
    words = "".join(f"w{n}\tA\n\n" for n in range(9)) + "last\tB\n\n"
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS"}
    found = of(words, workdir / "data", dataset)

    class Model(Coin):
        tasks = {"t": Task("t", "POS", ("A", "B"))}

        def labelProbabilities(self, rows):
            return {"t": [np.array([[0.9, 0.1]]) for _ in rows]}

    asked = []
    monkeypatch.setattr(run, "load", lambda path: asked.append(path) or Model())
    monkeypatch.setattr(
        Corpus, "program", lambda self, folder, flags: ["fake.py", folder, *flags]
    )
    return lambda *flags, count=5, seed=1, **more: run.Folds(
        found, "out", count, seed, flags, machines=Machines(2), **more
    )


def test_what_was_finished_is_not_trained_again(folds):
    with pytest.raises(ValueError, match="fold 2 failed.*go on with --resume"):
        folds().run(["command"], resume=False)
    Path("unlucky").write_text("")
    with pytest.raises(ValueError, match="out holds folds already.*--resume"):
        folds().run(["command"], resume=False)
    for other in (folds("--x"), folds(seed=2), folds(count=4)):
        with pytest.raises(ValueError, match="out holds folds of another config"):
            other.run(["command"], resume=True)
    found = folds().run(["command"], resume=True)
    logs = [Path(f"out/fold_{n}/training.log").read_text() for n in range(1, 6)]
    assert logs == ["begin\n", "begin\nError: killed\nresume\n", *["begin\n"] * 3]
    assert (found[0].sentence, found[0].gold, found[0].probability) == (9, "B", 0.1)
    assert sorted(s.sentence for s in found) == list(range(10))


def test_all_models_may_be_asked(folds, monkeypatch):
    """Those that have seen a sentence count half."""
    Path("unlucky").write_text("")
    monkeypatch.setattr(
        run,
        "suspects",
        lambda corpus, model, chosen: [
            Suspect(n, 0, 1, corpus.gold(n)[0], (), 0.5) for n in chosen
        ],
    )
    found = folds(everybody=True).run(["command"], resume=False)
    assert (found[0].sentence, found[0].seen) == (9, 0.1)
    assert {(s.unseen, s.seen) for s in found[1:]} == {(0.5, 0.9)}
    assert found[1].probability == pytest.approx(0.7)


def test_what_others_think_is_of_the_same_places(corpus, trained, tmp_path):
    found = of(changed(corpus, 3, ["O", "O"]), tmp_path / "data")
    told = suspects(found, trained, [0, 3, 5])
    values = opinions(found, trained, told[::-1])
    assert values[::-1] == pytest.approx([s.probability for s in told], abs=1e-4)


def test_each_part_is_asked_of_the_model_that_lacks_it(folds):
    Path("unlucky").write_text("")
    found = folds().run(["command"], resume=False)
    for suspect in found:
        path = Path(f"out/data/fold_{suspect.fold}/train.txt")
        words = path.read_text("utf-8").split()[::2]
        name = "last" if suspect.sentence == 9 else f"w{suspect.sentence}"
        assert name not in words and len(words) == 8


def test_the_command_needs_nothing_but_data(workdir, capsys):
    """With real trainings, the smallest that there are."""
    from tagger.__main__ import main

    toy.write_corpus(workdir / "toy", 20, 4)
    flags = "--label chunk_BIO --columns 0:tokens,1:POS,2:chunk_BIO --folds 2"
    flags += " --epochs 1 --jobs 2 -- --param LSTM-Size=[2] --param charEmbeddings=None"
    main(["errors", "toy", *flags.split()])
    folder = Path("results/toy-chunk_BIO_errors")
    lines = (folder / files.LINES).read_text("utf-8").splitlines()
    table = (folder / files.TABLE).read_text("utf-8").splitlines()
    assert len(table) == len(lines) + 1 > 10
    values = [json.loads(line)["probability"] for line in lines]
    assert values == sorted(values) and values[0] >= 0 and values[-1] < 0.5
    with pytest.raises(SystemExit):
        main(["errors", "toy", *flags.split(), "--seed", "3"])
    assert "--seed: give this flag before the `--`" in capsys.readouterr().err
    for given in ("--partial --", "-- --partial"):
        with pytest.raises(SystemExit):
            main(["errors", "toy", *given.split()])
        assert "needs labels that are all known" in capsys.readouterr().err
    assert os.path.exists(folder / files.PAGE)
