"""The public data sets, where they are to be had: TAGGER_DATA is the folder above
`data/conll2000_chunking` and the others.
"""

import os
from pathlib import Path

import pytest

from util.CoNLL import readCoNLL
from util.corpus.datasets import KNOWN_COLUMNS

FOLDER = Path(os.environ.get("TAGGER_DATA", "."), "data")
FILES = {
    "conll2000_chunking/train.txt": (8936, 211727),
    "conll2000_chunking/dev.txt": (1844, 44352),
    "conll2000_chunking/test.txt": (2012, 47377),
    "UD_English-EWT/en_ewt-ud-train.conllu": (12544, 204577),
    "UD_English-EWT/en_ewt-ud-dev.conllu": (2001, 25147),
    "UD_English-EWT/en_ewt-ud-test.conllu": (2077, 25094),
    "GermEval2014/ukp_dev.txt": (2200, 41653),
    "GermEval2014/ukp_test.txt": (5100, 96499),
    "wnut17/wnut17train.conll": (3394, 62730),
    "wnut17/emerging.dev.conll": (1009, 15733),
    "wnut17/emerging.test.annotated": (1287, 23394),
}

pytestmark = pytest.mark.skipif(
    "TAGGER_DATA" not in os.environ,
    reason="TAGGER_DATA, the folder above data/conll2000_chunking, is not set",
)


def read(name, columns=None):
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"TAGGER_DATA has no data/{name}")
    return readCoNLL(str(path), columns or KNOWN_COLUMNS[path.parent.name])


@pytest.mark.parametrize("name", FILES)
def test_sentences_and_tokens_are_all_read(name):
    index = {v: k for k, v in KNOWN_COLUMNS[name.split("/")[0]].items()}["tokens"]
    sentences = read(name, {index: "tokens"})
    tokens = sum(len(sentence["tokens"]) for sentence in sentences)
    assert (len(sentences), tokens) == FILES[name]


def test_numbers_of_conll2000_are_tokens():
    tokens = [t for s in read("conll2000_chunking/test.txt") for t in s["tokens"]]
    assert "8.1" in tokens
    assert "#" in tokens


def test_hash_signs_of_wnut_are_tokens():
    path = FOLDER / "wnut17/wnut17train.conll"
    sentences = read("wnut17/wnut17train.conll")
    there = sum(line.startswith(b"#\t") for line in path.read_bytes().splitlines())
    assert sum(s["tokens"].count("#") for s in sentences) == there > 0


def test_a_fifth_field_of_germeval_does_no_harm():
    path = FOLDER / "GermEval2014/ukp_test.txt"
    sentences = read("GermEval2014/ukp_test.txt")
    tags = {tag for sentence in sentences for tag in sentence["NER_BIO"]}
    assert len({tag[2:] for tag in tags - {"O"}}) == 12
    assert {tag[0] for tag in tags} == set("BIO")
    wide = [row for row in path.read_text("utf-8").split("\n") if row.count("\t") == 4]
    assert len(wide) == 1
    assert any(wide[0].split("\t")[1] in sentence["tokens"] for sentence in sentences)


def test_upos_tags_of_ewt_are_the_seventeen():
    sentences = read("UD_English-EWT/en_ewt-ud-dev.conllu")
    assert len({tag for sentence in sentences for tag in sentence["POS"]}) == 17
