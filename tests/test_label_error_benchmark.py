"""benchmarks/label_errors.py puts in what it says, and counts what is found."""

import random
from pathlib import Path

import pytest

from tagger.experiments.labelerrors.suspects import Suspect
from util import tagschemes
from util.tagschemes import Span

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import label_errors

    return label_errors


def sentences(count=200):
    draw, found = random.Random(1), []
    for _ in range(count):
        spans, at = [], 0
        while at < 12:
            size = draw.choice([1, 1, 2, 3])
            if draw.random() < 0.7:
                spans.append(Span(draw.choice(["NP", "VP", "PP"]), at, at + size))
            at += size
        tags = tagschemes.write(spans, at, "BIO")
        found.append({"tokens": ["w"] * at, "chunk_BIO": tags})
    return found


def test_a_share_of_the_spans_is_wrong_in_three_ways(benchmark):
    before, after = sentences(), sentences()
    truth = benchmark.corrupt(after, 0.09, seed=3)
    spans = [tagschemes.spans(s["chunk_BIO"]) for s in before]
    kinds = [kind for own in truth.values() for kind in own.values()]
    total = round(0.09 * sum(map(len, spans)))
    assert len(kinds) == total
    counts = [kinds.count(kind) for kind in benchmark.KINDS]
    assert max(counts) - min(counts) <= 1
    for n, (old, new) in enumerate(zip(before, after)):
        then = set(tagschemes.spans(old["chunk_BIO"]))
        now = set(tagschemes.spans(new["chunk_BIO"]))
        places = truth.get(n, {})
        assert now - then == {p for p, kind in places.items() if kind != "removed"}
        assert len(then - now) == len(places)
    again = sentences()
    assert benchmark.corrupt(again, 0.09, seed=3) == truth and again == after


def test_only_what_points_at_an_error_counts(benchmark):
    truth = {4: {Span("NP", 0, 2): "border", Span("VP", 5, 6): "removed"}}

    def found(*place, gold="", suggestion=()):
        return benchmark.pointed_at(Suspect(4, *place, gold, suggestion, 0.1), truth)

    assert found(0, 2, gold="NP") == Span("NP", 0, 2)
    assert found(0, 3, gold="NP") is None and found(0, 2, gold="VP") is None
    assert found(4, 6) == Span("VP", 5, 6) and found(6, 7) is None
    assert found(5, 6, gold="VP") is None
    assert benchmark.pointed_at(Suspect(3, 0, 2, "NP", (), 0.1), truth) is None
