"""Small files in layouts and label styles that people have: what becomes of each.

None is read wrongly in silence: it is read as a careful reader would, perhaps with a
warning, or it is refused with file, line and what to do. Reading, preparing, checking
and tagging agree on which.
"""

import logging
import re

import pytest

from util.CoNLL import readCoNLL
from util.corpus.checking.check import check
from util.corpus.checking.report import WARNING
from util.output.streams import read_blocks
from util.preprocessing import perpareDataset

NER = {0: "tokens", 1: "NER_BIO"}
POS = {0: "tokens", 1: "POS"}
SECOND = {1: "tokens", 2: "NER_BIO"}
UD = {1: "tokens", 3: "POS"}
GOOD = "EU\tB-ORG\nrejects\tO\n\nRome\tB-LOC\n"
READ = "EU/B-ORG rejects/O | Rome/B-LOC"
TAB, WIDE = "\t_" * 6, "\t_" * 15


def sentences(count, row="dog NN"):
    return (row + "\n") * count


# Columns, the file, what is read, and the kind of warning that goes with it.
READABLE = {
    "tabs": (NER, GOOD, READ, None),
    "blanks": (NER, GOOD.replace("\t", " "), READ, None),
    "several blanks": (NER, GOOD.replace("\t", "   "), READ, None),
    "tabs and blanks in turn": (
        NER,
        "EU\tB-ORG\nrejects O\n\nRome B-LOC\n",
        READ,
        None,
    ),
    "no final line end": (NER, GOOD[:-1], READ, None),
    "CRLF": (NER, GOOD.replace("\n", "\r\n"), READ, None),
    "CR alone": (NER, GOOD.replace("\n", "\r"), READ, "line_ends"),
    "CRLF and LF": (NER, GOOD.replace("\n", "\r\n", 2), READ, "line_ends"),
    "LF and CR": (NER, GOOD.replace("\n", "\r", 3), READ, "line_ends"),
    "CR CR LF": (NER, GOOD.replace("\n", "\r\r\n"), READ, None),
    "byte-order mark": (NER, "\ufeff" + GOOD, READ, None),
    "line separators in words": (
        POS,
        "a\u2028b X\nc\u0085d Y\n",
        "a\u2028b/X c\u0085d/Y",
        "characters",
    ),
    "form feed between columns": (POS, "a\fX\nb\vY\n", "a/X b/Y", None),
    "blanks behind labels": (
        NER,
        "EU\tB-ORG \nrejects \t O\n\n Rome\tB-LOC\n",
        READ,
        None,
    ),
    "blanks in empty lines": (NER, GOOD.replace("\n\n", "\n \t \n"), READ, None),
    "empty lines of tabs, as from a spreadsheet": (
        NER,
        GOOD.replace("\n\n", "\n\t\n"),
        READ,
        None,
    ),
    "many empty lines": (NER, "\n\n" + GOOD.replace("\n\n", "\n\n\n\n"), READ, None),
    "words with blanks between tabs": (
        NER,
        "New York\tB-LOC\nnow\tO\n",
        "New York/B-LOC now/O",
        None,
    ),
    "a non-breaking space in a word": (
        POS,
        "10\u00a0000 CD\nx Y\n",
        "10\u00a0000/CD x/Y",
        None,
    ),
    "a non-breaking space behind a word": (
        POS,
        "dog\u00a0\tNN\nx\tY\n",
        "dog\u00a0/NN x/Y",
        "characters",
    ),
    "a zero-width space": (POS, "a\u200bb NN\nx Y\n", "a\u200bb/NN x/Y", "characters"),
    "an empty word": (POS, "a\tX\n\tY\n", "a/X /Y", "empty_value"),
    "a column too many behind a tab": (
        NER,
        "EU\tB-ORG\nnow\tO\tsee\n",
        "EU/B-ORG now/O",
        "uneven_columns",
    ),
    "a tab too many": (
        NER,
        "EU\tB-ORG\nnow\tO\t\n",
        "EU/B-ORG now/O",
        "uneven_columns",
    ),
    "more columns in other sentences, as for predicates": (
        NER,
        "EU B-ORG\nnow O\n\nEU B-ORG *\nsays O (V*)\n",
        "EU/B-ORG now/O | EU/B-ORG says/O",
        "uneven_columns",
    ),
    "several columns of labels": (
        {0: "tokens", 3: "NER_BIO"},
        "EU NNP B-NP B-ORG\nsays VB B-VP O\n",
        "EU/B-ORG says/O",
        None,
    ),
    "the label first": (
        {0: "NER_BIO", 1: "tokens"},
        "B-ORG EU\nO says\n",
        "EU/B-ORG says/O",
        None,
    ),
    "-DOCSTART-": (
        NER,
        "-DOCSTART- O\n\n" + GOOD + "\n-DOCSTART- O\n\nHe O\n",
        READ + " | He/O",
        None,
    ),
    "-DOCSTART- with a class of its own": (
        POS,
        "-DOCSTART- -X-\n\na X\nb Y\n",
        "a/X b/Y",
        None,
    ),
    "-DOCSTART- with a number, among tabs": (
        NER,
        "-DOCSTART- (1 EU)\n" + GOOD,
        READ,
        None,
    ),
    "-DOCSTART- without empty lines": (
        NER,
        "EU B-ORG\nrejects O\n-DOCSTART- O\nRome B-LOC\n",
        READ,
        None,
    ),
    "-DOCSTART- in a later column": (
        SECOND,
        "1\t-DOCSTART-\tO\n\n1\tHe\tO\n2\tis\tO\n",
        "He/O is/O",
        None,
    ),
    "a header": (NER, "TOKEN\tNE-COARSE-LIT\n" + GOOD, READ, None),
    "a header between blanks": (POS, "Word Tag\na X\nb Y\n", "a/X b/Y", None),
    "a header, then an empty line": (NER, "token\tlabel\n\n" + GOOD, READ, None),
    "a header of a spreadsheet": (
        {1: "tokens", 3: "NER_BIO"},
        "Sentence #\tWord\tPOS\tTag\n1\tEU\tNNP\tB-ORG\n\tsays\tVBZ\tO\n",
        "EU/B-ORG says/O",
        None,
    ),
    "words that headers use, as words": (
        POS,
        "Word NN\nby IN\n",
        "Word/NN by/IN",
        None,
    ),
    "CoNLL-U": (
        UD,
        f"# text = im Haus\n1-2\tim\t_\t_{TAB}\n1\tin\t_\tADP{TAB}\n"
        f"2\tdem\t_\tDET{TAB}\n2.1\telided\t_\tX{TAB}\n",
        "in/ADP dem/DET",
        None,
    ),
    "CoNLL-U Plus": (
        {1: "tokens", 2: "NER_BIO"},
        "# global.columns = ID FORM NER\n1-2\tim\t_\n1\tin\tO\n2\tRom\tB-LOC\n\n"
        "# newpar\n1\tEU\tB-ORG\n",
        "in/O Rom/B-LOC | EU/B-ORG",
        None,
    ),
    "CoNLL-U Plus with the id elsewhere": (
        {0: "tokens", 2: "NER_BIO"},
        "# global.columns = FORM ID NER\nim\t1-2\t_\nin\t1\tO\nRom\t2\tB-LOC\n",
        "in/O Rom/B-LOC",
        None,
    ),
    "a relative with 19 columns": (
        UD,
        f"1-2\tim\t_\t_{WIDE}\n1\tin\t_\tADP{WIDE}\n2\tRom\t_\tPROPN{WIDE}\n",
        "in/ADP Rom/PROPN",
        None,
    ),
    "GermEval's comments with tabs": (
        SECOND,
        "#\thttp://x.org\t[2009]\n1\tIn\tO\n2\tRom\tB-LOC\n\n#\ty\t[z]\n1\tSo\tO\n",
        "In/O Rom/B-LOC | So/O",
        None,
    ),
    "WebAnno's ids are no contractions": (
        {2: "tokens", 3: "NER_BIO"},
        "1-1\t0-2\tEU\tB-ORG\n1-2\t3-7\tsays\tO\n",
        "EU/B-ORG says/O",
        None,
    ),
    "numbers and hash signs": (POS, "8.1 CD\n1-2 CD\n# #\n", "8.1/CD 1-2/CD #/#", None),
    "sentences of one token each": (
        POS,
        "a X\n\n" * 12,
        " | ".join(["a/X"] * 12),
        "sentences",
    ),
    "labels that differ in letter case": (
        POS,
        "a NN\nb nn\n",
        "a/NN b/nn",
        "letter_case",
    ),
    "a header in another language": (
        POS,
        "Wort Kategorie\n" + "a X\nb Y\n\n" * 12,
        "Wort/Kategorie a/X b/Y" + " | a/X b/Y" * 11,
        "header",
    ),
    "every sentence begins with a hash sign": (
        POS,
        "# one\na X\nb Y\n\n" * 4,
        " | ".join(["#/one a/X b/Y"] * 4),
        "comments",
    ),
    "CoNLL-2002": (
        {0: "tokens", 2: "NER_BIO"},
        "Sao NC B-LOC\nPaulo VMI I-LOC\n( Fpa O\n\nx NC O\n",
        "Sao/B-LOC Paulo/I-LOC (/O | x/O",
        None,
    ),
    "CoNLL-2003": (
        {0: "tokens", 2: "chunk_BIO", 3: "NER_BIO"},
        "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nsays VB B-VP O\n",
        "EU/B-NP says/B-VP",
        None,
    ),
    "a NUL in a word": (POS, "a\0\tX\nb\tY\n", "a\0/X b/Y", "characters"),
    "IOB1": (
        {0: "tokens", 1: "NER_IOB"},
        "EU I-ORG\nsays O\n",
        "EU/I-ORG says/O",
        None,
    ),
    "IOBES": (
        {0: "tokens", 1: "NER_IOBES"},
        "EU S-ORG\nsays O\n",
        "EU/S-ORG says/O",
        None,
    ),
    "segments without types": (NER, "D B\no I\ng I\ns B\n", "D/B o/I g/I s/B", None),
}

# Columns, the file, the line, and what the error says.
REFUSED = {
    "too few columns": (
        NER,
        GOOD + "alone\n",
        5,
        "expected at least 2 columns, found 1",
    ),
    "a label with a blank": (NER, "EU B-ORG\nJ B-Person Name\n", 2, "3 columns, but 2"),
    "a word with a blank": (
        NER,
        "I O\nlove O\nNew York B-LOC\n",
        3,
        "3 columns, but 2",
    ),
    "a word with a blank, first": (
        NER,
        "New York B-LOC\nis O\nbig O\n",
        1,
        "3 columns",
    ),
    "a word with a blank, in one column": (
        {0: "tokens"},
        "I\nlove\nNew York\n",
        3,
        "2 columns, but 1",
    ),
    "a line without the tab": (NER, "EU\tB-ORG\nNew York O\n\n", 2, "3 columns, but 2"),
    "text, one sentence per line": (
        {0: "tokens"},
        "EU rejects it\n\nRome is big now\n",
        1,
        "holds a whole sentence",
    ),
    "text without empty lines": (
        {0: "tokens"},
        "EU rejects it\nRome is\n",
        2,
        "2 columns, but 3",
    ),
    "word|POS|TAG": (
        POS,
        "EU|N|O says|V|O\nHe|P|O is|V|O\n",
        1,
        "holds a whole sentence",
    ),
    "word/TAG": (POS, "EU/N says/V it/P\n\nHe/P is/V\n", 1, "holds a whole sentence"),
    "word_TAG": (POS, "EU_N says_V it_P\n\nHe_P is_V\n", 1, "holds a whole sentence"),
    "words and labels of a sentence between tabs": (
        POS,
        "EU says\tN V\nHe is\tP V\n",
        1,
        "holds a whole sentence",
    ),
    "no empty line": (POS, sentences(1001), 1, "1,001 tokens without an empty line"),
    "an empty label": (POS, "EU\tN\nsays\t\n", 2, "an empty label"),
    "a label of blanks": (POS, "EU\tN\nsays\t  \n", 2, "an empty label"),
    "two tabs between columns": (POS, "EU\t\tN\nsays\t\tV\n", 1, "an empty label"),
    "an empty tag": (NER, "EU\tB-ORG\nsays\t\n", 2, "an empty label"),
    "a comment of two words": (
        NER,
        "# one\nEU B-ORG\nsays O\n",
        1,
        "names the columns|'one' is no tag",
    ),
    "a comment of many words": (
        NER,
        "# id 1 of 2\nEU B-ORG\nsays O\n",
        1,
        "give --comment '#'",
    ),
    "a comment among tabs": (NER, "# id 1\n" + GOOD, 1, "give --comment '#'"),
    "MultiCoNER's ids": (
        {0: "tokens", 3: "NER_BIO"},
        "# id 5\tdomain=en\nEU _ _ B-ORG\nis _ _ O\n",
        1,
        "give --comment '#'",
    ),
    "WebAnno's head": (
        {2: "tokens", 3: "NER_BIO"},
        "#FORMAT=WebAnno\n\n1-1\t0-2\tEU\tB-ORG\n",
        1,
        "give --comment '#'",
    ),
    "a header in another language": (
        NER,
        "Wort\tKategorie\n" + GOOD,
        1,
        "'Kategorie' is no tag",
    ),
    "a separator line": (
        NER,
        "EU\tB-ORG\n-----\nRome\tB-LOC\n",
        2,
        "expected at least 2",
    ),
    "EOS": (NER, "EU\tB-ORG\nEOS\nRome\tB-LOC\n", 2, "expected at least 2"),
    "commas": (POS, "EU,N\nsays,V\n", 1, "If ',' separates"),
    "semicolons": (POS, "EU;N\nsays;V\n", 1, "If ';' separates"),
    "csv with quotes": (POS, '"EU","N"\n"says","V"\n', 1, "If ',' separates"),
    "one column": (POS, "EU\nsays\n", 1, "expected at least 2 columns, found 1"),
    "JSON lines": (
        POS,
        '{"tokens": ["a", "b"], "tag": ["X", "Y"]}\n{"tokens": ["c"], "tag": ["Z"]}\n',
        2,
        "4 columns, but 6",
    ),
    "sentences in angle brackets": (
        POS,
        "<s>\nEU\tN\nsays\tV\n</s>\n",
        1,
        "expected at least 2 columns, found 1",
    ),
    "Latin-1": (POS, "gut X\nschön Y\n".encode("latin-1"), 2, "not UTF-8"),
    "UTF-16": (POS, "gut X\n".encode("utf-16"), 1, "UTF-16"),
    "UTF-16 without a mark": (POS, "gut X\n".encode("utf-16-le"), 1, "UTF-16"),
    "BILOU": (NER, "EU U-ORG\nis O\n", 1, "BILOU"),
    "BMES": (NER, "E B-ORG\nU M-ORG\nX E-ORG\nY S-LOC\n", 2, "BMES"),
    "the type first": (NER, "EU ORG-B\nis O\n", 1, "suffix style"),
    "bare types": (NER, "EU ORG\nis O\n", 1, "bare types"),
    "brackets": (NER, "EU (ORG*\nX *)\nis *\n", 1, "bracket notation"),
    "lower case": (NER, "EU b-org\nis o\n", 1, "lower-case"),
    "_ for O": (NER, "EU B-ORG\nis _\n", 2, "`_` in place of `O`"),
    "- for O": (NER, "EU B-ORG\nis -\n", 2, "`-` in place of `O`"),
    "0 for O": (NER, "EU B-ORG\nis 0\n", 2, "`0` in place of `O`"),
    "labels that look alike": (
        POS,
        "EU\tNN\nis\tN\u039d\n",
        None,
        r"'N\\u039d' \(U\+039D\)",
    ),
    "labels with an invisible blank": (POS, "EU\tNN\nis\tNN\u00a0\n", None, r"U\+00A0"),
    "types that look alike": (NER, "EU B-ORG\nX B-\u041eRG\n", None, r"U\+041E"),
}


def in_short(found, label):
    return " | ".join(
        " ".join(f"{token}/{tag}" for token, tag in zip(s["tokens"], s[label]))
        for s in found
    )


def split_lines(text):
    return re.split(r"\r*\n|\r", text.removeprefix("\ufeff"))


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """Write a file; return its path and a data set whose splits are all this file."""
    monkeypatch.chdir(tmp_path)

    def make(columns, content):
        data = content if isinstance(content, bytes) else content.encode()
        path = tmp_path / "case.txt"
        path.write_bytes(data)
        label = next((n for n in columns.values() if n != "tokens"), "none")
        files = dict.fromkeys(("train", "dev"), str(path))
        definition = {"columns": columns, "label": label, "files": files}
        return str(path), {"x": definition}, label

    return make


@pytest.mark.parametrize("name", READABLE)
def test_what_is_read(dataset, caplog, name):
    columns, content, expected, kind = READABLE[name]
    path, sets, label = dataset(columns, content)
    with caplog.at_level(logging.WARNING):
        assert in_short(readCoNLL(path, columns, labels=[label]), label) == expected
        perpareDataset(None, sets)
    found = check(sets)
    assert found.can_start
    kinds = {f.kind for f in found.all_findings() if f.level == WARNING}
    about_lines = {"line_ends", "characters", "empty_value", "uneven_columns"}
    about_lines |= {"sentences", "letter_case", "header", "comments"}
    assert kinds & about_lines == ({kind} if kind else set())
    logged = [m for m in caplog.messages if "case.txt" in m or "labels that" in m]
    logged += [m for m in caplog.messages if "names the columns" in m]
    assert bool(logged) == bool(kind)
    blocks = list(read_blocks(path, columns))
    assert in_short([s for _, block in blocks for s in block], label) == expected
    lines = [line.text for block, _ in blocks for line, _ in block]
    text = content if content.endswith(("\n", "\r")) else content + "\n"
    assert lines == split_lines(text)[:-1]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(dataset, name):
    columns, content, line, said = REFUSED[name]
    path, sets, label = dataset(columns, content)
    if label != "none":
        with pytest.raises(ValueError, match=said) as error:
            perpareDataset(None, sets)
        if line is not None:
            assert str(error.value).startswith(f"{path}:{line}: ")
        report = check(sets)
        assert not report.can_start
    if line is not None:
        with pytest.raises(ValueError, match=said) as error:
            readCoNLL(path, columns, labels=[label])
        assert str(error.value).startswith(f"{path}:{line}: ")
        if "empty label" not in said:  # nobody needs labels to tag
            with pytest.raises(ValueError, match=said):
                list(read_blocks(path, columns))


def test_the_table_is_as_long_as_was_promised():
    assert len(READABLE) + len(REFUSED) >= 40


# ---------------------------------------------------------------------- comments


def test_a_comment_sign_cuts_no_words_out_of_a_sentence(dataset, caplog):
    path, _, _ = dataset(POS, "# one two three\na X\n# Y\n#tag Z\n\n#\n# Y\n")
    with caplog.at_level(logging.WARNING):
        found = readCoNLL(path, POS, "#")
    assert in_short(found, "POS") == "a/X #/Y #tag/Z"
    assert "2 lines with the sign of comments inside a sentence" in caplog.text
    assert "case.txt:7. In this file: 1 line skipped as a comment, but" in caplog.text


def test_a_comment_inside_a_sentence_is_told_as_such(dataset):
    path, _, _ = dataset(POS, "a X\n# a long one\nb Y\n")
    with pytest.raises(ValueError, match="2: 4 columns.* never inside"):
        readCoNLL(path, POS, "#")


def test_the_sign_docstart_is_as_good_as_none(dataset):
    path, _, _ = dataset(POS, "-DOCSTART- -X-\n\na X\nb -X-\n")
    assert readCoNLL(path, POS, "-DOCSTART-") == readCoNLL(path, POS)
