import pytest

from util.features import CASING, addCasingInformation, addCharInformation, casing


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("1998", "numeric"),
        ("٣", "numeric"),
        ("19:30", "mainly_numeric"),
        ("10K", "mainly_numeric"),
        ("3rd", "allLower"),
        ("ab12", "allLower"),
        ("straße", "allLower"),
        ("B2", "allUpper"),
        ("U.S.", "allUpper"),
        ("I", "allUpper"),
        ("Ärger", "initialUpper"),
        ("McDonald", "initialUpper"),
        ("Boeing747", "initialUpper"),
        ("iPhone4", "contains_digit"),
        ("$5.-", "contains_digit"),
        ("iPod", "other"),
        ("!", "other"),
        ("", "other"),
    ],
)
def test_the_first_rule_that_holds_wins(word, expected):
    assert casing(word) == expected


def test_the_classes_have_the_indices_of_old_models():
    assert list(CASING.items()) == [
        ("PADDING", 0),
        ("other", 1),
        ("numeric", 2),
        ("mainly_numeric", 3),
        ("allLower", 4),
        ("allUpper", 5),
        ("initialUpper", 6),
        ("contains_digit", 7),
    ]


def test_columns_are_added_to_each_sentence():
    sentences = [{"tokens": ["Öl", "aß", "Öl"]}, {"tokens": []}]
    addCasingInformation(sentences)
    addCharInformation(sentences)
    assert sentences[0]["casing"] == ["initialUpper", "allLower", "initialUpper"]
    assert sentences[0]["characters"] == [["Ö", "l"], ["a", "ß"], ["Ö", "l"]]
    assert sentences[1] == {"tokens": [], "casing": [], "characters": []}
