"""The corpus that ships: complete, valid in every column, its splits apart."""

from pathlib import Path

import pytest

from util import tagschemes
from util.CoNLL import readCoNLL
from util.corpus.datasets import KNOWN_COLUMNS

FOLDER = Path(__file__).parents[1] / "data" / "sample"
SPLITS = ("train", "dev", "test")
UPOS = set(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB "
    "X".split()
)
TYPES = {
    "chunk_BIO": set("NP VP PP ADVP ADJP SBAR PRT INTJ".split()),
    "NER_BIO": set("PER LOC ORG MISC".split()),
}


@pytest.fixture(scope="module")
def corpus():
    return {
        split: readCoNLL(str(FOLDER / f"{split}.txt"), KNOWN_COLUMNS["sample"])
        for split in SPLITS
    }


def every(corpus):
    return [sentence for split in SPLITS for sentence in corpus[split]]


def test_it_is_large_enough(corpus):
    sentences = every(corpus)
    assert len(sentences) >= 400
    assert sum(len(sentence["tokens"]) for sentence in sentences) >= 5000
    assert all(corpus.values())


@pytest.mark.parametrize("split", SPLITS)
def test_each_line_has_four_columns_between_tabs(split):
    lines = (FOLDER / f"{split}.txt").read_text(encoding="utf-8").split("\n")
    wrong = [line for line in lines if line and len(line.split("\t")) != 4]
    assert wrong == []
    assert all(field.strip() for line in lines if line for field in line.split("\t"))


def test_parts_of_speech_are_universal(corpus):
    assert {tag for sentence in every(corpus) for tag in sentence["POS"]} <= UPOS


@pytest.mark.parametrize("column", TYPES)
def test_span_tags_are_valid_bio_of_known_types(corpus, column):
    found = set()
    for sentence in every(corpus):
        tags = sentence[column]
        for before, after in zip([None, *tags], [*tags, None]):
            assert tagschemes.may_follow(before, after, "BIO"), sentence["tokens"]
        found.update(tagschemes.types(tags))
    assert found - {"O"} == TYPES[column]


def test_the_readme_counts_sentences_and_tokens(corpus):
    sentences = every(corpus)
    tokens = sum(len(sentence["tokens"]) for sentence in sentences)
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{len(sentences):,} English sentences ({tokens:,} tokens)" in text


def test_no_sentence_stands_in_two_splits(corpus):
    seen = {
        split: {" ".join(sentence["tokens"]) for sentence in corpus[split]}
        for split in SPLITS
    }
    for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        assert seen[one] & seen[other] == set()
