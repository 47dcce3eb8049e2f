"""Compares the splits of a data set: labels, sentences, words, sizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from util.corpus.checking.report import WARNING, DatasetReport, plural
from util.corpus.checking.tally import (
    LONG_SENTENCE,
    LONG_WORD,
    PLACES,
    Tally,
)
from util.WordEmbeddings import forms, vocabulary_form


def summarise(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Fill in the counts of each split."""
    for name, tally in tallies.items():
        split = report.splits[name]
        split.sentences, split.tokens = tally.sentences, tally.tokens
        split.words = len(tally.words)
        split.labels = dict(tally.labels.most_common())
        split.longest_sentence = tally.longest_sentence
        split.longest_word = max(map(len, tally.words), default=0)


def check_sizes(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Warn about very long sentences and words."""
    for name, tally in tallies.items():
        path = report.splits[name].path
        count, places = tally.long_sentences
        if count:
            text = (
                f"{name}: {plural(count, 'sentence')} of more than {LONG_SENTENCE} "
                "tokens. Is an empty line missing between sentences?"
            )
            where = [f"{path}:{line}: {plural(n, 'token')}" for line, n in places]
            report.add(WARNING, "long_sentence", text, count, where)
        if report.splits[name].longest_word > LONG_WORD:
            count = sum(n for word, n in tally.words.items() if len(word) > LONG_WORD)
            text = (
                f"{name}: {plural(count, 'word')} of more than {LONG_WORD} characters."
            )
            places = tally.long_words[1]
            where = [f"{path}:{line}: {plural(n, 'character')}" for line, n in places]
            report.add(WARNING, "long_word", text, count, where)


def check_shared(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Report sentences that stand in two splits."""
    names = list(tallies)
    for position, name in enumerate(names):
        tally, split = tallies[name], report.splits[name]
        for earlier in names[:position]:
            other = tallies[earlier]
            both = tally.first_seen.keys() & other.first_seen.keys()
            count = sum(tally.repeated[key] for key in both)
            split.shared[earlier] = count
            if not both:
                continue
            text = (
                f"{name}: {plural(count, 'sentence')} "
                f"({100 * count / tally.sentences:.1f} %) also in {earlier}."
            )
            first = sorted((tally.first_seen[key], key) for key in both)[:PLACES]
            other_path = report.splits[earlier].path
            report.add(
                WARNING,
                "shared",
                text,
                count,
                [
                    f"{split.path}:{line}: as {other_path}:{other.first_seen[key]}"
                    for line, key in first
                    if line
                ],
            )


def add_coverage(report: DatasetReport, tallies: Mapping[str, Tally]) -> None:
    """Fill in which share of dev and test training knows, up to case and digits."""
    if "train" not in tallies:
        return
    known = {vocabulary_form(word) for word in tallies["train"].words}
    for name in tallies.keys() - {"train"}:
        split = report.splits[name]
        split.known_tokens, split.known_words = _shares(
            tallies[name], lambda word: vocabulary_form(word) in known
        )


def add_vector_coverage(
    report: DatasetReport, tallies: Mapping[str, Tally], vocabulary: Collection[str]
) -> None:
    """Fill in which share of each split has a word vector."""
    for name, tally in tallies.items():
        split = report.splits[name]
        split.vector_tokens, split.vector_words = _shares(
            tally, lambda word: any(form in vocabulary for form in forms(word))
        )
        if tally.tokens and split.vector_tokens < 0.5:
            text = (
                f"{name}: the vectors cover only {100 * split.vector_tokens:.1f} % of "
                "the tokens. Are they of the data's language?"
            )
            report.add(WARNING, "coverage", text)


def _shares(tally: Tally, is_known) -> tuple[float, float]:
    known = [word for word in tally.words if is_known(word)]
    return (
        sum(tally.words[word] for word in known) / max(tally.tokens, 1),
        len(known) / max(len(tally.words), 1),
    )
