import pytest
from conlleval import conlleval
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score

from util.BIOF1Validation import compute_f1, compute_f1_token_basis, count_spans


def tag_pairs(prefixes):
    tags = st.sampled_from(["O", *(f"{p}-{t}" for p in prefixes for t in ("X", "Y-z"))])
    sentence = st.lists(st.tuples(tags, tags), min_size=1, max_size=9)
    return st.lists(sentence, min_size=1, max_size=4).map(
        lambda sentences: tuple(
            [[pair[side] for pair in sentence] for sentence in sentences]
            for side in (0, 1)
        )
    )


@pytest.mark.parametrize("prefixes", ["BI", "BIES"], ids=["BIO and IOB", "IOBES"])
def test_scores_equal_seqeval(prefixes):
    @settings(deadline=None, max_examples=150)
    @given(tag_pairs(prefixes))
    def check(pair):
        predicted, gold = pair
        theirs = [
            score(gold, predicted, zero_division=0)
            for score in (precision_score, recall_score, f1_score)
        ]
        assert count_spans(predicted, gold).scores() == pytest.approx(theirs)

    check()


@settings(deadline=None, max_examples=300)
@given(tag_pairs("BI"))
def test_counts_equal_conlleval(pair):
    counts = count_spans(*pair)
    assert (
        sum(counts.correct.values()),
        sum(counts.predicted.values()),
        sum(counts.gold.values()),
        counts.right_tokens,
    ) == conlleval(*pair)


def test_scores_of_one_type():
    gold = [["B-X", "I-X", "B-Y"]]
    counts = count_spans([["B-X", "I-X", "O"]], gold)
    assert counts.scores("X") == (1, 1, 1)
    assert counts.scores("Y") == (0, 0, 0)
    assert (counts.tokens, counts.right_tokens) == (3, 2)


def test_no_spans_at_all_score_zero():
    assert count_spans([["O"]], [["O"]]).scores() == (0, 0, 0)


LABELS = ["O", "B-X", "I-X", "B-Y", "I-Y", "S-X", "E-X"]
INDEX = {label: index for index, label in enumerate(LABELS)}


def old_f1(predicted, gold, *options):
    rows = [[INDEX[tag] for tag in tags.split()] for tags in (predicted, gold)]
    return compute_f1([rows[0]], [rows[1]], dict(enumerate(LABELS)), *options)


@pytest.mark.parametrize(
    ("predicted", "gold", "rule", "precision", "recall"),
    [
        # An I- that opens a span: ignored, removed, or made a beginning.
        ("I-X I-X O B-Y", "B-X I-X O B-Y", "No", 1, 1 / 2),
        ("I-X I-X O B-Y", "B-X I-X O B-Y", "O", 1, 1 / 2),
        ("I-X I-X O B-Y", "B-X I-X O B-Y", "B", 1, 1),
        # An I- of another type: part of the run, cut off, or a span of its own.
        ("B-X I-Y", "B-X O", "No", 0, 0),
        ("B-X I-Y", "B-X O", "O", 1, 1),
        ("B-X I-Y", "B-X O", "B", 1 / 2, 1),
        ("B-X I-X I-X", "B-X I-X O", "No", 0, 0),
        ("B-X O I-X", "B-X O O", "No", 1, 1),
        # The gold tags are never repaired.
        ("B-X O", "I-X O", "B", 0, 0),
        ("O O", "B-X I-X", "B", 0, 0),
    ],
)
def test_compute_f1_repairs_as_it_used_to(predicted, gold, rule, precision, recall):
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0
    expected = pytest.approx((precision, recall, f1))
    assert old_f1(predicted, gold, rule) == expected
    if rule == "No":
        assert old_f1(predicted, gold) == expected


def test_compute_f1_reads_other_schemes():
    assert old_f1("I-X B-X O I-Y", "I-X B-X O O", "No", "IOB")[:2] == (2 / 3, 1)
    assert old_f1("S-X B-X E-X", "S-X B-X E-X", "No", "iobes") == (1, 1, 1)


def test_compute_f1_repairs_iobes_too():
    assert old_f1("O E-X S-X", "O S-X S-X", "No", "IOBES")[:2] == (1, 1 / 2)
    assert old_f1("O E-X S-X", "O S-X S-X", "O", "IOBES")[:2] == (1, 1 / 2)
    assert old_f1("O E-X S-X", "O S-X S-X", "B", "IOBES")[:2] == (1, 1)


@pytest.mark.parametrize("options", [("X",), ("No", "BILOU")])
def test_compute_f1_names_a_wrong_option(options):
    with pytest.raises(ValueError, match=f"Received: '{options[-1]}'"):
        old_f1("O", "O", *options)


def test_token_basis_counts_tokens_that_are_not_o():
    predicted, gold = [[1, 0, 2, 0], [2]], [[1, 1, 1, 0], [0]]
    assert compute_f1_token_basis(predicted, gold, 0) == pytest.approx(
        (1 / 3, 1 / 3, 1 / 3)
    )
    assert compute_f1_token_basis([["O"]], [["O"]], "O") == (0, 0, 0)
