import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from util.CoNLL import conllWrite, readCoNLL, write_sentence
from util.corpus.lines import split_line

COLUMNS = {0: "tokens", 1: "POS"}
CONLLU = {1: "tokens", 3: "POS"}


def conllu_row(index, form, pos):
    return "\t".join([index, form, "_", pos, *["_"] * 6]) + "\n"


def test_lines_split_on_blanks_where_there_is_no_tab(text_file):
    path = text_file("The  DT\nend NN \n\nStop VB\n\n")
    assert readCoNLL(path, COLUMNS) == [
        {"tokens": ["The", "end"], "POS": ["DT", "NN"]},
        {"tokens": ["Stop"], "POS": ["VB"]},
    ]


def test_a_tab_makes_blanks_part_of_the_values(text_file):
    path = text_file("New York\tNNP\n\tXX\n")
    assert readCoNLL(path, COLUMNS)[0]["tokens"] == ["New York", ""]


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u2028", "\u0085"])
def test_only_ascii_blanks_separate(text_file, blank):
    path = text_file(f"10{blank}000 CD\nx\t{blank}\n{blank} SYM\n")
    assert readCoNLL(path, COLUMNS) == [
        {"tokens": [f"10{blank}000", "x", blank], "POS": ["CD", blank, "SYM"]}
    ]


def test_byte_order_mark_and_windows_line_ends_are_no_part_of_the_text(text_file):
    path = text_file(b"\xef\xbb\xbfThe DT\r\nend NN\r\n\r\nStop VB\r\n")
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS)] == [["The", "end"], ["Stop"]]
    assert readCoNLL(path, COLUMNS)[1]["POS"] == ["VB"]


def test_a_line_of_blanks_ends_a_sentence_and_several_end_it_once(text_file):
    path = text_file("\n\na X\n \t\n\n\nb Y\n")
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS)] == [["a"], ["b"]]


def test_last_line_needs_no_line_end(text_file):
    assert readCoNLL(text_file("a X\nb Y"), COLUMNS)[0]["POS"] == ["X", "Y"]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_holds_no_sentences(text_file, content):
    assert readCoNLL(text_file(content), COLUMNS) == []


def test_only_the_comment_symbol_makes_comments(text_file):
    path = text_file("# a\n#tag X\n\nb # \n% c\n")
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS)] == [
        ["#", "#tag"],
        ["b", "%"],
    ]
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS, "#")] == [["b", "%"]]
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS, "%")][1] == ["b", "%"]


def test_conllu_comments_and_rows_that_are_no_words_are_skipped(text_file):
    path = text_file(
        "# sent_id = 1\n# text = Don't\n"
        + conllu_row("1-2", "Don't", "_")
        + conllu_row("1", "Do", "AUX")
        + conllu_row("2", "n't", "PART")
        + conllu_row("2.1", "go", "VERB")
        + "\n# text = # 8.1\n"
        + conllu_row("1", "#", "SYM")
        + conllu_row("2", "8.1", "NUM")
    )
    assert readCoNLL(path, CONLLU) == [
        {"tokens": ["Do", "n't"], "POS": ["AUX", "PART"]},
        {"tokens": ["#", "8.1"], "POS": ["SYM", "NUM"]},
    ]


def test_only_rows_of_ten_columns_are_skipped(text_file):
    path = text_file(conllu_row("1", "a", "X") + "8.1\tb\t_\tY\n")
    assert readCoNLL(path, CONLLU) == [{"tokens": ["a", "b"], "POS": ["X", "Y"]}]


def test_numbers_and_hash_signs_are_tokens_outside_conllu(text_file):
    path = text_file("8.1 CD\n1-2 CD\n\n# #\n5 CD\n")
    assert [s["tokens"] for s in readCoNLL(path, COLUMNS)] == [
        ["8.1", "1-2"],
        ["#", "5"],
    ]


def test_ten_columns_with_the_tokens_first_are_not_conllu(text_file):
    path = text_file("".join(conllu_row(word, "_", "X") for word in ("#", "8.1", "7")))
    assert readCoNLL(path, {0: "tokens"})[0]["tokens"] == ["#", "8.1", "7"]


@pytest.mark.parametrize(
    ("content", "line"),
    [("a X\n\nb Y\nc\n", 4), ("a\tX\nb Y\nNew York\nc", 4), ("a", 1)],
)
def test_too_few_columns_are_named_by_file_and_line(text_file, content, line):
    path = text_file(content)
    with pytest.raises(ValueError) as error:
        readCoNLL(path, COLUMNS)
    assert str(error.value).startswith(
        f"{path}:{line}: expected at least 2 columns, found 1."
    )


def test_bytes_that_are_not_utf8_are_named_by_file_and_line(text_file):
    path = text_file("gut X\nschön X\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8") as error:
        readCoNLL(path, COLUMNS)
    assert str(error.value).startswith(f"{path}:2: ")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        readCoNLL(str(tmp_path / "none.txt"), COLUMNS)


def test_val_transformation_sees_column_value_and_the_whole_line(text_file):
    seen = []

    def transform(column, value, row):
        seen.append((column, value, list(row)))
        return value.lower() if column == "tokens" else value

    path = text_file("The DT x\nEnd NN y\n")
    sentence = readCoNLL(path, COLUMNS, valTransformation=transform)[0]
    assert sentence == {"tokens": ["the", "end"], "POS": ["DT", "NN"]}
    assert seen[:2] == [
        ("tokens", "The", ["The", "DT", "x"]),
        ("POS", "DT", ["The", "DT", "x"]),
    ]


@pytest.mark.parametrize("scheme", ["BIO", "IOB", "IOBES"])
def test_a_span_column_yields_its_types_and_the_other_schemes(text_file, scheme):
    tags = {
        "BIO": ["B-NP", "B-NP", "I-NP", "O", "B-VP"],
        "IOB": ["I-NP", "B-NP", "I-NP", "O", "I-VP"],
        "IOBES": ["S-NP", "B-NP", "E-NP", "O", "S-VP"],
    }
    path = text_file("".join(f"w {tag}\n" for tag in tags[scheme]))
    sentence = readCoNLL(path, {0: "tokens", 1: f"chunk_{scheme}"})[0]
    assert {name: sentence[f"chunk_{name}"] for name in tags} == tags
    assert sentence["chunk_class"] == ["NP", "NP", "NP", "O", "VP"]


def test_derived_columns_follow_the_transformed_values(text_file):
    path = text_file("w B-A-x\n")
    columns = {0: "tokens", 1: "NER_BIO"}
    sentence = readCoNLL(path, columns, None, lambda name, value, row: value[:3])[0]
    assert (sentence["NER_class"], sentence["NER_IOBES"]) == (["A"], ["S-A"])


def test_other_columns_derive_nothing(text_file):
    sentence = readCoNLL(text_file("w BIO\n"), {0: "tokens", 1: "BIO"})[0]
    assert set(sentence) == {"tokens", "BIO"}


values = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\ufeff\0")
).map(lambda value: value.strip(" \v\f"))
words = values.filter(lambda value: value and not value.startswith("-DOCSTART-"))
sentences = st.lists(st.lists(st.tuples(words, values, words), min_size=1), min_size=1)


@settings(deadline=None, max_examples=60)
@given(sentences)
def test_what_is_written_is_read_again(tmp_path_factory, rows):
    names = ["tokens", "lemma", "POS"]
    rows = [[("Plain", "plain", "ADJ")], *rows]
    there = [dict(zip(names, map(list, zip(*sentence)))) for sentence in rows]
    path = str(tmp_path_factory.mktemp("conll") / "out.txt")
    conllWrite(path, there, names)
    assert readCoNLL(path, dict(enumerate(names))) == there


def test_columns_are_written_in_the_order_asked_for(tmp_path):
    path = tmp_path / "new" / "out.txt"
    conllWrite(str(path), [{"a": ["1", "2"], "b": ["3", "4"]}], ["b", "a"])
    assert path.read_bytes() == b"3\t1\n4\t2\n\n"


def test_write_sentence_writes_to_a_stream():
    stream = io.StringIO()
    write_sentence(stream, [["a"], ["X"]])
    assert stream.getvalue() == "a\tX\n\n"


def test_split_line_keeps_empty_columns_between_tabs():
    assert split_line("a\t\tb") == ["a", "", "b"]


@pytest.mark.parametrize(
    "sentence", [{"tokens": ["a"]}, {"tokens": ["a", "b"], "POS": ["X"]}]
)
def test_a_sentence_that_lacks_values_is_not_written(tmp_path, sentence):
    path = str(tmp_path / "out.txt")
    whole = {"tokens": ["a"], "POS": ["X"]}
    with pytest.raises(ValueError, match="sentence 2 must have the columns"):
        conllWrite(path, [whole, sentence], ["tokens", "POS"])
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize("sign", list(",;|"))
@pytest.mark.parametrize("blank", ["", " "])
def test_columns_between_commas_are_told(text_file, sign, blank):
    text = f"The{sign}{blank}DT{sign}{blank}B-NP\n"
    path = text_file(text, "train.csv")
    with pytest.raises(ValueError, match=rf":1: If '\{sign}' separates the columns"):
        readCoNLL(path, {0: "tokens"})
    path = text_file(text.replace(" ", ""), "train.txt")
    with pytest.raises(ValueError, match=rf":1: expected .* If '\{sign}' separates"):
        readCoNLL(path, {0: "tokens", 2: "POS"})


def test_commas_in_words_are_no_matter(text_file):
    path = text_file("1,000 CD\n, ,\n", "train.txt")
    assert readCoNLL(path, {0: "tokens", 1: "POS"})[0]["tokens"] == ["1,000", ","]
    path = text_file("a,b\tX\n", "train.csv")
    assert readCoNLL(path, {0: "tokens", 1: "POS"})[0]["tokens"] == ["a,b"]
    with pytest.raises(ValueError, match="Check --columns, or 'columns'"):
        readCoNLL(text_file("dog\n", "train.txt"), {0: "tokens", 1: "POS"})
