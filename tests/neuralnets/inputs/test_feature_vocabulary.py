"""The features of sentences against a slow implementation with strings."""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnets.inputs.directfeatures.gazetteer import Gazetteer
from neuralnets.inputs.directfeatures.spelling import SPELLING
from neuralnets.inputs.directfeatures.templates import parse
from neuralnets.inputs.directfeatures.vocabulary import FeatureVocabulary
from util.CoNLL import readCoNLL
from util.preprocessing import createMatrices

NAMES = {"X": ["a b", "a"], "Y": ["it's a b"]}
WORDS = ["a", "A", "b", "it's", "B2", "B2B", "zebra"]
COLUMNS = ["tokens", "POS", "pattern", "suffix2", "lowerCased", "allCapitals"]
COLUMNS += ["gazetteer:X", "gazetteer:Y"]


def mappings_of(sentences):
    values = dict.fromkeys(v for s in sentences for v in s["POS"])
    tokens = {"PADDING_TOKEN": 0, "UNKNOWN_TOKEN": 1}
    return {"tokens": tokens, "POS": {value: i for i, value in enumerate(values)}}


def sentence(words, tags=None):
    return {"tokens": words.split(), "POS": (tags or "N " * 99).split()}


def prepare(sentences, mappings):
    for item in sentences:
        item["POS"] = item["POS"][: len(item["tokens"])]
    rows = createMatrices(sentences, mappings)
    return rows, [len(item["tokens"]) for item in sentences]


def learn(sentences, templates, cutoff=1, gazetteer=None, **options):
    """Return the vocabulary of sentences, and what encodes others."""
    mappings = mappings_of(sentences)
    vocabulary = FeatureVocabulary.fit(
        prepare(sentences, mappings)[0],
        mappings,
        templates,
        cutoff,
        gazetteer,
        **options,
    )

    def encode(others):
        return vocabulary.encode(*prepare(others, mappings), mappings)

    return vocabulary, encode


# ----------------------------------------------------------------------- brute force


def values_of(item, column):
    if column.startswith("gazetteer:"):
        return Gazetteer(NAMES[column.split(":")[1]]).marks(item["tokens"])
    if column in SPELLING:
        return [SPELLING[column](word) for word in item["tokens"]]
    return item[column]


def slow_features(item, template):
    """Return for each token a tuple of texts, or None where the feature is not."""
    size = len(item["tokens"])
    found = []
    for position in range(size):
        parts = []
        for column, offset in parse(template):
            where = position + offset
            if where < 0:
                parts.append(f"_B{where}")
            elif where >= size:
                parts.append(f"_B+{where - size + 1}")
            else:
                value = values_of(item, column)[where]
                parts.append(value and f"={value}")
        found.append(tuple(parts) if all(parts) else None)
    return found


sentences = st.lists(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from("NVD")), max_size=6),
    max_size=6,
).map(
    lambda drawn: [
        {"tokens": [w for w, _ in rows], "POS": [t for _, t in rows]} for rows in drawn
    ]
)
templates = st.lists(
    st.lists(
        st.builds("{}[{}]".format, st.sampled_from(COLUMNS), st.integers(-3, 3)),
        min_size=1,
        max_size=3,
    ).map("|".join),
    min_size=1,
    max_size=4,
    unique=True,
)


@settings(max_examples=100, deadline=None)
@given(sentences, sentences, templates, st.integers(1, 3))
def test_features_equal_those_of_strings(train, others, chosen, cutoff):
    mappings = mappings_of(train)
    rows, lengths = prepare(train, mappings)
    vocabulary = FeatureVocabulary.fit(rows, mappings, chosen, cutoff, NAMES)
    counts = Counter(
        (template, feature)
        for template in chosen
        for item in train
        for feature in slow_features(item, template)
        if feature
    )
    known = {feature for feature, count in counts.items() if count >= cutoff}
    assert vocabulary.templates == chosen
    assert vocabulary.size == len(known)

    again = FeatureVocabulary.from_plain_data(
        json.loads(json.dumps(vocabulary.as_plain_data()))
    )
    assert (again.size, again.templates) == (vocabulary.size, chosen)
    assert again.columns == vocabulary.columns

    number = {}
    for group in (train, others):
        encoded = vocabulary.encode(*prepare(group, mappings), mappings)
        assert encoded.shape == (
            sum(len(item["tokens"]) for item in group),
            len(chosen),
        )
        assert encoded.dtype == np.int32
        for column, template in enumerate(chosen):
            slow = [feature for s in group for feature in slow_features(s, template)]
            for feature, index in zip(slow, encoded[:, column].tolist()):
                if (template, feature) in known:
                    assert number.setdefault((template, feature), index) == index > 0
                else:
                    assert index == 0
        same = again.encode(*prepare(group, mappings), mappings)
        np.testing.assert_array_equal(same, encoded)
    # Each has a number of its own, and none is left over.
    assert sorted(number.values()) == list(range(1, len(known) + 1))


# ------------------------------------------------------------------------- boundaries


def test_what_lies_beyond_a_sentence_goes_by_its_distance():
    chosen = ["tokens[-2]", "tokens[2]"]
    _, encode = learn([sentence("a b c d")], chosen)
    left, right = encode([sentence("a b c d")]).T
    assert len({*left.tolist()}) == 4  # _B-2, _B-1, a, b
    assert len({*right.tolist()}) == 4  # c, d, _B+1, _B+2
    assert encode([sentence("z")]).tolist() == [[left[0], right[3]]]
    two = encode([sentence("z z")])
    assert two.tolist() == [[left[0], right[2]], [left[1], right[3]]]


def test_a_boundary_is_no_word_of_that_name():
    _, encode = learn([sentence("_B-1 _B+1 x")], ["tokens[-1]|tokens[0]"])
    ((bigram,), (of_words,), _) = encode([sentence("_B-1 _B+1 x")])
    assert bigram != of_words
    assert encode([sentence("_B+1")]).tolist() == [[0]]


# ---------------------------------------------------------- what training has not seen


def test_unseen_values_have_no_feature():
    train = [sentence("a b", "N V"), sentence("b a", "N V")]
    _, encode = learn(train, ["tokens[0]", "POS[0]", "POS[0]|tokens[0]"])
    assert (encode(train) > 0).all()
    found = encode([sentence("a q", "X N"), sentence("A", "V")]) > 0
    assert found.tolist() == [
        [True, False, False],
        [False, True, False],
        [False, True, False],
    ]


def test_a_word_is_sought_composed_too():
    templates = ["tokens[0]", "suffix2[0]", "pattern[0]", "tokens[-1]|tokens[0]"]
    _, encode = learn([sentence("xy tu\u0308r t\u00fc \u00fc")], templates)
    ((x, *known),) = [encode([sentence("xy t\u00fc \u00fc")]).tolist()]
    assert encode([sentence("xy tu\u0308 u\u0308")]).tolist()[0] == x
    assert encode([sentence("xy tu\u0308 u\u0308")]).tolist()[1:] == known
    as_written = encode([sentence("xy tu\u0308r")])[1]
    assert (as_written > 0).all()
    assert (as_written != encode([sentence("xy t\u00fcr")])[1]).all()


def test_an_unseen_pair_of_known_values_has_no_feature():
    train = [sentence("a b", "N V")]
    _, encode = learn(train, ["tokens[0]|POS[0]"])
    assert encode([sentence("a b", "V N")]).tolist() == [[0], [0]]


@pytest.mark.parametrize("cutoff, expected", [(1, 3), (2, 2), (3, 1), (4, 0)])
def test_cutoff_counts_tokens(cutoff, expected):
    vocabulary, encode = learn([sentence("a a a b b c")], ["tokens[0]"], cutoff)
    assert vocabulary.size == expected
    assert len(set(encode([sentence("a b c")])[:, 0]) - {0}) == expected


def test_letter_case_counts_unless_a_template_ignores_it():
    vocabulary, _ = learn([sentence("The the")], ["tokens[0]", "lowerCased[0]"])
    assert vocabulary.size == 2 + 1


def test_spelling_counts_over_different_words():
    vocabulary, _ = learn([sentence("walking talking")], ["suffix3[0]"], cutoff=2)
    assert vocabulary.size == 1


def test_sentences_of_no_and_of_one_token():
    vocabulary, encode = learn(
        [sentence("a b"), sentence("a"), sentence("")], ["tokens[0]", "POS[-1]"]
    )
    assert encode([]).shape == encode([sentence("")]).shape == (0, 2)
    one = encode([sentence(""), sentence("a"), sentence(""), sentence("b")])
    assert one.shape == (2, 2)
    np.testing.assert_array_equal(one[0], encode([sentence("a")])[0])
    # A padding token behind a single one is none.
    rows, _ = prepare([sentence("a")], mappings_of([sentence("a")]))
    assert len(rows[0]["POS"]) == 2


# ----------------------------------------------------------------------------- columns


def test_columns_are_those_of_the_data_that_sentences_must_bring():
    templates = ["tokens[0]", "pattern[1]", "POS[0]|tokens[0]", "gazetteer:X[0]"]
    vocabulary, _ = learn([sentence("a b")], templates, gazetteer=NAMES)
    assert vocabulary.columns == ["POS"]
    assert learn([sentence("a b")], ["spelling"])[0].columns == []


def test_casing_comes_with_the_words():
    rows = [{"raw_tokens": ["a", "B"], "casing": [1, 2], "tokens": [0, 0]}]
    mappings = {"tokens": {}, "casing": {"lower": 1, "upper": 2}}
    vocabulary = FeatureVocabulary.fit(rows, mappings, ["casing[0]"], 1)
    assert (vocabulary.size, vocabulary.columns) == (2, [])


def test_a_sentence_without_a_column_is_named():
    _, encode = learn([sentence("a b")], ["POS[0]"])
    bare = {"tokens": ["the", "dog"], "POS": []}
    with pytest.raises(ValueError, match=r"Sentence 2 \(the dog ...\) lacks .* 'POS'"):
        encode([sentence("a"), bare])


@pytest.mark.parametrize("column", ["pattern", "gazetteer:X"])
def test_a_column_called_like_what_is_computed_is_told(column):
    mappings = {"tokens": {}, column: {"A": 0}}
    rows = createMatrices([{"tokens": ["a"], column: ["A"]}], mappings)
    with pytest.raises(ValueError, match="or what is computed under this name"):
        FeatureVocabulary.fit(rows, mappings, [f"{column}[0]"], 1, NAMES)
    found = FeatureVocabulary.fit(rows, mappings, ["spelling"], 1)
    assert "pattern[0]" in found.templates


@pytest.mark.parametrize("template", ["POS[0]", "tokens[0]|POS[-1]"])
def test_what_is_predicted_is_no_feature(template):
    with pytest.raises(
        ValueError, match="'POS', which the data lack or the model pred"
    ):
        learn([sentence("a b")], [template], labels={"POS"})
    vocabulary, _ = learn([sentence("a b")], ["context"], labels={"POS"})
    assert vocabulary.columns == []


def test_characters_are_no_column_to_read():
    mappings = {"tokens": {}, "characters": {"a": 0}}
    rows = createMatrices([{"tokens": ["a"], "characters": [["a"]]}], mappings)
    with pytest.raises(ValueError, match="reads the column 'characters'"):
        FeatureVocabulary.fit(rows, mappings, ["characters[0]"], 1)


def test_a_gazetteer_group_without_a_gazetteer_says_what_is_missing():
    with pytest.raises(ValueError, match="give no feature.*parameter `gazetteer`"):
        learn([sentence("a b")], ["gazetteer"])


# -------------------------------------------------------------------------- plain data


def good():
    vocabulary, _ = learn(
        [sentence("a b a")], ["tokens[0]|POS[1]"], gazetteer={"X": ["a"]}
    )
    return vocabulary.as_plain_data()


@pytest.mark.parametrize(
    "damage",
    [
        {"values": []},
        {"values": {}},
        {"values": {"tokens": [1], "POS": ["N"]}},
        {"values": {"tokens": 5, "POS": ["N"]}},
        {"known": []},
        {"known": {"tokens[0]|POS[1]": [[1]]}},
        {"known": {"tokens[0]|POS[1]": [[2, 1], [1]]}},
        {"known": {"tokens[0]|POS[1]": [[1, 1], [1]]}},
        {"known": {"tokens[0]|POS[1]": [[0], [1]]}},
        {"known": {"tokens[0]|POS[1]": [[[1]], [1]]}},
        {"known": {"tokens[0]|POS[1]": [["x"], [1]]}},
        {"known": {"tokens[0]|POS[1]": [[1 << 70], [1]]}},
        {"known": {"tokens[0]|POS[1]": 3}},
        {"known": {"no template": [[1]]}},
        {"gazetteer": []},
        {"gazetteer": {"X": [""]}},
        {"gazetteer": {"X": [3]}},
        {"gazetteer": None},
    ],
)
def test_damaged_plain_data_are_refused(damage):
    FeatureVocabulary.from_plain_data(good())
    with pytest.raises(ValueError):
        FeatureVocabulary.from_plain_data({**good(), **damage})


@pytest.mark.parametrize("data", [None, [], 3, {}, {"values": {}}])
def test_what_is_no_plain_data_is_refused(data):
    with pytest.raises(ValueError, match="damaged direct features"):
        FeatureVocabulary.from_plain_data(data)


# --------------------------------------------------------------------------- real data


@pytest.mark.skipif(
    "TAGGER_DATA" not in os.environ,
    reason="TAGGER_DATA, the folder above data/conll2000_chunking, is not set",
)
def test_context_features_of_conll2000():
    path = Path(os.environ["TAGGER_DATA"], "data", "conll2000_chunking", "train.txt")
    if not path.exists():
        pytest.skip("TAGGER_DATA has no data/conll2000_chunking")
    train = readCoNLL(str(path), {0: "tokens", 1: "POS"})
    vocabulary, _ = learn(train, ["context"], cutoff=3)
    assert vocabulary.size == 76_318
