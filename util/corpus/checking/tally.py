"""Counts the sentences of a split, one at a time; nothing of a sentence is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from util.corpus.partial import UNKNOWN

# So many first places are kept of whatever is found.
PLACES = 5
# A column with more values than that holds no labels but, for example, words.
MOST_LABELS = 2000
LONG_SENTENCE, LONG_WORD = 500, 100

Pair = tuple  # a tag and the one after it, None outside of the sentence


class Tally:
    """What is counted of a split.

    Attributes:
        sentences, tokens, longest_sentence: Counts.
        words, labels: How often each occurs.
        pairs: How often each tag follows each other; None if these are too many.
        pair_lines: The first lines of each pair.
        label_lines: The first line of each label.
        first_seen: The first line of each sentence, by the hash of its tokens.
        repeated: How often each sentence occurs, by the same hash.
        long_sentences, long_words: How many, and the first lines of them with sizes.
        unknown, open: Tokens without a label, and those with a set of them.
        unlabelled: Sentences without any label.
    """

    def __init__(self):
        self.sentences = self.tokens = self.longest_sentence = 0
        self.words: Counter = Counter()
        self.labels: Counter = Counter()
        self.pairs: Counter | None = Counter()
        self.pair_lines: dict[Pair, list[int]] = {}
        self.label_lines: dict[str, int] = {}
        self.first_seen: dict[int, int] = {}
        self.repeated: Counter = Counter()
        self.long_sentences: tuple[int, list[tuple[int, int]]] = (0, [])
        self.long_words: tuple[int, list[tuple[int, int]]] = (0, [])
        self.unknown = self.open = self.unlabelled = 0

    def add(
        self,
        tokens: Sequence[str],
        labels: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        lines: Sequence[int] | None = None,
    ) -> None:
        """Count a sentence.

        Args:
            tokens: Its words.
            labels: What a model would predict, None in a file without labels.
            tags: The column as it is written, from which the labels come.
            lines: The line of each token, None if that is not known.
        """
        self.sentences += 1
        self.tokens += len(tokens)
        self.words.update(tokens)
        key = hash(tuple(tokens))
        self.first_seen.setdefault(key, lines[0] if lines else 0)
        self.repeated[key] += 1
        if len(tokens) > self.longest_sentence:
            self.longest_sentence = len(tokens)
        if len(tokens) > LONG_SENTENCE:
            self.long_sentences = _more(self.long_sentences, lines, 0, len(tokens))
        if lines:
            for position, token in enumerate(tokens):
                if len(token) > LONG_WORD:
                    self.long_words = _more(
                        self.long_words, lines, position, len(token)
                    )
        if labels is not None:
            self._add_labels(labels, labels if tags is None else tags, lines)

    def add_partial(
        self,
        tokens: Sequence[str],
        labels: Sequence[str],
        sets: Sequence[str],
        lines: Sequence[int] | None = None,
    ) -> None:
        """Count a sentence of which labels are known in part.

        Args:
            tokens: Its words.
            labels, sets: The columns that `partial.separate` makes.
            lines: The line of each token, None if that is not known.
        """
        self.add(tokens, lines=lines)
        self.unknown += sets.count(UNKNOWN)
        self.open += sum(bool(set_) and set_ != UNKNOWN for set_ in sets)
        self.unlabelled += sets.count(UNKNOWN) == len(sets)
        # What follows each other is known only between known labels.
        known = [at for at, set_ in enumerate(sets) if not set_]
        self.labels.update(labels[at] for at in known)
        for at in known if lines else ():
            self.label_lines.setdefault(labels[at], lines[at])

    def _add_labels(self, labels, tags, lines) -> None:
        if len(self.labels) <= MOST_LABELS:
            self.labels.update(labels)
            if lines and not self.label_lines.keys() >= set(labels):
                for label, line in zip(labels, lines):
                    self.label_lines.setdefault(label, line)
        if self.pairs is None:
            return
        pairs = list(zip([None, *tags], [*tags, None]))
        self.pairs.update(pairs)
        if lines:
            for pair, line in zip(pairs, [*lines, lines[-1]]):
                places = self.pair_lines.setdefault(pair, [])
                if len(places) < PLACES:
                    places.append(line)
        if len(self.pairs) > MOST_LABELS * 10:
            self.pairs, self.pair_lines = None, {}


def _more(found, lines, position, size):
    count, places = found
    if lines and len(places) < PLACES:
        places.append((lines[position], size))
    return count + 1, places
