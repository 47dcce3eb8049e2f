"""How much labelling pays: strategies, the replay, the curve, the forecast."""

import json
import math
import statistics
from pathlib import Path

import numpy as np
import pytest
import toy

from tagger.experiments.corpus import Corpus
from tagger.experiments.labelling import (
    growing,
    outlook,
    points,
    replay,
    strategies,
)
from tagger.experiments.labelling.extrapolation import PowerLaw
from tagger.experiments.labelling.growing import OVERALL, Reached
from tagger.experiments.labelling.points import Point
from tagger.experiments.labelling.replay import Replay
from tagger.experiments.seedruns.machines import Machines
from util.output.confidence import ConfidentSpan, Tagging
from util.task import Task


def tagging(tokens, probabilities, spans=(), sequence=1.0):
    return Tagging(["x"] * tokens, list(probabilities), list(spans), sequence, [])


class Model:
    """Says of the first sentences what it is told."""

    tasks = {"t": Task("t", "POS", ("A", "B"))}

    def __init__(self, logs, taggings):
        self.logs, self.taggings = logs, taggings

    def sequenceLogs(self, task, rows):
        return self.logs[: len(rows)]

    def tagWithConfidence(self, rows):
        return {"t": self.taggings[: len(rows)]}


def test_each_strategy_has_its_own_order():
    """By hand: sequences of probability .2, .3, .5 on 10, 2, 1 tokens."""
    model = Model(
        [math.log(0.2), math.log(0.3), math.log(0.5)],
        [
            tagging(10, [1.0] * 10, [ConfidentSpan("A", 0, 4, 0.1)]),  # .9 / 10
            tagging(2, [0.9, 0.9]),  # .2 / 2
            tagging(1, [0.95], [ConfidentSpan("A", 0, 1, 0.99)]),  # .01
        ],
    )
    rows = ["a", "b", "c"]
    # MNLP: -ln .2 / 10 = .161; -ln .3 / 2 = .602; -ln .5 = .693
    assert strategies.order("mnlp", model, rows, 1) == [2, 1, 0]
    assert strategies.order("least-confidence", model, rows, 1) == [0, 1, 2]
    assert strategies.order("spans", model, rows, 1) == [1, 0, 2]
    value = strategies.mnlp(math.log(0.3), model.taggings[1])
    assert value == pytest.approx(0.60199, abs=1e-5)
    assert strategies.span_doubt(0, model.taggings[0]) == pytest.approx(0.09)


def test_chance_is_drawn_by_the_seed_and_needs_no_model():
    rows = list(range(30))
    order = strategies.order("random", None, rows, 1)
    assert sorted(order) == rows != order
    assert order == strategies.order("random", None, rows, 1)
    assert order != strategies.order("random", None, rows, 2)


FAKE = """\
import os, sys
folder, output = sys.argv[1], sys.argv[sys.argv.index("--output") + 1]
words = open(os.path.join(folder, "train.txt")).read().split()[::2]
print("begin", file=sys.stderr)
if os.path.basename(output) in open("unlucky").read():
    sys.exit("Error: killed")
score = 1 - 1 / len(words)
results = open(os.path.join(output, "a.tsv"), "w")
print(1, "t", score, score, score, score, sep="\\t", file=results)
open(os.path.join(output, f"t_{score:.4f}_{score:.4f}_1.h5"), "w").close()
"""


@pytest.fixture
def replayed(workdir, monkeypatch):
    """A replay of 20 sentences; models are least sure of those with the last words."""
    Path("fake.py").write_text(FAKE)
    Path("unlucky").write_text("")
    (workdir / "data").mkdir()
    text = "".join(f"w{n:02}\tA\n\n" for n in range(20))
    for split in ("train", "test"):
        (workdir / "data" / f"{split}.txt").write_text(text, "utf-8")
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS", "path": "data"}
    corpus = Corpus("toy", dataset)

    class Unsure(Model):
        def __init__(self):
            pass

        def rows(self, sentences):
            return [sentence["tokens"][0] for sentence in sentences]

        def sequenceLogs(self, task, rows):
            return [-float(word[1:]) for word in rows]

        def tagWithConfidence(self, rows):
            return {"t": [tagging(1, [0.5]) for _ in rows]}

    monkeypatch.setattr(replay, "load", lambda path: Unsure())
    monkeypatch.setattr(
        Corpus, "program", lambda self, folder, flags: ["fake.py", folder, *flags]
    )

    def run(resume=False, ways=("random", "mnlp"), shares=(0.1, 0.25, 0.5), rest=False):
        return Replay(corpus, "out", ways, [1, 2], shares, [], Machines(2), rest).run(
            ["x"], resume
        )

    return run


def labelled(name):
    return json.loads(Path("out/data", name, "chosen.json").read_text("utf-8"))


def test_what_has_no_labels_yet_may_be_trained_on_without_them(replayed):
    replayed(rest=True)
    for name, count in (("mnlp_seed_1_share_0.5", 10), ("all_seed_1_share_1", 20)):
        text = Path("out/data", name, "train.txt").read_text("utf-8")
        rows = [block.split("\t") for block in text.strip().split("\n\n")]
        words = [f"w{n:02}" for n in sorted(labelled(name))]
        assert [word for word, label in rows if label == "A"] == words
        assert [label for _, label in rows[count:]] == ["?"] * (20 - count)
        assert len({word for word, _ in rows}) == 20
    with pytest.raises(ValueError, match="--partial"):
        replayed(resume=True)


def test_what_the_model_is_least_sure_of_is_labelled_next(replayed):
    found = replayed()
    first = labelled("start_seed_1_share_0.1")
    assert len(first) == 2 and first != labelled("start_seed_2_share_0.1")
    second = labelled("mnlp_seed_1_share_0.25")
    rest = sorted(set(range(20)) - set(first))
    assert second == [*first, *rest[:-4:-1]]
    third = labelled("mnlp_seed_1_share_0.5")
    assert third == [*first, *rest[:-9:-1]]
    chance = labelled("random_seed_1_share_0.5")
    assert set(first) < set(chance) and len(chance) == 10 and chance != third
    assert [(p.strategy, p.seed, p.tokens) for p in found][:4] == [
        ("all", 1, 20),
        ("all", 2, 20),
        ("start", 1, 2),
        ("start", 2, 2),
    ]
    assert found[-1].score == pytest.approx(0.9) and len(found) == 12


def test_without_anything_to_judge_by_nothing_is_trained(replayed, workdir):
    (workdir / "data" / "test.txt").unlink()
    dataset = {"columns": {0: "tokens", 1: "POS"}, "label": "POS", "path": "data"}
    corpus = Corpus("toy", dataset)
    for made in (
        lambda: Replay(corpus, "out", ["random"], [1], [0.1], []),
        lambda: growing.Growing(corpus, "out", [1], [0.5, 1], []),
    ):
        with pytest.raises(ValueError, match="neither a test nor a dev split"):
            made()


def test_a_share_of_less_than_a_token_is_told(replayed):
    with pytest.raises(ValueError, match="A share of 20 tokens is less than one"):
        replayed(shares=(0.01, 0.5))
    assert not list(Path("out").glob("start*/training.log"))


def test_a_replay_goes_on_where_it_was_interrupted(replayed):
    Path("unlucky").write_text("mnlp_seed_2_share_0.25")
    with pytest.raises(ValueError, match="mnlp seed 2 share 0.25 failed"):
        replayed()
    Path("unlucky").write_text("")
    with pytest.raises(ValueError, match="out holds trainings already"):
        replayed()
    with pytest.raises(ValueError, match="of another configuration"):
        replayed(resume=True, shares=(0.1, 0.5))
    found = replayed(resume=True)
    logs = [path.read_text() for path in Path("out").glob("*/training.log")]
    assert len(logs) == len(found) == 12
    assert sorted(log.count("begin") for log in logs) == [1] * 11 + [2]


def test_where_the_curve_reaches_what_is_wanted_lies_between_points():
    made = [Point("all", s, 1, 100, 9, 9, 0.9 + s / 100, 1) for s in (1, 2)]
    made += [Point("start", 1, 0.1, 10, 1, 1, 0.5, 1)]
    made += [Point("mnlp", 1, 0.3, 30, 3, 3, 0.95, 1)]
    made += [Point("random", 1, 0.3, 30, 3, 3, 0.6, 1)]
    assert points.full_score(made) == pytest.approx(0.915)
    curves = points.curves(made)
    assert points.enough_at(curves["mnlp"], 0.725) == pytest.approx(0.2)
    assert points.enough_at(curves["mnlp"], 0.4) == 0.1
    assert points.enough_at(curves["random"], 0.9) is None
    said = "\n".join(points.summary(made))
    assert "99 % of the score with all labels: at about 28 % of the tokens" in said
    assert "99 % of the score with all labels: not reached" in said


def test_the_curve_is_drawn_the_same_each_time(tmp_path):
    made = [
        Point("all", 1, 1, 100, 9, 9, 0.9, 1),
        Point("start", 1, 0.1, 9, 1, 1, 0.5, 1),
    ]
    made.append(Point("mnlp", 1, 0.3, 30, 3, 3, 0.8, 1))
    for name in ("a.svg", "b.svg"):
        points.draw(str(tmp_path / name), made)
    first = (tmp_path / "a.svg").read_text("utf-8")
    assert "<svg" in first and first == (tmp_path / "b.svg").read_text("utf-8")
    points.write_table(str(tmp_path / "a.csv"), made)
    assert (tmp_path / "a.csv").read_text().splitlines()[3].startswith("mnlp,1,0.3,30,")


def power_law(a, b, sizes, seeds=3, noise=0.0):
    draw = np.random.default_rng(1)
    tokens = [n for n in sizes for _ in range(seeds)]
    errors = [a * n**-b * math.exp(noise * draw.normal()) for n in tokens]
    return tokens, [1 - error for error in errors]


def test_a_known_power_law_is_found_again():
    law = PowerLaw(*power_law(3.0, 0.4, [1000, 2000, 4000, 8000]))
    assert law.slope == pytest.approx(0.4)
    found = law.at(16000)
    assert found == pytest.approx([1 - 3 * 16000**-0.4] * 3)


def test_the_interval_holds_new_trainings_as_often_as_it_says():
    draw, inside = np.random.default_rng(2), 0
    sizes = np.repeat([1000, 2000, 4000, 8000], 3)
    for _ in range(400):
        errors = 3 * sizes**-0.4 * np.exp(0.1 * draw.normal(size=12))
        low, high = PowerLaw(sizes, 1 - errors).at(16000)[1:]
        new = 1 - 3 * 16000**-0.4 * np.exp(0.1 * draw.normal())
        inside += low <= new <= high
    assert 0.92 < inside / 400 < 0.98


def test_without_anything_that_varies_nothing_is_foretold():
    with pytest.raises(ValueError, match="two amounts of data"):
        PowerLaw([10, 10], [0.1, 0.2])
    found = PowerLaw([10, 20], [0.5, 1.0]).at(40)
    assert math.isnan(found.low) and found.score > 0.99


def reached(shares=(0.125, 0.25, 0.5, 1)):
    return [
        Reached(
            *(seed, share, round(8000 * share)),
            {
                OVERALL: 1 - 2 * (8000 * share) ** -0.3,
                "slow": 1 - (8000 * share) ** -0.05,
                "quick": 1 - 20 * (8000 * share) ** -0.5,
            },
        )
        for share in shares
        for seed in (1, 2)
    ]


def test_labels_that_gain_most_come_first():
    found = outlook.outlooks(reached())
    assert [o.label for o in found] == [OVERALL, "quick", "slow"]
    assert found[1].then.score == pytest.approx(1 - 20 * 16000**-0.5)
    assert found[1].now == pytest.approx(1 - 20 * 8000**-0.5)
    share, then, score = outlook.hindsight(reached())
    assert share == 0.5 and then.score == pytest.approx(score)
    assert outlook.hindsight(reached((0.5, 1))) is None
    said = "\n".join(outlook.report(reached()))
    assert "The same from 50 % of the data" in said
    whole = outlook.as_json(reached())
    assert whole["outlook"]["slow"]["score"] == pytest.approx(1 - 16000**-0.05)
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole


def test_what_no_model_has_begun_to_find_is_not_foretold():
    points_ = reached()
    for point in points_:
        point.scores["rare"] = 0.5 if point.share == 1 else 0.0
        point.scores["late"] = max(0.0, point.scores["slow"] * (point.share > 0.2))
    found = {o.label: o for o in outlook.outlooks(points_)}
    assert found["rare"].then is None and found["rare"].now == 0.5
    assert found["late"].then == pytest.approx(found["slow"].then)
    assert outlook.outlooks(points_)[-1].label == "rare"
    assert any("(unknown)" in line for line in outlook.report(points_))
    assert outlook.as_json(points_)["outlook"]["rare"]["score"] is None


def test_scores_by_label_are_those_of_conlleval_and_of_counting():
    gold = [["B-A", "I-A", "O", "B-B"]]
    found = [["B-A", "I-A", "B-A", "O"]]
    scores = growing.scores_of(found, gold, spans=True)
    assert scores == {OVERALL: 0.5, "A": 2 / 3, "B": 0.0}
    scores = growing.scores_of([["A", "B"]], [["A", "A"]], spans=False)
    assert scores == {OVERALL: 0.5, "A": 2 / 3}


def test_converted_labels_do_not_go_with_unlabelled_sentences(workdir, capsys):
    from tagger.__main__ import main

    toy.write_corpus(workdir / "toy", 12, 4)
    flags = "toy --label chunk_class --columns 0:tokens,2:chunk_BIO --unlabelled"
    with pytest.raises(SystemExit) as ended:
        main(f"simulate {flags}".split())
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1 and "set 'label': 'chunk_BIO'" in line
    assert not Path("results").exists()


def test_the_commands_need_nothing_but_data(workdir, capsys):
    """With real trainings, the smallest that there are."""
    from tagger.__main__ import main

    toy.write_corpus(workdir / "toy", 12, 4)
    common = "toy --label POS --columns 0:tokens,1:POS --epochs 1 --seeds 1 --jobs 2"
    tiny = "-- --param LSTM-Size=[2] --param charEmbeddings=None"
    main(f"forecast {common} --shares 0.5 1 {tiny}".split())
    said = capsys.readouterr().out
    assert "with twice as much" in said and "NOUN" in said
    stored = json.loads(Path("results/toy-POS_forecast/forecast.json").read_text())
    scores = [training["scores"]["all"] for training in stored["trainings"]]
    assert stored["outlook"]["all"]["now"] == scores[1]
    assert stored["outlook"]["all"]["low"] is None  # two trainings tell no scatter
    whole = f"{common} --strategies mnlp --shares 0.3 0.6 --unlabelled"
    main(f"simulate {whole} {tiny} --param lmCost=0.1".split())
    said = capsys.readouterr().out
    assert said.startswith("All labels: ") and "mnlp:" in said
    assert statistics.mean(scores) > 0
    table = Path("results/toy-POS_simulated/points.csv").read_text().splitlines()
    assert len(table) == 4 and table[3].startswith("mnlp,1,0.6,")
