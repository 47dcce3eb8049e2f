"""Reading tables of scores and files of predictions."""

import numpy as np
import pytest

from tagger.experiments.comparison.predictions import parse_columns, read_counts
from tagger.experiments.comparison.tables import read_arm, read_arms

HEAD = "seed,task,dev,test,best_epoch,epochs,seconds,model\n"
ROWS = HEAD + "1,pos,0.95,0.94,3,8,61.2,a.h5\n2,pos,0.96,0.95,4,9,70.0,b.h5\n"


# ------------------------------------------------------------------------- tables


def test_a_table_is_read(text_file):
    arm = read_arm(text_file(ROWS), "mine")
    assert (arm.name, arm.task, arm.seeds) == ("mine", "pos", [1, 2])
    assert arm.scores("dev").tolist() == [0.95, 0.96]
    assert arm.scores("test").tolist() == [0.94, 0.95]


@pytest.mark.parametrize(
    "content",
    [
        "seed,dev,test\n1,95,94\n2,96,95\n",  # percent
        "\ufefftest,seed,dev\r\n0.94,1,0.95\r\n0.95,2,0.96\r\n",
        'seed,dev,test,note\n1,0.95,0.94,"a, b"\n2,0.96,0.95,\n',
    ],
)
def test_tables_of_other_hands(text_file, content):
    arm = read_arm(text_file(content), "mine")
    assert arm.scores("dev") == pytest.approx([0.95, 0.96])
    assert arm.scores("test") == pytest.approx([0.94, 0.95])


def test_a_task_is_chosen(text_file):
    path = text_file(ROWS + "1,chunks,0.8,0.7\n2,chunks,0.9,0.8\n")
    assert read_arm(path, "mine", "chunks").dev.tolist() == [0.8, 0.9]
    with pytest.raises(ValueError, match="--task pos or --task chunks"):
        read_arm(path, "mine")
    with pytest.raises(ValueError, match="no task 'ner'.*pos"):
        read_arm(path, "mine", "ner")
    path = text_file("seed,dev,test\n1,0.95,0.94\n", "other.csv")
    with pytest.raises(ValueError, match="names no tasks: leave --task out"):
        read_arm(path, "mine", "pos")


def test_names_come_from_the_flag_or_the_folder(text_file):
    path = text_file(ROWS, "large/results.csv")
    other = text_file(ROWS, "small=1/results.csv")
    folder = path[: -len("/results.csv")]
    names = [arm.name for arm in read_arms([path, f"x={folder}", other])]
    assert names == ["large", "x", "small=1"]
    with pytest.raises(ValueError, match="both be called 'large'"):
        read_arms([path, folder])
    files = [text_file(ROWS, "a.csv"), text_file(ROWS, "b.csv")]
    assert [arm.name for arm in read_arms(files)] == ["a", "b"]


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "no column seed, dev, test"),
        ("seed;dev;test\n1;2;3\n", "no column"),
        (HEAD, "no runs"),
        (HEAD + "1,a,x,0.5\n", ":2: the dev score"),
        (HEAD + "1,a,0.5\n", ":2: the test score"),
        (HEAD + "1,a,0.5,-0.1\n", ":2: the test score"),
        (HEAD + "1,a,0.5,inf\n", ":2: the test score"),
        (HEAD + "one,a,0.5,0.5\n", ":2: the seed"),
        (HEAD + "1,a,0.5,0.5\n1,a,0.5,0.5\n", "seed 1 stands there twice"),
        (b"\xff\xfe\x00", "not a CSV file in UTF-8"),
    ],
)
def test_bad_tables_end_in_one_line(text_file, content, message):
    path = text_file(content)
    with pytest.raises(ValueError, match=message) as error:
        read_arm(path, "mine")
    assert path in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_scores_are_named(text_file):
    arm = read_arm(text_file(HEAD + "1,a,0.9,nan\n2,a,0.8,nan\n"), "mine")
    assert arm.scores("dev").tolist() == [0.9, 0.8]
    with pytest.raises(ValueError, match="seed 1 has no test score.*--split dev"):
        arm.scores("test")


# -------------------------------------------------------------------- predictions

# Each line: token, another column, gold, what A says, what B says.
TAGGED = """\
The DET B-NP B-NP B-NP
train NOUN I-NP I-NP B-NP
left VERB B-VP B-VP B-VP

It PRON B-NP O B-NP
is AUX B-VP B-VP B-VP
late ADJ I-VP B-VP I-VP

"""


def files(text_file, text=TAGGED):
    rows = [line.split() for line in text.splitlines()]
    a = "\n".join(" ".join(row[:4]) for row in rows)
    b = "\n".join("\t".join(row[:3] + row[4:]) for row in rows)
    return text_file(a, "a.conll"), text_file(b, "b.conll")


def test_spans_are_counted_per_sentence(text_file):
    a, b, measure = read_counts(*files(text_file))
    assert measure == "f1"
    assert [column.tolist() for column in a] == [[2, 0], [2, 2], [2, 2]]
    assert [column.tolist() for column in b] == [[1, 2], [3, 2], [2, 2]]
    assert (a.score(), b.score()) == pytest.approx((0.5, 2 * 3 / (5 + 4)))


def test_the_score_is_that_of_all_sentences(text_file):
    from util.BIOF1Validation import count_spans

    draw = np.random.default_rng(0)
    tags = ["O", "B-NP", "I-NP", "B-VP", "I-VP"]
    sentences = [draw.choice(tags, (draw.integers(1, 9), 3)) for _ in range(50)]
    text = "\n\n".join(
        "\n".join("w x " + " ".join(row) for row in sentence) for sentence in sentences
    )
    a, b, _ = read_counts(*files(text_file, text))
    for column, found in ((1, a), (2, b)):
        predicted = [sentence[:, column].tolist() for sentence in sentences]
        gold = [sentence[:, 0].tolist() for sentence in sentences]
        assert found.score() == pytest.approx(count_spans(predicted, gold).scores()[2])


def test_other_tags_are_counted_per_token(text_file):
    text = TAGGED.replace("B-", "").replace("I-", "")
    a, b, measure = read_counts(*files(text_file, text))
    assert measure == "accuracy"
    assert (a.score(), b.score()) == pytest.approx((5 / 6, 1))
    assert [column.tolist() for column in a] == [[3, 2], [3, 3], [3, 3]]


def test_columns_are_chosen(text_file):
    path = text_file(TAGGED)
    columns = parse_columns("2:gold, 4:predicted")
    a, b, _ = read_counts(path, path, columns)
    assert a.score() == b.score() == pytest.approx(6 / 9)
    assert read_counts(path, path, (2, 3))[0].score() == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["1,2", "1:gold", "x:gold,2:predicted", ""])
def test_bad_columns_are_refused(text):
    import argparse

    with pytest.raises(argparse.ArgumentTypeError, match="INDEX:gold"):
        parse_columns(text)


def test_files_that_do_not_match(text_file):
    a, b = files(text_file)
    first = text_file(TAGGED.partition("\n\n")[0], "first.conll")
    with pytest.raises(ValueError, match="first.conll ends before .*b.conll:5"):
        read_counts(first, b, (2, 3))
    with pytest.raises(ValueError, match="b.conll ends before .*first.conll:1"):
        read_counts(first, text_file("", "b.conll"), (2, 3))
    other = text_file(TAGGED.replace("left VERB B-VP", "left VERB O"), "other.conll")
    with pytest.raises(ValueError, match="other.conll:1: other gold tags"):
        read_counts(a, other, (2, 3))
    with pytest.raises(ValueError, match="a.conll:1: expected at least 8 columns"):
        read_counts(a, a, (2, 7))
    two = text_file("The DET\n", "two.conll")
    with pytest.raises(ValueError, match="two.conll:1: expected at least 3"):
        read_counts(two, two)
    with pytest.raises(ValueError, match="no sentences"):
        read_counts(*[text_file("\n\n", "none.conll")] * 2)
    with pytest.raises(ValueError, match="not a single tag is right"):
        read_counts(a, a, (1, 3))
