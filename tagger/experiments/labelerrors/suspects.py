"""What a model that has not seen some sentences finds improbable in their labels."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neuralnets.tagging.tagger import Tagger
from tagger.experiments.corpus import Corpus
from util import tagschemes
from util.output.confidence import Tagging
from util.tagschemes import OUTSIDE, Span

# So many label sequences are looked through for one that reads a place differently.
_ALTERNATIVES = 8
# Below this probability of a gold span that the model finds, too, it looks for another.
_DOUBTED = 0.75
# In single precision 1 less a probability is no less, but 0.
_ROUNDED = 1e-7


class Suspect(NamedTuple):
    """A gold label, or the lack of one, and what a model thinks of it.

    Attributes:
        sentence: Its number in the corpus.
        start, end: The tokens, `end` exclusive.
        gold: Its type or label; empty: the gold labels have no span here.
        suggestion: What else may stand there: spans, those of one token where labels
            are no spans; none: no span at all.
        probability: That gold is right here; by it suspects are ranked.
        fold: The part that the sentence stands in, from 1.
        unseen: What the model says that has not seen the sentence.
        seen: What the others say, their mean; None unless they were asked.
    """

    sentence: int
    start: int
    end: int
    gold: str
    suggestion: tuple[Span, ...]
    probability: float
    fold: int = 0
    unseen: float | None = None
    seen: float | None = None

    @property
    def place(self) -> Span:
        """The gold span, or the one that gold may lack."""
        if self.gold:
            return Span(self.gold, self.start, self.end)
        return self.suggestion[0]

    def together(self, others: Sequence[float]) -> Suspect:
        """Return it with what models say that have seen the sentence.

        They count half. Where they have learned errors by heart they are sure of
        everything, and the order is that of the model that has not seen it.
        """
        unseen, seen = self.probability, statistics.mean(others)
        return self._replace(probability=(unseen + seen) / 2, unseen=unseen, seen=seen)


def suspects(corpus: Corpus, model: Tagger, chosen: Sequence[int]) -> list[Suspect]:
    """Return what there is to say of every label of some sentences, by sentence.

    Of spans it is each gold span, with the probability of exactly this span, and each
    span of the model that touches no gold span, with the probability that it is none.
    So both are on one scale. Elsewhere it is each token.

    Args:
        corpus: The labelled sentences.
        model: Trained on others.
        chosen: Which sentences.
    """
    (task,) = model.tasks
    rows = corpus.rows(model, chosen)
    if not corpus.spans:
        return _of_tokens(corpus, model, task, rows, chosen)
    gold = [corpus.gold_spans(number) for number in chosen]
    probabilities = model.spanProbabilities(task, rows, gold)
    taggings = model.tagWithConfidence(rows)[task]
    others = _others(model, task, rows, gold, probabilities, taggings)
    found = []
    for at, number in enumerate(chosen):
        for span, probability in zip(gold[at], probabilities[at]):
            suggestion = _reading(taggings[at].labels, span)
            if suggestion == (span,):
                suggestion = others.get((at, span), suggestion)
            place = number, span.start, span.end, span.type
            found.append(Suspect(*place, suggestion, probability))
        for span in missed(gold[at], taggings[at]):
            place = number, span.start, span.end, ""
            own = Span(*span[:3])
            none = max(1 - span.probability, _ROUNDED)
            found.append(Suspect(*place, (own,), none))
    return found


def missed(gold: Sequence[Span], tagging: Tagging) -> list:
    """Return the spans of a model that touch no gold span."""
    taken = {token for span in gold for token in range(span.start, span.end)}
    return [s for s in tagging.spans if taken.isdisjoint(range(s.start, s.end))]


def _reading(labels: Sequence[str], place: Span) -> tuple[Span, ...]:
    """Return the spans of a label sequence that touch a place."""
    return tuple(
        span
        for span in tagschemes.spans(labels)
        if span.start < place.end and place.start < span.end
    )


def _others(model, task, rows, gold, probabilities, taggings) -> dict:
    """Return what else may stand at doubted spans that the model finds, too."""
    doubted: dict[int, list[Span]] = {}
    for at, (own, values) in enumerate(zip(gold, probabilities)):
        for span, value in zip(own, values):
            if value < _DOUBTED and _reading(taggings[at].labels, span) == (span,):
                doubted.setdefault(at, []).append(span)
    asked = [rows[at] for at in doubted]
    found = {}
    answers = model.tagWithConfidence(asked, nbest=_ALTERNATIVES)[task]
    for (at, spans), tagging in zip(doubted.items(), answers):
        readings = [alternative.labels for alternative in tagging.alternatives]
        for span in spans:
            for labels in readings:
                if _reading(labels, span) != (span,):
                    found[at, span] = _reading(labels, span)
                    break
    return found


def _of_tokens(corpus, model, task, rows, chosen) -> list[Suspect]:
    labels = model.tasks[task].labels
    index = {label: column for column, label in enumerate(labels)}
    found = []
    for number, marginals in zip(chosen, model.labelProbabilities(rows)[task]):
        for token, (gold, values) in enumerate(zip(corpus.gold(number), marginals)):
            column = index.get(gold)
            probability = 0.0 if column is None else float(values[column])
            rest = np.array(values)
            if column is not None:
                rest[column] = -1
            other = Span(labels[int(rest.argmax())], token, token + 1)
            place = number, token, token + 1, gold
            found.append(Suspect(*place, (other,), probability))
    return found


def opinions(corpus: Corpus, model: Tagger, found: Sequence[Suspect]) -> list[float]:
    """Return how probable a model thinks it that gold is right at given places."""
    (task,) = model.tasks
    by_sentence: dict[int, list[int]] = {}
    for at in sorted(range(len(found)), key=lambda at: found[at].start):
        by_sentence.setdefault(found[at].sentence, []).append(at)
    rows = corpus.rows(model, by_sentence)
    own = list(by_sentence.values())
    values = [0.0] * len(found)
    if corpus.spans:
        spans = [[found[at].place for at in places] for places in own]
        answers = model.spanProbabilities(task, rows, spans)
    else:
        labels = model.tasks[task].labels
        index = {label: column for column, label in enumerate(labels)}
        marginals = model.labelProbabilities(rows)[task]
        answers = [
            [
                float(table[found[at].start, index[found[at].gold]])
                if found[at].gold in index
                else 0.0
                for at in places
            ]
            for places, table in zip(own, marginals)
        ]
    for places, answer in zip(own, answers):
        for at, value in zip(places, answer):
            values[at] = value if found[at].gold else max(1 - value, _ROUNDED)
    return values


def ranked(found: Sequence[Suspect]) -> list[Suspect]:
    """Return suspects, the least probable labels first, else as the file has them."""
    return sorted(found, key=lambda s: (s.probability, s.sentence, s.start))


def in_words(pieces: Sequence[Span], tokens: Sequence[str]) -> str:
    """Return an analysis as text.

    >>> in_words([Span("NP", 0, 2)], ["the", "dog", "runs"]), in_words([], ["x"])
    ('NP: the dog', 'O')
    """
    if not pieces:
        return OUTSIDE
    return " | ".join(f"{s.type}: {' '.join(tokens[s.start : s.end])}" for s in pieces)
