"""What an evaluation counts, and its text, JSON and predictions."""

import functools
import json
import math
import shutil
import subprocess
from collections import Counter

import numpy as np
import pytest
from conlleval import conlleval as count_as_conlleval
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.evaluation import plain, text
from tagger.evaluation.breakdown import breakdowns, group_title
from tagger.evaluation.calibration import calibration, reliability
from tagger.evaluation.comparison import Comparison, Judged
from tagger.evaluation.confusion import MISSED, SPURIOUS, confusion, most_confused
from tagger.evaluation.curves import Point, read_curves
from tagger.evaluation.errors import KINDS, error_groups
from tagger.evaluation.goldfile import known_columns, read_gold
from tagger.evaluation.predictions import write_predictions
from tagger.evaluation.report import Transitions, report_task
from util import tagschemes
from util.BIOF1Validation import SpanCounts, count_spans
from util.output.confidence import ConfidentSpan, Tagging
from util.task import Task

# The output that the CoNLL-2000 shared task shows as an example of its script.
EXAMPLE = """\
processed 961 tokens with 459 phrases; found: 539 phrases; correct: 371.
accuracy:  84.08%; precision:  68.83%; recall:  80.83%; FB1:  74.35
             ADJP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1
             ADVP: precision:  45.45%; recall:  62.50%; FB1:  52.63  11
               NP: precision:  64.98%; recall:  78.63%; FB1:  71.16  317
               PP: precision:  83.18%; recall:  98.89%; FB1:  90.36  107
             SBAR: precision:  66.67%; recall:  33.33%; FB1:  44.44  3
               VP: precision:  69.00%; recall:  79.31%; FB1:  73.80  100
"""


def judged(gold, predicted, tokens=None, unknown=(), sure=0.9) -> Judged:
    """Return a sentence from blank-separated labels; every probability is `sure`."""
    gold, labels = gold.split(), predicted.split()
    spans = [ConfidentSpan(*span, sure) for span in tagschemes.spans(labels)]
    tokens = tokens.split() if tokens else [f"w{i}" for i in range(len(gold))]
    return Judged(
        tokens, gold, Tagging(labels, [sure] * len(labels), spans, sure, []), unknown
    )


def spans(*sentences) -> Comparison:
    return Comparison([judged(*sentence) for sentence in sentences], True)


def task(*sentences, label="x_BIO", known=("O",), **more):
    return report_task("task", label, list(sentences), known, **more)


# --------------------------------------------------------------------------- scores


def test_the_table_is_that_of_the_script():
    report = task(judged("O", "O"))
    report.counts = SpanCounts(
        gold=Counter(ADJP=6, ADVP=8, NP=262, PP=90, SBAR=6, VP=87),
        predicted=Counter(ADJP=1, ADVP=11, NP=317, PP=107, SBAR=3, VP=100),
        correct=Counter(ADVP=5, NP=206, PP=89, SBAR=2, VP=69),
        tokens=961,
        right_tokens=808,
    )
    assert text.conlleval(report) == EXAMPLE


# The formulas of the script, for right, found and existing phrases.
PERL = r"""
while (<STDIN>) {
  my ($c, $f, $g) = split;
  my $p = $f > 0 ? 100*$c/$f : 0;
  my $r = $g > 0 ? 100*$c/$g : 0;
  my $fb = $p+$r > 0 ? 2*$p*$r/($p+$r) : 0;
  printf "precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %d\n", $p, $r, $fb, $f;
}
"""
# The last digit is another one if 100 is multiplied with the ratio.
LAST_DIGITS = {
    (23, 160, 160): "precision:  14.38%; recall:  14.38%; FB1:  14.38  160",
    (49, 160, 0): "precision:  30.62%; recall:   0.00%; FB1:   0.00  160",
    (93, 100, 160): "precision:  93.00%; recall:  58.12%; FB1:  71.54  100",
    (1, 1, 63): "precision: 100.00%; recall:   1.59%; FB1:   3.13  1",
    (5, 5, 59): "precision: 100.00%; recall:   8.47%; FB1:  15.63  5",
    (2, 5, 123): "precision:  40.00%; recall:   1.63%; FB1:   3.12  5",
}


def table_of(right, found, there, right_tokens=0, tokens=1):
    report = task(judged("O", "O"))
    counts = (Counter({"A": n} if n else {}) for n in (found, right, there))
    report.counts = SpanCounts(*counts, tokens, right_tokens)
    return text.conlleval(report)


@pytest.mark.parametrize("counts", LAST_DIGITS)
def test_the_last_digit_is_that_of_the_script(counts):
    _, of_all, of_type = table_of(*counts).splitlines()
    assert of_type == f"{'A':>17}: {LAST_DIGITS[counts]}"
    assert of_all.endswith("; " + LAST_DIGITS[counts].rpartition("  ")[0])


def test_the_accuracy_has_the_last_digit_of_the_script():
    assert "accuracy:  14.38%" in table_of(0, 0, 0, 23, 160)
    report = task(*[judged("A", "A")] * 23, *[judged("A", "B")] * 137, label="POS")
    assert "accuracy:  14.38%" in text.conlleval(report)


@pytest.mark.skipif(shutil.which("perl") is None, reason="Perl is not installed")
def test_every_digit_is_what_perl_prints():
    draw = np.random.default_rng(0)
    found, there = draw.integers(0, 400, (2, 5000))
    right = draw.integers(0, np.minimum(found, there) + 1)
    cases = [*LAST_DIGITS, *zip(right.tolist(), found.tolist(), there.tolist())]
    cases = [case for case in cases if any(case)]
    lines = "".join(f"{' '.join(map(str, case))}\n" for case in cases)
    run = ["perl", "-e", PERL]
    printed = subprocess.run(run, input=lines, stdout=-1, text=True, check=True).stdout
    for case, line in zip(cases, printed.splitlines()):
        assert table_of(*case).splitlines()[-1] == f"{'A':>17}: {line}"


def test_labels_that_write_no_spans_are_scored_one_by_one():
    report = task(judged("A B B C", "A B C C"), judged("A", "B"), label="POS")
    assert text.conlleval(report) == (
        "processed 5 tokens; correct: 3.\n"
        "accuracy:  60.00%\n"
        "                A: precision: 100.00%; recall:  50.00%; FB1:  66.67  1\n"
        "                B: precision:  50.00%; recall:  50.00%; FB1:  50.00  2\n"
        "                C: precision:  50.00%; recall: 100.00%; FB1:  66.67  2\n"
    )
    assert (report.score, report.score_name) == (0.6, "accuracy")


TAGS = st.sampled_from("O B-X I-X B-Y I-Y".split())
PAIRS = st.lists(
    st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=9), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=150)
@given(PAIRS)
def test_every_table_adds_up_to_the_same_counts(sentences):
    comparison = spans(
        *[[" ".join(tags) for tags in zip(*sentence)] for sentence in sentences]
    )
    gold = [sentence.gold for sentence in comparison.sentences]
    predicted = [sentence.tagging.labels for sentence in comparison.sentences]
    counts = count_spans(predicted, gold)
    assert comparison.count() == counts
    totals = [sum(c.values()) for c in (counts.gold, counts.predicted, counts.correct)]
    for breakdown in breakdowns(comparison):
        found = breakdown.counts
        assert totals == [
            sum(counter[group] for group in breakdown.groups)
            for counter in (found.gold, found.predicted, found.correct)
        ]
    table = confusion(comparison)
    matrix = table.counts
    right = sum(
        matrix[row, table.predicted.index(name)]
        for row, name in enumerate(table.gold)
        if name in table.predicted
    )
    assert [matrix[:-1].sum(), matrix[:, :-1].sum(), right] == totals
    wrong = sum(len(set(units.gold) ^ set(units.predicted)) for _, units in comparison)
    groups = error_groups(comparison)
    assert wrong == sum(
        group.count * (len(group.gold) + len(group.predicted)) for group in groups
    )
    assert {group.kind for group in groups} <= set(KINDS)


def test_unknown_gold_labels_are_errors_and_are_named():
    report = task(
        judged("B-X B-NEW O", "B-X B-X O"), known=["O", "B-X"], label="names_BIO"
    )
    assert report.unknown_labels == {"B-NEW": 1}
    assert report.counts.correct == Counter(X=1)
    assert "cannot predict, so each is an error: B-NEW (1)" in text.as_text([report])


# ----------------------------------------------------------------- breakdowns, pairs


def groups_of(comparison, name) -> dict:
    (found,) = [b for b in breakdowns(comparison) if b.name == name]
    counts = found.counts
    return {
        group: (counts.gold[group], counts.predicted[group], counts.correct[group])
        for group in found.groups
    }


def test_scores_by_length_count_predicted_spans_by_their_own():
    long = "B-X I-X I-X I-X I-X I-X O B-Y"
    comparison = spans((long, "B-X I-X I-X O O O O B-Y"), ("B-X", "O"))
    assert groups_of(comparison, "span length") == {
        "1": (2, 1, 1),
        "3": (0, 1, 0),
        "5+": (1, 0, 0),
    }
    assert groups_of(comparison, "sentence length") == {
        "1-5": (1, 0, 0),
        "6-10": (2, 2, 1),
    }


def test_a_span_with_one_unknown_word_is_unknown():
    sentence = judged("B-X I-X B-Y", "B-X I-X B-X", unknown=[False, True, False])
    comparison = Comparison([sentence], True)
    assert groups_of(comparison, "words") == {"known": (1, 1, 0), "unknown": (1, 1, 1)}
    assert group_title("unknown", "training") == "not in training"
    names = [b.name for b in breakdowns(spans(("B-X", "B-X")))]
    assert names == ["span length", "sentence length"]


def test_types_are_compared_where_the_boundaries_are_equal():
    table = confusion(spans(("B-X I-X B-Y B-Y O", "B-X I-X B-X O B-Z")))
    assert table.gold == ["Y", "X", "Z", SPURIOUS]
    assert table.predicted == ["Y", "X", "Z", MISSED]
    assert table.counts.tolist() == [
        [0, 1, 0, 1],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
    ]
    small = most_confused(table, 2)
    assert small.gold == ["Y", "X", SPURIOUS]
    assert small.counts.tolist() == [[0, 1, 1], [0, 1, 0], [0, 0, 0]]


def test_a_label_may_be_called_like_a_margin():
    for spans_, sentence in [
        (False, judged("(missed) A", "A A")),
        (True, judged("B-(missed) B-A", "O B-A")),
    ]:
        table = confusion(Comparison([sentence], spans_))
        assert table.counts.sum() == 2
        assert table.counts.trace() == 1


# --------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("gold", "predicted", "kind", "types", "words"),
    [
        ("O B-X I-X", "O O O", "missed", ("X", ""), "b c"),
        ("O O O", "B-X O O", "spurious", ("", "X"), "a"),
        ("B-X I-X O", "B-Y I-Y O", "wrong type", ("X", "Y"), "a b"),
        ("B-X I-X O", "B-X I-X I-X", "wrong boundary", ("X", "X"), "c"),
        ("O B-X I-X", "B-X I-X I-X", "wrong boundary", ("X", "X"), "a b"),
        ("B-X I-X I-X", "B-X I-X B-X", "split", ("X", "X X"), "c"),
        ("B-X B-X O", "B-X I-X O", "joined", ("X X", "X"), "b"),
        ("B-X I-X O", "B-Y O O", "wrong boundary and type", ("X", "Y"), "a b"),
        ("B-X B-X I-X", "B-X I-X B-X", "wrong boundary", ("X X", "X X"), "b c"),
    ],
)
def test_errors_have_kinds(gold, predicted, kind, types, words):
    (group,) = error_groups(spans((gold, predicted, "a b c")))
    assert (group.kind, group.count) == (kind, 1)
    assert (" ".join(group.gold), " ".join(group.predicted)) == types
    assert group.words == [(words, 1)]


def test_errors_that_do_not_overlap_are_apart():
    groups = error_groups(spans(("B-X B-Y O B-X", "O B-Z B-Z B-X", "a b c d")))
    found = {(g.kind, *g.gold, *g.predicted) for g in groups}
    assert found == {("missed", "X"), ("wrong type", "Y", "Z"), ("spurious", "Z")}


def test_groups_are_ordered_and_show_the_most_frequent_words():
    filler = " ".join("O" * 12)
    words = " ".join("abcdefghijkl")
    wrong = [
        (f"{filler} B-X O", f"{filler} B-Y O", f"{words} {word} z")
        for word in ["to", "in", "to"]
    ]
    groups = error_groups(spans(("B-X O", "O O"), *wrong))
    assert [(g.kind, g.count) for g in groups] == [("wrong type", 3), ("missed", 1)]
    assert groups[0].words == [("to", 2), ("in", 1)]
    example = groups[0].examples[0]
    assert example.before == "… e f g h i j k l"
    assert (example.gold, example.predicted) == ([("X", "to")], [("Y", "to")])
    assert example.after == "z"
    assert len(groups[0].examples) == 2


def test_an_example_keeps_the_words_outside_of_spans():
    (group,) = error_groups(spans(("B-X O B-X", "B-X I-X I-X", "a b c")))
    (example,) = group.examples
    assert text.brackets(example.gold) == "[X a] b [X c]"
    assert text.brackets(example.predicted) == "[X a b c]"


def test_wrong_labels_are_grouped_by_pair():
    comparison = Comparison([judged("A B O", "A O B", "x y z")], False)
    groups = error_groups(comparison)
    assert [(g.kind, g.gold, g.predicted, g.words) for g in groups] == [
        ("wrong label", ("B",), ("O",), [("y", 1)]),
        ("wrong label", ("O",), ("B",), [("z", 1)]),
    ]


# ---------------------------------------------------------------------- calibration


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.floats(0, 1) | st.sampled_from([i / 15 for i in range(16)])),
        min_size=1,
    ),
    st.randoms(),
)
def test_the_calibration_error_is_its_definition(probabilities, draw):
    values = [p for (p,) in probabilities]
    right = [draw.random() < 0.5 for _ in values]
    expected = 0.0
    for number in range(15):
        low, high = number / 15, (number + 1) / 15
        inside = [
            i
            for i, p in enumerate(values)
            if low < p <= high or (number == 0 and p == 0)
        ]
        if inside:
            confidence = sum(values[i] for i in inside) / len(inside)
            accuracy = sum(right[i] for i in inside) / len(inside)
            expected += len(inside) / len(values) * abs(accuracy - confidence)
    found = reliability(values, right)
    # On a border, rounding may put a value into either bin.
    border = any(abs(p * 15 - round(p * 15)) < 1e-9 and p > 0 for p in values)
    if not border:
        assert found.error == pytest.approx(expected, abs=1e-9)
    assert found.accuracy == pytest.approx(sum(right) / len(right))
    assert sum(bin_.count for bin_ in found.bins) == len(values)


def test_what_is_right_of_tokens_spans_and_sentences():
    comparison = Comparison(
        [
            judged("B-X I-X O", "B-X I-X O", sure=0.95),
            judged("B-X I-X O", "B-X O O", sure=0.85),
        ],
        True,
    )
    found = calibration(comparison)
    assert {name: (f.count, f.accuracy) for name, f in found.items()} == {
        "tokens": (6, pytest.approx(5 / 6)),
        "spans": (2, 0.5),
        "sentences": (2, 0.5),
    }
    assert found["spans"].error == pytest.approx((0.05 + 0.85) / 2)
    assert "spans" not in calibration(Comparison(comparison.sentences, False))


def test_probabilities_that_rounding_pushed_over_one_are_kept():
    found = reliability([1.0000001, -1e-9], [True, False])
    assert (found.bins[14].count, found.bins[0].count) == (1, 1)
    assert found.error == 0


# ---------------------------------------------------------------------------- files


def test_predictions_are_what_the_script_reads(tmp_path):
    sentences = [
        judged("B-X I-X O", "B-X O B-Y", "New York \u00a0a"),
        judged("B-Y", "B-Y", "b"),
    ]
    sentences[0].tokens[2] = "a b"
    path = str(tmp_path / "out.txt")
    write_predictions(path, sentences)
    with open(path, encoding="utf-8") as file:
        content = file.read()
    assert content == "New B-X B-X\nYork I-X O\na_b O B-Y\n\nb B-Y B-Y\n\n"
    blocks = [block.split("\n") for block in content.strip("\n").split("\n\n")]
    rows = [[line.split(" ") for line in block] for block in blocks]
    counted = count_as_conlleval(
        *([[row[column] for row in block] for block in rows] for column in (2, 1))
    )
    counts = task(*sentences).counts
    assert counted == (
        *(sum(c.values()) for c in (counts.correct, counts.predicted, counts.gold)),
        counts.right_tokens,
    )


def test_the_last_run_of_a_results_file_is_its_curve(tmp_path):
    path = tmp_path / "results.tsv"
    rows = ["1\ta\t0.1\t0.2\t0.1\t0.2", "2\ta\t0.3\t0.4\t0.3\t0.4"]
    rows += ["1\ta\t0.5\tnan\t0.5\tnan", "1\tb\t0.6\t0.7\t0.6\t0.7"]
    path.write_text("\n".join(rows), "utf-8")
    curves = read_curves(str(path))
    assert [point[:2] for point in curves["a"]] == [(1, 0.5)]
    assert math.isnan(curves["a"][0].test)
    assert curves["b"] == [Point(1, 0.6, 0.7)]
    path.write_text("1\ta\t0.1\t0.2\nepoch\tb\n", "utf-8")
    with pytest.raises(ValueError, match=r"results.tsv:2: not a line of a results"):
        read_curves(str(path))


def test_a_file_without_labels_is_refused(text_file):
    path = text_file("the\ndog\n\nruns\n")
    with pytest.raises(ValueError, match=r"have 1 columns.*lacks chunk_BIO \(2\)"):
        read_gold(path, {0: "tokens", 2: "chunk_BIO"})
    with pytest.raises(ValueError, match="holds no sentences"):
        read_gold(text_file("\n\n"), {0: "tokens", 2: "chunk_BIO"})
    sentences = read_gold(text_file("a X B-NP\nb Y I-NP\n"), {0: "tokens", 2: "c_BIO"})
    assert sentences[0]["c_IOBES"] == ["B-NP", "E-NP"]


def test_sentences_with_labels_known_in_part_are_left_out(text_file, caplog):
    path = text_file("a B-NP\nb I-NP\n\na ?\nb O\n\na B-NP|O\n\na O\n")
    task = Task("chunks", "c_IOBES", ("O", "S-NP", "B-NP", "E-NP"))
    read = functools.partial(read_gold, columns={0: "tokens", 1: "c_BIO"})
    sentences = read(path, tasks=[task], isPartial=True)
    assert [s["c_IOBES"] for s in sentences] == [["B-NP", "E-NP"], ["O"]]
    assert "2 of 4 sentences have labels that are not known" in caplog.text
    with pytest.raises(ValueError, match="in no sentence are all labels known"):
        read(text_file("a ?\n"), tasks=[task], isPartial=True)
    with pytest.raises(ValueError, match=":2: .*no set of labels"):
        read(text_file("a O\nb ?|O\n"), tasks=[task], isPartial=True)


def test_columns_are_known_by_the_folder():
    assert known_columns("data/sample/test.txt")[1] == "POS"
    assert known_columns("elsewhere/test.txt") == {0: "tokens"}


def test_json_holds_everything_and_no_nan():
    report = task(judged("B-X I-X O", "B-X O B-Y", unknown=[True, False, False]))
    scores = np.array([[0.0, -np.inf], [1.0, 2.0]])
    report.transitions = Transitions(["O", "B-X"], scores, scores[0], scores[1])
    report.curve = [Point(1, 0.5, float("nan"))]
    data = json.loads(json.dumps(plain.as_plain_data([report]), allow_nan=False))
    found = data["tasks"]["task"]
    assert found["transitions"]["scores"] == [[0, None], [1, 2]]
    assert found["curve"] == [{"epoch": 1, "dev": 0.5, "test": None}]
    assert found["types"]["X"]["gold"] == 1
    assert found["f1"] == found["score"] == 0
    assert set(found["by"]) == {"span length", "sentence length", "words"}
    assert found["by"]["words"]["unknown"]["gold"] == 1
    assert sum(pair["count"] for pair in found["confusion"]) == 3
    kinds = {error["kind"]: error for error in found["errors"]}
    assert kinds["wrong boundary"]["examples"][0]["gold"] == [
        {"type": "X", "words": "w0 w1"}
    ]
    assert len(found["calibration"]["tokens"]["bins"]) == 15


def test_text_obeys_no_control_characters():
    report = task(
        judged("B-X\x1b[2J O", "O O", "a\x1b[2J b"), known=["O"], label="x\x07_BIO"
    )
    assert "\x1b" not in text.as_text([report])
    assert "\x07" not in text.as_text([report])


def test_nothing_to_compare_is_no_crash():
    report = task(judged("O O", "O O"))
    shown = text.as_text([report])
    assert "precision:   0.00%; recall:   0.00%; FB1:   0.00" in shown
    assert report.score == 0
    assert report.breakdowns == []
    assert report.calibration["spans"].count == 0
