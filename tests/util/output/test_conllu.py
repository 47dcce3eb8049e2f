"""CoNLL-U out: what was there stays, and the tags stand where they belong."""

import io

import pytest

from util.corpus.layouts import conllu_names
from util.output.conllu import ConlluWriter, renumbered
from util.output.conllu_tasks import UPOS, keys_of, targets_of
from util.output.offsets import place_of_text
from util.output.streams import Line, read_blocks
from util.output.window import Window
from util.task import Task

POS = Task("words", "POS", tuple(sorted(UPOS)))
NER = Task("names", "NER_BIO", ("O", "B-PER"))
GIVEN = """\
# newdoc id = d
# sent_id = 1
# text = Don't  go, he said
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\tTypo=Yes
1\tDo\tdo\tAUX\tVBP\tA=b|C=d\t0\troot\t0:root\tSpaceAfter=No
2\tn't\tnot\t_\tRB\t_\t1\tadvmod\t1:advmod\t_
2.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t1:x\tCopyOf=-1
3\tNew York\tx \t_\t_\t_\t1\tx\t_\tNER=old|Gloss=a=b

# sent_id = 2
1\t#\t#\tX\t_\t_\t0\troot\t_\t_

"""


def written(tasks, labels, text=GIVEN, column=None, folder=None, columns=None):
    file = io.StringIO()
    path = folder / "in.conllu"
    path.write_bytes(text.encode())
    writer = ConlluWriter(file, tasks, column)
    writer.begin()
    for lines, sentences in read_blocks(str(path), columns or {1: "tokens"}):
        tokens = [sentence["tokens"] for sentence in sentences]
        made = {t.name: [[labels(t, w) for w in s] for s in tokens] for t in tasks}
        writer.write(Window(tokens, made, None, None, lines))
    writer.end()
    return file.getvalue()


def test_only_the_column_of_the_tags_changes(tmp_path):
    found = written([POS], lambda task, word: word.upper(), folder=tmp_path)
    for before, after in zip(GIVEN.split("\n"), found.split("\n")):
        cells = before.split("\t")
        if cells[0].isdigit():
            cells[3] = cells[1].upper()
        assert after == "\t".join(cells)
    assert len(found.split("\n")) == len(GIVEN.split("\n"))


def test_tags_join_what_misc_holds_and_take_the_place_of_older_ones(tmp_path):
    found = written([NER], lambda task, word: "B-" + word[0], folder=tmp_path)
    misc = [line.split("\t")[9] for line in found.split("\n") if "\t" in line]
    assert misc == (
        ["Typo=Yes", "SpaceAfter=No|NER=B-D", "NER=B-n", "CopyOf=-1"]
        + ["NER=B-N|Gloss=a=b", "NER=B-#"]
    )
    again = written(
        [NER], lambda task, word: "B-" + word[0], text=found, folder=tmp_path
    )
    assert again == found


def test_several_tasks_and_signs_that_misc_cannot_hold(tmp_path):
    tasks = [POS, NER, Task("other", "X Y", ("a|b\\",))]
    found = written(
        tasks,
        lambda task, word: {"other": "a|b\\"}.get(task.name, "X"),
        folder=tmp_path,
    )
    assert "\n1\t#\t#\tX\t_\t_\t0\troot\t_\tNER=X|X_Y=a\\pb\\\\\n" in found


@pytest.mark.parametrize("text", [GIVEN.rstrip("\n"), GIVEN.replace("\n", "\r\n")])
def test_lines_end_as_the_format_asks(tmp_path, text):
    found = written([POS], lambda task, word: "X", text=text, folder=tmp_path)
    assert found.endswith("\t_\n\n") and "\r" not in found
    assert found == written([POS], lambda task, word: "X", folder=tmp_path)


def test_conllu_plus_has_its_own_columns(tmp_path):
    text = "# global.columns = ID FORM XPOS\n1\tDo\tVB\n2\tgo\t_\n\n"
    found = written([POS], lambda task, word: "Z", text, "XPOS", tmp_path)
    assert found == text.replace("VB", "Z").replace("_", "Z")
    with pytest.raises(ValueError, match="no column UPOS, but ID, FORM.*conllu-c"):
        written([POS], lambda task, word: "Z", text, folder=tmp_path)


def test_a_line_that_is_no_conllu_is_told(tmp_path):
    text = GIVEN.replace("1\t#\t#\tX\t_\t_\t0\troot\t_\t_", "1 a\tb\tc")
    with pytest.raises(ValueError, match="line 11: CoNLL-U needs 10 columns.*found 3"):
        written([POS], lambda task, word: "X", text, folder=tmp_path)


def check_conllu(text, first=1):
    """Check what the format asks for, and that `# text` is what the words make."""
    assert text.endswith("\n\n") and not text.startswith("\n") and "\n\n\n" not in text
    for number, block in enumerate(text[:-2].split("\n\n"), first):
        lines = block.split("\n")
        assert lines[0] == f"# sent_id = {number}"
        assert lines[1].startswith("# text = ")
        rows = [line.split("\t") for line in lines[2:]]
        assert [row[0] for row in rows] == [str(i + 1) for i in range(len(rows))]
        assert all(len(row) == 10 and all(row) for row in rows)
        assert not [c for row in rows for c in row[2:9] if " " in c]
        for row in rows:
            pairs = [] if row[9] == "_" else row[9].split("|")
            assert all("=" in pair for pair in pairs)
        blanks = ["" if "SpaceAfter=No" in row[9] else " " for row in rows]
        said = "".join(row[1] + blank for row, blank in zip(rows, blanks)).rstrip()
        assert lines[1] == f"# text = {said}"


def test_raw_text_becomes_valid_conllu(tmp_path):
    text = 'He said "No\r\nway".'
    tokens = ["He", "said", "``", "No", "way", "''", "."]
    within = [(0, 2), (3, 7), (8, 9), (9, 11), (13, 16), (16, 17), (17, 18)]
    window = Window(
        [tokens], {"names": [["O"] * 7]}, None, [place_of_text(text, 5, within)]
    )
    file = io.StringIO()
    writer = ConlluWriter(file, [NER])
    for _ in range(2):
        writer.write(window)
    writer.end()
    check_conllu(file.getvalue())
    lines = file.getvalue().split("\n")
    assert lines[1] == '# text = He said "No way".'
    assert lines[4] == '3\t"' + "\t_" * 7 + "\tNER=O|SpaceAfter=No"


def test_other_columns_become_conllu(tmp_path):
    text = "# c\nThe DET\ndog NOUN\n\n1 X\n"
    found = written([POS], lambda t, w: "X", text, None, tmp_path, {0: "tokens"})
    assert found.count("# text") == 2  # `# c` is a token here
    check_conllu(found)
    both = io.StringIO()
    writer = ConlluWriter(both, [POS])
    line = Line(1, "a")
    writer.write(Window([["a"]], {"words": [["X"]]}, None, None, [(line, (0, 0))]))
    check_conllu(both.getvalue())


@pytest.mark.parametrize(
    "task, target",
    [
        (POS, "UPOS"),
        (NER, "MISC"),
        (Task("x", "UPOS", ("a",)), "UPOS"),
        (Task("my_xpos", "TAG", tuple(UPOS)), "XPOS"),
        (Task("x", "xpos", ("NN",)), "XPOS"),
        (Task("x", "TAG", ("NOUN", "VERB", "X")), "UPOS"),
        (Task("conll2000_POS", "c2", ("NN",)), "XPOS"),
        (Task("position", "composite", ("NN",)), "MISC"),
        (Task("x", "pos_IOBES", ("O",)), "MISC"),
        (Task("x", "sense", ("X", "_")), "MISC"),
    ],
)
def test_tags_go_where_their_names_and_labels_say(task, target):
    assert targets_of([task]) == {task.name: target}
    assert targets_of([task], "XPOS") == {task.name: "XPOS"}


def test_a_column_holds_one_task():
    other = POS._replace(name="more")
    assert list(targets_of([POS, other]).values()) == ["UPOS", "MISC"]
    with pytest.raises(ValueError, match="XPOS holds .* one task.*MISC"):
        targets_of([POS, other], "XPOS")
    with pytest.raises(ValueError, match="'N P' holds a blank.*MISC"):
        targets_of([Task("x", "pos", ("N P",))])
    assert keys_of([NER, POS]) == {"names": "NER", "words": "POS"}
    assert keys_of([NER, NER._replace(name="b c")]) == {"names": "names", "b c": "b_c"}


def test_what_is_conllu():
    assert len(conllu_names(GIVEN)) == 10
    assert len(conllu_names("\ufeff" + GIVEN.replace("\n", "\r\n"))) == 10
    assert conllu_names("# global.columns = ID FORM\n1\ta\n") == ("ID", "FORM")
    row = "1" + "\tx" * 9  # a table, as it has no heads
    for text in (
        "",
        "# a\n\nIt rains.\n",
        "1\tA sentence.\n",
        row,
        "a\tb\n",
        "1 a _\n",
    ):
        assert conllu_names(text) == ()


def test_columns_of_several_blocks_become_conllu_to_their_end(tmp_path):
    file = io.StringIO()
    (tmp_path / "in").write_text("A x\nb y\n\nC z\n\nD w\n\n")
    writer = ConlluWriter(file, [POS])
    writer.begin()
    for lines, sentences in read_blocks(str(tmp_path / "in"), {0: "tokens"}, tokens=2):
        tokens = [sentence["tokens"] for sentence in sentences]
        labels = {POS.name: [["NOUN"] * len(each) for each in tokens]}
        writer.write(Window(tokens, labels, None, None, lines))
    writer.end()
    ids = [line for line in file.getvalue().split("\n") if line.startswith("# sent_id")]
    assert ids == [f"# sent_id = {number}" for number in (1, 2, 3)]
    assert file.getvalue().count("\tNOUN\t") == 4


def test_sentences_are_numbered_anew_and_nothing_else():
    text = "# sent_id = 1\n# text = # sent_id = 1\n1\tsent_id\t_\n\n# sent_id = 19\n"
    assert renumbered(text, 8) == text.replace("= 1\n#", "= 9\n#").replace("19", "27")
