import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from util import tagschemes
from util.tagschemes import Span, convert, may_follow, scheme_of, spans, write

SCHEMES = ("BIO", "IOB", "IOBES")


@st.composite
def span_sets(draw):
    pieces = draw(
        st.lists(st.tuples(st.sampled_from(["A", "B-c", None]), st.integers(1, 4)))
    )
    found, length = [], 0
    for type_, size in pieces:
        if type_ is not None:
            found.append(Span(type_, length, length + size))
        length += size
    return found, length


@settings(deadline=None)
@given(span_sets(), st.sampled_from(SCHEMES))
def test_reading_undoes_writing(span_set, scheme):
    there, length = span_set
    assert spans(write(there, length, scheme)) == there


@settings(deadline=None)
@given(span_sets(), st.sampled_from(SCHEMES), st.sampled_from(SCHEMES))
def test_conversions_are_inverse_to_each_other(span_set, one, other):
    tags = write(*span_set, one)
    assert convert(convert(tags, other), one) == tags


def test_three_adjacent_spans_of_one_token_stay_three():
    tags = {
        "BIO": ["B-X", "B-X", "B-X"],
        "IOB": ["I-X", "B-X", "B-X"],
        "IOBES": ["S-X", "S-X", "S-X"],
    }
    for one, other in itertools.permutations(SCHEMES, 2):
        assert convert(tags[one], other) == tags[other]


def test_adjacent_spans_of_different_types_need_no_b_in_iob():
    assert convert(["B-X", "B-Y", "I-Y"], "IOB") == ["I-X", "I-Y", "I-Y"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_may_follow_admits_just_what_writing_yields(scheme):
    prefixes = sorted(set("".join(tagschemes.SCHEMES[scheme])))
    tags = ["O", *(f"{prefix}-{type_}" for prefix in prefixes for type_ in "XY")]
    for length in range(1, 5 if len(tags) < 7 else 4):
        for sequence in itertools.product(tags, repeat=length):
            pairs = zip((None, *sequence), (*sequence, None))
            allowed = all(may_follow(before, after, scheme) for before, after in pairs)
            valid = convert(sequence, scheme) == list(sequence)
            assert allowed == valid, sequence


@settings(deadline=None)
@given(st.lists(st.sampled_from([p + t for p in "BIES" for t in ("-X", "-Y")] + ["O"])))
def test_spans_cover_each_tag_but_o_once(tags):
    covered = [place for span in spans(tags) for place in range(span.start, span.end)]
    assert covered == [place for place, tag in enumerate(tags) if tag != "O"]


def test_types_may_hold_hyphens_or_be_missing():
    assert spans(["B-a-b", "I-a-b"]) == [Span("a-b", 0, 2)]
    assert spans(["B", "I", "O"]) == [Span("_", 0, 2)]


def test_types_of_tags():
    assert tagschemes.types(["B-a-b", "O", "E-x"]) == ["a-b", "O", "x"]


@pytest.mark.parametrize(
    ("column", "scheme"),
    [("NER_BIO", "BIO"), ("a_b_IOBES", "IOBES"), ("BIO", None), ("x_bio", None)],
)
def test_a_column_name_announces_its_scheme(column, scheme):
    assert scheme_of(column) == scheme


def test_an_unknown_scheme_is_refused_by_name():
    with pytest.raises(ValueError, match=r"BIO, IOB, IOBES.*'BILOU'"):
        convert(["O"], "BILOU")
