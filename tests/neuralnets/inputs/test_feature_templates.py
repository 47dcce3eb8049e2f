"""Templates of features: reading them, and what groups stand for."""

import pytest

from neuralnets.inputs.directfeatures.spelling import SPELLING
from neuralnets.inputs.directfeatures.templates import (
    GROUPS,
    expand,
    is_template,
    parse,
)

BAD = ["", "tokens", "tokens[]", "tokens[x]", "tokens[1.5]", "[0]", "tokens[0", "|"]
BAD += ["tokens[0]|", "|tokens[0]", "tokens[0] POS[0]", "tokens[100]", "tokens[[0]]"]


@pytest.mark.parametrize(
    "text, parts",
    [
        ("tokens[0]", [("tokens", 0)]),
        ("POS[-1]|POS[0]", [("POS", -1), ("POS", 0)]),
        (" POS [+2] | tokens[0] ", [("POS", 2), ("tokens", 0)]),
        ("gazetteer:LOC[1]", [("gazetteer:LOC", 1)]),
        ("my column[-12]", [("my column", -12)]),
    ],
)
def test_parse(text, parts):
    assert parse(text) == tuple(parts)
    assert is_template(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_template(text):
    assert not is_template(text)
    with pytest.raises(
        ValueError, match="is no feature template: expected COLUMN"
    ) as e:
        parse(text)
    assert repr(text) in str(e.value)


def test_groups_are_no_templates_but_may_stand_for_some():
    for name, templates in GROUPS.items():
        assert is_template(name)
        assert all(map(parse, templates))


def test_the_spelling_of_the_token_itself():
    assert expand(["spelling"], ["tokens"], []) == [f"{name}[0]" for name in SPELLING]


def test_context_without_parts_of_speech_has_words_only():
    with_pos = expand(["context"], ["tokens", "POS"], [])
    assert len(with_pos) == 19
    words = expand(["context"], ["tokens"], [])
    assert words == [text for text in with_pos if "POS" not in text]
    assert len(words) == 7


def test_gazetteer_templates_stand_for_each_class():
    offsets = [-1, 0, 1]
    assert set(expand(["gazetteer"], ["tokens"], ["LOC", "PER"])) == {
        f"gazetteer:{class_}[{offset}]"
        for class_ in ("LOC", "PER")
        for offset in offsets
    }
    assert expand(["gazetteer"], ["tokens"], []) == []
    both = expand(["gazetteer[-1]|gazetteer[0]"], ["tokens"], ["LOC", "PER"])
    assert both == [
        "gazetteer:LOC[-1]|gazetteer:LOC[0]",
        "gazetteer:PER[-1]|gazetteer:PER[0]",
    ]


def test_order_is_kept_and_repeats_are_left_out():
    names = ["POS[0]", "tokens[0]", "context", "POS[0]"]
    found = expand(names, ["tokens", "POS"], [])
    assert found[:2] == ["POS[0]", "tokens[0]"]
    assert len(found) == len(set(found)) == 19


@pytest.mark.parametrize(
    "template, column",
    [
        ("lemma[0]", "lemma"),
        ("POS[0]|lemma[1]", "lemma"),
        ("gazetteer:LOC[0]", "gazetteer:LOC"),
    ],
)
def test_a_column_that_there_is_not(template, column):
    with pytest.raises(ValueError) as error:
        expand([template], ["tokens", "POS"], ["PER"])
    message = str(error.value)
    assert f"{template!r} reads the column '{column}'" in message
    assert "Columns: POS, tokens" in message
    assert "patternSummary" in message
