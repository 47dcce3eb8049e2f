"""What the spelling features say of words."""

import pytest

from neuralnets.inputs.directfeatures.spelling import SPELLING

# By word the features that are there; the affixes are tested on their own.
WORDS = {
    "I.B.M.": {
        "lowerCased": "i.b.m.",
        "startsWithCapital": "yes",
        "allCapitals": "yes",
        "nonInitialCapital": "yes",
        "hasPunctuation": "yes",
        "lettersOnly": "IBM",
        "nonLettersOnly": "...",
        "pattern": "A.A.A.",
        "patternSummary": "A.A.A.",
    },
    "A.T.&T.": {
        "lowerCased": "a.t.&t.",
        "startsWithCapital": "yes",
        "allCapitals": "yes",
        "nonInitialCapital": "yes",
        "hasPunctuation": "yes",
        "lettersOnly": "ATT",
        "nonLettersOnly": "..&.",
        "pattern": "A.A.&A.",
        "patternSummary": "A.A.&A.",
    },
    "D56y-3": {
        "lowerCased": "d56y-3",
        "startsWithCapital": "yes",
        "lettersAndDigits": "yes",
        "hasPunctuation": "yes",
        "lettersOnly": "Dy",
        "nonLettersOnly": "56-3",
        "pattern": "A00a-0",
        "patternSummary": "A0a-0",
    },
    "The": {
        "lowerCased": "the",
        "startsWithCapital": "yes",
        "pattern": "Aaa",
        "patternSummary": "Aa",
    },
    "dog": {
        "lowerCased": "dog",
        "allLowerCase": "yes",
        "pattern": "aaa",
        "patternSummary": "a",
    },
    "iPhone": {
        "lowerCased": "iphone",
        "nonInitialCapital": "yes",
        "pattern": "aAaaaa",
        "patternSummary": "aAa",
    },
    "'s": {
        "lowerCased": "'s",
        "allLowerCase": "yes",
        "hasPunctuation": "yes",
        "endsInApostropheS": "yes",
        "lettersOnly": "s",
        "nonLettersOnly": "'",
        "pattern": "'a",
        "patternSummary": "'a",
    },
    "1990": {
        "lowerCased": "1990",
        "nonLettersOnly": "1990",
        "pattern": "0000",
        "patternSummary": "0",
    },
    ",": {
        "lowerCased": ",",
        "hasPunctuation": "yes",
        "nonLettersOnly": ",",
        "pattern": ",",
        "patternSummary": ",",
    },
    "É": {
        "lowerCased": "é",
        "startsWithCapital": "yes",
        "allCapitals": "yes",
        "pattern": "A",
        "patternSummary": "A",
    },
    "łódź": {
        "lowerCased": "łódź",
        "allLowerCase": "yes",
        "pattern": "aaaa",
        "patternSummary": "a",
    },
    "東京2020": {
        "lowerCased": "東京2020",
        "lettersAndDigits": "yes",
        "lettersOnly": "東京",
        "nonLettersOnly": "2020",
        "pattern": "aa0000",
        "patternSummary": "a0",
    },
    "Anna\u2019s": {
        "lowerCased": "anna\u2019s",
        "startsWithCapital": "yes",
        "endsInApostropheS": "yes",
        "lettersOnly": "Annas",
        "nonLettersOnly": "\u2019",
        "pattern": "Aaaa\u2019a",
        "patternSummary": "Aa\u2019a",
    },
}


@pytest.mark.parametrize("word", WORDS)
def test_features_of_a_word(word):
    found = {name: read(word) for name, read in SPELLING.items()}
    others = {name: value for name, value in found.items() if "fix" not in name}
    assert {name: value for name, value in others.items() if value} == WORDS[word]


@pytest.mark.parametrize("word", [*WORDS, "extraordinary"])
@pytest.mark.parametrize("length", [2, 3, 4, 5])
def test_affixes_of_words_that_are_long_enough(word, length):
    beginning, end = (
        SPELLING[f"prefix{length}"](word),
        SPELLING[f"suffix{length}"](word),
    )
    if len(word) < length:
        assert beginning == end == ""
    else:
        assert len(beginning) == len(end) == length
        assert word.startswith(beginning)
        assert word.endswith(end)


@pytest.mark.parametrize("word", ["IT'S", "it's", "S'S", "IT\u2019S"])
def test_apostrophe_s_in_both_letter_cases(word):
    assert SPELLING["endsInApostropheS"](word) == "yes"


@pytest.mark.parametrize("word", ["dogs", "s'", "'st", "s", "'"])
def test_no_apostrophe_s(word):
    assert SPELLING["endsInApostropheS"](word) == ""


def test_every_feature_of_odd_words_is_a_text():
    for word in ("", "\u0130", "\u01c5", "\u0661\u0662", "e\u0301", "\U0001f600", "ß"):
        for read in SPELLING.values():
            assert isinstance(read(word), str)
