"""Tokens are not looked for where something else stands, and the flag is named."""

import pytest

from tagger.commands import tag
from tagger.evaluation.goldfile import read_gold
from util.CoNLL import readCoNLL
from util.corpus.checking.check import check
from util.output.streams import read_blocks
from util.preprocessing import perpareDataset

WORDS = "The dog sees a cat in 2019 , and it sleeps .".split()
POS = "DT NN VBZ DT NN IN CD , CC PRP VBZ .".split()
TAGS = "O B-A O O B-B I-B I-B O O O O O".split()


def rows(*columns):
    return "".join("\t".join(map(str, row)) + "\n" for row in zip(*columns)) + "\n"


def numbered(first=1, sentences=2):
    """Return sentences whose words are numbered, all of them or each on its own."""
    text, number = "", first
    for _ in range(sentences):
        text += rows(range(number, number + 12), WORDS, POS, TAGS)
        number = number + 12 if first > 1 else first
    return text


CONLLU = "# sent_id = 1\n# text = The dog sees a cat\n1-2\tThedog" + "\t_" * 8 + "\n"
CONLLU += rows(range(1, 13), WORDS, WORDS, POS, *[["_"] * 12] * 6)
FIRST, THIRD = {0: "tokens", 3: "NER_BIO"}, {0: "tokens", 2: "POS"}
WRONG = {
    "from 1": (numbered(), FIRST, "numbers 1, 2, 3", "1:tokens,3:NER_BIO"),
    "from 0": (numbered(0), FIRST, "numbers 0, 1, 2", "1:tokens,3:NER_BIO"),
    "one sentence": (numbered(1, 1), THIRD, "numbers 1, 2, 3", "1:tokens,2:POS"),
    "many sentences": (numbered(1, 99), THIRD, "numbers 1", "1:tokens,2:POS"),
    "through the file": (
        rows(range(12), WORDS, POS) + rows(range(12, 24), WORDS, POS),
        {0: "tokens"},
        "numbers 0, 1, 2",
        "1:tokens",
    ),
    "CoNLL-U": (CONLLU * 2, FIRST, "numbers 1, 2, 3", "1:tokens,3:NER_BIO"),
    "a column in front": (
        numbered(),
        {0: "tokens", 1: "POS", 2: "NER_BIO"},
        "numbers",
        "1:tokens,2:POS,3:NER_BIO",
    ),
    "tags first": (
        rows(TAGS, WORDS),
        {0: "tokens", 1: "NER_BIO"},
        "the tags O, B-A, O",
        "0:NER_BIO,1:tokens",
    ),
    "tags last": (rows(WORDS, POS, TAGS), {2: "tokens"}, "tags O, B-A", "0:tokens"),
}
RIGHT = {
    "numbers of words in their own column": (numbered(), {1: "tokens", 3: "NER_BIO"}),
    "a list of numbers": (rows([1, 2, 3, 4], ["CD"] * 4), {0: "tokens", 1: "POS"}),
    "numbers that skip": (rows([1, 2, 4, 8], WORDS), {0: "tokens", 1: "POS"}),
    "nothing but numbers": (rows([1, 2, 3], [4, 5, 6]), {0: "tokens"}),
    "one column": (rows([1, 2, 3, 4]), {0: "tokens"}),
    "a sentence that counts": (
        rows([1, 2, 3], "CD NN NP".split()) + rows(WORDS, POS),
        {0: "tokens", 1: "POS"},
    ),
    "O alone": (rows(["O"] * 4, "UH UH NN NP".split()), {0: "tokens", 1: "POS"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_token_is_refused_everywhere(text_file, name):
    text, columns, what, right = WRONG[name]
    path = text_file(text)
    label = next((n for n in columns.values() if n != "tokens"), "none")
    files = {"train": path}
    sets = {"x": {"columns": columns, "label": label, "files": files}}
    for read in (
        lambda: readCoNLL(path, columns),
        lambda: list(read_blocks(path, columns)),
        lambda: read_gold(path, columns),
        lambda: perpareDataset(None, sets),
    ):
        with pytest.raises(ValueError) as error:
            read()
        said = str(error.value)
        assert said.startswith(f"{path}:") and "\n" not in said
        assert what in said and f"--columns {right}," in said
    assert not check(sets).can_start


@pytest.mark.parametrize("name", RIGHT)
def test_tokens_that_only_look_so_are_read(text_file, name):
    text, columns = RIGHT[name]
    path = text_file(text)
    token = next(i for i, n in columns.items() if n == "tokens")
    found = [value for s in readCoNLL(path, columns) for value in s["tokens"]]
    lines = [line for line in text.split("\n") if line]
    assert found == [line.split("\t")[token] for line in lines]


def test_the_flag_is_named_while_tagging(trained, text_file, capsys):
    path = text_file(numbered())
    with pytest.raises(ValueError, match="numbers 1, 2, 3.*Give --columns 1:tokens,"):
        tag.main([trained.stored, path, "--columns", "0:tokens"])
    with pytest.raises(ValueError, match="found 4. Check --columns"):
        tag.main([trained.stored, path, "--columns", "7:tokens"])
    for wrong in ("tokens", "0:POS", "0:tokens,0:POS"):
        with pytest.raises(SystemExit):
            tag.main([trained.stored, path, "--columns", wrong])
        assert "--columns" in capsys.readouterr().err
    assert capsys.readouterr().out == ""
