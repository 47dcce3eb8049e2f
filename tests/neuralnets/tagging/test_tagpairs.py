import pytest

from neuralnets.tagging.tagpairs import pairs
from util import tagschemes


@pytest.mark.parametrize("scheme", [None, *tagschemes.SCHEMES])
def test_pairs_of_tags_are_what_the_rule_says(scheme):
    types = ["", "-A", "-B", "-B-c", "-_", "A"]
    tags = [prefix + type_ for prefix in "BIESOUX-" for type_ in types] + ["\u00c4"]
    calls = []

    def rule(previous, tag):
        calls.append(tag)
        if scheme is None:
            return tagschemes.continues(previous, tag)
        return tagschemes.may_follow(previous, tag, scheme)

    found = pairs(tags, rule)
    assert len(calls) < 100
    assert found.tolist() == [[rule(a, b) for b in tags] for a in tags]
    assert pairs(["", "O"], tagschemes.continues).tolist() == [[False] * 2] * 2
