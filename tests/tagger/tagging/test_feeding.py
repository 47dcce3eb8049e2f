"""`--with`: another model tags first what this one reads as a column."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tagger.tagging.feeding import Feeders
from util.CoNLL import with_all_schemes
from util.task import Task

TEXT = "The dog sees a cat. It rains.\n\nA\n"


@pytest.fixture
def text(call):
    Path("text.txt").write_text(TEXT, "utf-8")


@pytest.fixture
def columns(models, call, text):
    """The text in columns: words, parts of speech, types of chunks, by the models."""
    Path("pos.txt").write_text(call(models.pos, "text.txt"), "utf-8")
    made = call(models.fed, "pos.txt", "--columns", "0:tokens,1:POS")
    blocks = []
    for block in made.strip().split("\n\n"):
        words, pos, chunks = zip(*(line.split("\t") for line in block.split("\n")))
        types = with_all_schemes({"chunk_BIO": list(chunks)})["chunk_class"]
        rows = zip(words, pos, types)
        blocks.append("".join("\t".join(row) + "\n" for row in rows))
    Path("deep.txt").write_text("\n".join(blocks), "utf-8")


def last(text):
    return [re.split(r"\s", line)[-1] for line in text.split("\n") if line]


def test_raw_text_gets_the_column(models, call, columns):
    expected = call(models.fed, "pos.txt", "--columns", "0:tokens,1:POS")
    found = call(models.fed, "text.txt", "--with", models.pos)
    assert [line.split("\t")[0::2] for line in expected.split("\n")] == [
        line.split("\t") for line in found.split("\n")
    ]


def test_a_file_of_columns_gets_it_too(models, call, columns, read_json):
    expected = call(models.fed, "pos.txt", "--columns", "0:tokens,1:POS")
    given = ["pos.txt", "--columns", "0:tokens", "--with", models.pos]
    assert call(models.fed, *given) == expected
    sentences = read_json(call(models.fed, *given, "--format", "json"))
    labels = [token["labels"]["fed"] for s in sentences for token in s["tokens"]]
    assert labels == last(expected)


def test_one_may_feed_another_and_tags_are_read_in_every_scheme(models, call, columns):
    asked = ["--columns", "0:tokens,2:chunk_class"]
    expected = last(call(models.deep, "deep.txt", *asked))
    both = ["--with", models.pos, "--with", models.fed]
    assert last(call(models.deep, "text.txt", *both)) == expected
    assert len(set(expected)) > 1


def test_conllu_is_tagged_anew(models, call, columns):
    words = [line.split("\t")[0] for line in Path("pos.txt").read_text().split("\n")]
    rest = "\t_\tNOUN\t_\t_\t0\troot\t_\t_"
    rows, number = [], 0
    for word in words:
        number = number + 1 if word else 0
        rows.append(f"{number}\t{word}{rest}" if word else "")
    Path("in.conllu").write_text("\n".join(rows), "utf-8")
    expected = last(call(models.fed, "text.txt", "--with", models.pos))
    found = call(models.fed, "in.conllu", "--format", "conllu", "--with", models.pos)
    assert last(found) == [f"chunk={tag}" for tag in expected]
    assert last(call(models.fed, "in.conllu")) != expected


@pytest.mark.parametrize(
    "flags, message",
    [
        ([], "{fed} needs the column POS, which raw text lacks.*--with MODEL"),
        (["--columns", "0:tokens"], "{fed} needs .*POS, which --columns does not name"),
        (["--with", "chunks"], "--with {chunks}: it tags chunk_BIO, .*{fed} needs POS"),
        (
            ["--with", "pos", "--columns", "0:tokens,1:POS"],
            "--with {pos}: it tags POS, which --columns names",
        ),
        (["--with", "pos", "--with", "pos"], "{pos}: it tags POS, which no model"),
        (
            ["--with", "deep"],
            "{deep} needs the column chunk_class, which raw text lacks",
        ),
    ],
)
def test_a_column_too_few_or_too_many_is_one_line(models, call, text, flags, message):
    paths = {name: re.escape(path) for name, path in vars(models).items()}
    flags = [getattr(models, flag, flag) for flag in flags]
    with pytest.raises(ValueError, match=message.format(**paths)) as caught:
        call(models.fed, "text.txt", *flags)
    assert "\n" not in str(caught.value)


def test_a_model_that_needs_nothing_is_fed_nothing(models, call, text):
    with pytest.raises(ValueError, match="needs no column besides the words"):
        call(models.pos, "text.txt", "--with", models.chunks)


def test_a_tasks_name_goes_before_its_column():
    def model(required, **tasks):
        made = {n: Task(n, label, ()) for n, label in tasks.items()}
        return SimpleNamespace(requiredColumns=required, tasks=made)

    fed = "fed.h5", model(["POS", "morph"])
    one = "one.h5", model([], POS="x_pos", other="POS", morph="FEATS")
    assert Feeders([one], fed).needed == {}
    two = "two.h5", model([], a="POS", b="POS")
    with pytest.raises(ValueError, match="two.h5: a, b all tag POS"):
        Feeders([two], fed)
    part = "part.h5", model(["LEMMA"], a="POS")
    assert Feeders([part], fed).needed == {"LEMMA": "part.h5", "morph": "fed.h5"}
