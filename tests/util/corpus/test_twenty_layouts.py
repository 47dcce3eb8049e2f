"""What `tagger train FILE` makes of files as people have them, without `--columns`.

Each is recognised as a careful reader would, or refused with the very flags to give:
what these flags lead to is looked at, too.
"""

import re
import shlex

import pytest

from util.corpus.datasets import read_split, split_files
from util.corpus.owndata import Unclear, define
from util.flags import parse_columns

PER = "Anna/B-PER ruft/O | In/O New/B-LOC York/I-LOC ./O"
TOKENS = [part.split("/") for part in PER.replace("| ", "").split()]


def table(row, separator="\t", ends=(2, 6)):
    """Write the six tokens, each as `row` makes columns of number, word and tag."""
    lines = []
    for number, (word, tag) in enumerate(TOKENS, 1):
        lines.append(separator.join(row(number, word, tag)))
        lines += [""] * (number in ends)
    return "\n".join(lines) + "\n"


PLAIN = table(lambda n, w, t: (w, t))
POS = dict(zip("Anna ruft In New York .".split(), "NE VV APPR NE NE PUNCT".split()))
POS_READ = "Anna/NE ruft/VV | In/APPR New/NE York/NE ./PUNCT"
IN_SENTENCE = [1, 2, 1, 2, 3, 4]


def conllu(n, word, tag):
    return (str(IN_SENTENCE[n - 1]), word, word.lower(), POS[word], *"____", "_", "_")


def plus(n, word, tag):
    return str(IN_SENTENCE[n - 1]), word, POS[word], tag


def changed(**tags):
    """Return the plain table with other tags, given by word."""
    return table(lambda n, w, t: (w, tags.get(w, t)))


# What is read, and columns, scheme or style, header and comments as they are found.
RECOGNISED = {
    "two columns, tabs": (PLAIN, "NER", PER, {0: "tokens", 1: "NER_BIO"}),
    "two columns, blanks": (
        PLAIN.replace("\t", "  "),
        "NER_BIO",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "tabs and blanks mixed": (
        PLAIN.replace("ruft\t", "ruft ").replace("York\t", "York  "),
        "NER",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "label first": (
        table(lambda n, w, t: (t, w)),
        "NER",
        PER,
        {0: "NER_BIO", 1: "tokens"},
    ),
    "one character a line with BMES": (
        "我 S\n喜 B\n欢 E\n\n北 B\n京 M\n人 E\n。 S\n",
        "words",
        "我/B 喜/B 欢/I | 北/B 京/I 人/I 。/B",
        {0: "tokens", 1: "words_BIO"},
    ),
    "IOB1": (
        changed(Anna="I-PER", New="I-LOC"),
        "NER",
        PER.replace("B-", "I-"),
        {0: "tokens", 1: "NER_IOB"},
    ),
    "IOB1, asked for as BIO": (
        changed(Anna="I-PER", New="I-LOC"),
        "NER_BIO",
        PER,
        {0: "tokens", 1: "NER_IOB"},
    ),
    "IOBES": (
        changed(Anna="S-PER", York="E-LOC"),
        "NER",
        PER.replace("B-PER", "S-PER").replace("I-LOC", "E-LOC"),
        {0: "tokens", 1: "NER_IOBES"},
    ),
    "BILOU": (
        changed(Anna="U-PER", York="L-LOC"),
        "NER",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "suffixes, and another sign for O": (
        re.sub(r"([BI])-(\w+)", r"\2-\1", PLAIN).replace("\tO", "\t_"),
        "NER",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "CRLF and BOM": (
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        "NER",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "no final newline": (PLAIN.rstrip(), "NER", PER, {0: "tokens", 1: "NER_BIO"}),
    "-DOCSTART- rows of two columns": (
        f"-DOCSTART- O\n\n{PLAIN}\n-DOCSTART- O\n\n",
        "NER",
        PER,
        {0: "tokens", 1: "NER_BIO"},
    ),
    "a header row": (
        "id\tToken\tpos\tNER\n" + table(lambda n, w, t: (str(n), w, POS[w], t)),
        "ner",
        PER,
        {1: "tokens", 3: "ner_BIO"},
    ),
    "hashtags": (
        PLAIN.replace("Anna", "#Anna").replace("In", "#In"),
        "NER",
        PER.replace("Anna", "#Anna").replace("In", "#In"),
        {0: "tokens", 1: "NER_BIO"},
    ),
    "CoNLL-U": (
        "# sent_id = 1\n# text = Anna ruft\n" + table(conllu),
        "UPOS",
        POS_READ,
        {1: "tokens", 3: "UPOS"},
    ),
    "CoNLL-U Plus": (
        "# global.columns = ID FORM UPOS NER\n# text = Anna\n" + table(plus),
        "NER",
        PER,
        {1: "tokens", 3: "NER_BIO"},
    ),
}

# What is read with the flags to give; these; and more that is said.
FLAGS = {
    "-DOCSTART- rows of four columns": (
        "-DOCSTART- -X- -X- O\n\n"
        + table(lambda n, w, t: (w, POS[w], "B-NP" if n < 3 else "I-NP", t), " "),
        "NER",
        PER,
        "--columns 0:tokens,3:NER_BIO --label NER_BIO",
        "separated by blanks, lines -DOCSTART-",
    ),
    "# id comments with _ columns": (
        "# id 5f3a-99\tdomain=en\n"
        + table(lambda n, w, t: (w, "_", "_", t), " ", ends=(6,))
        + "# id 5f3a-98\tdomain=en\n"
        + table(lambda n, w, t: (w, "_", "_", t), " "),
        None,
        PER.replace(" |", "") + " | " + PER,
        "--columns 0:tokens,3:NER_BIO --label NER_BIO --comment '#'",
        "comments with #: 0: ",
    ),
    "# id comments of two columns": (
        "# 12\n" + PLAIN.replace("\t", " ").replace("\n\nIn", "\n\n# 13\nIn"),
        "NER",
        PER,
        "--columns 0:tokens,1:NER_BIO --label NER_BIO --comment '#'",
        "comments with #",
    ),
    "several NER columns": (
        "#\thttp://x.org\t[2009]\n"
        + table(lambda n, w, t: (str(IN_SENTENCE[n - 1]), w, t, "O" if n < 5 else t)),
        None,
        PER,
        "--columns 1:tokens,2:NER_BIO --label NER_BIO",
        "3: O, I-LOC (tags, ",
    ),
    "numbers in front": (
        table(lambda n, w, t: (str(n), w, t)),
        "NER",
        PER,
        "--columns 1:tokens,2:NER_BIO --label NER_BIO",
        "2: O, B-PER, B-LOC (tags, BIO)",
    ),
    "no label given": (
        PLAIN,
        None,
        PER,
        "--columns 0:tokens,1:NER_BIO --label NER_BIO",
        "2 columns, separated by tabs: 0: Anna, ruft, In (words)",
    ),
    "parts of speech": (
        table(lambda n, w, t: (w, POS[w])) * 2,
        "POS",
        f"{POS_READ} | {POS_READ}",
        "--columns 0:tokens,1:POS --label POS",
        "",
    ),
    "parts of speech first": (
        table(lambda n, w, t: (POS[w], w)) * 2,
        "POS",
        f"{POS_READ} | {POS_READ}",
        "--columns 0:POS,1:tokens --label POS",
        "",
    ),
    "parts of speech beside tags": (
        table(lambda n, w, t: (w, t, POS[w])) * 2,
        "POS",
        f"{POS_READ} | {POS_READ}",
        "--columns 0:tokens,2:POS --label POS",
        "",
    ),
    "CoNLL-U without a label": (
        "# sent_id = 1\n" + table(conllu) + "# sent_id = 2\n" + table(conllu),
        None,
        f"{POS_READ} | {POS_READ}",
        "--columns 1:tokens,3:UPOS --label UPOS",
        "comments with #",
    ),
}

# What no flag can mend, and what is said.
REFUSED = {
    "3,000 tokens without a blank line": (
        "dog\tB-X\n" * 3000,
        r":1: 3,000 tokens without an empty line.*Put an empty line behind each",
    ),
    "a sentence per line": (
        "EU|NNP|B-ORG rejects|VBZ|O\nIt|PRP|O rains|VBZ|O\n",
        r":1: .*whole sentences.*one token per line",
    ),
    "commas": (PLAIN.replace("\t", ","), r"commas|','|Tabs or blanks must separate"),
    "one column": ("Anna\nruft\n\nIn\n", r"1 column.*None of them holds labels"),
    "UTF-16": (PLAIN.encode("utf-16"), r"UTF-16"),
    "numbers and tags": (
        table(lambda n, w, t: (str(n), t)),
        r"None of them holds words",
    ),
    "a header of unknown names": (
        "Wort\tEtikett\n" + PLAIN,
        r":1: .*names the columns \(Wort, Etikett\).*Remove it",
    ),
    "nothing": ("\n\n", r"holds no sentences"),
}


def read(name, dataset):
    """Return what training would read, as `word/label word/label | ...`."""
    path = split_files(name, dataset)["train"]
    label = dataset["label"]
    return " | ".join(
        " ".join("/".join(pair) for pair in zip(s["tokens"], s[label]))
        for s in read_split(path, dataset, labelled=True)
    )


def test_there_are_as_many_as_were_promised():
    assert len(RECOGNISED) + len(FLAGS) + len(REFUSED) >= 20


@pytest.mark.parametrize("case", RECOGNISED)
def test_a_layout_is_recognised(text_file, case):
    text, label, expected, columns = RECOGNISED[case]
    name, dataset = define(text_file(text), label)
    assert dataset["columns"] == columns
    assert read(name, dataset) == expected


@pytest.mark.parametrize("case", FLAGS)
def test_a_layout_is_refused_with_the_flags_to_give(text_file, case):
    text, label, expected, flags, said = FLAGS[case]
    path = text_file(text)
    with pytest.raises(Unclear) as error:
        define(path, label)
    message = str(error.value)
    assert message.startswith(f"{path}: It has ") and "\n" not in message
    assert message.endswith(flags) and said in message
    given = dict(zip(*[iter(shlex.split(flags))] * 2))
    name, dataset = define(
        path,
        given["--label"],
        parse_columns(given["--columns"]),
        given.get("--comment"),
    )
    assert read(name, dataset) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_a_layout_is_refused(text_file, case):
    text, said = REFUSED[case]
    path = text_file(text)
    with pytest.raises(ValueError, match=said) as error:
        define(path, "NER")
    assert path in str(error.value) and "\n" not in str(error.value)


def test_labels_that_look_like_words_are_warned_of(text_file, caplog):
    rows = "".join(f"NN\tword{i}\n\n" for i in range(50))
    define(text_file(rows), "POS", {0: "tokens", 1: "POS"})
    assert "Are the columns right (--columns)?" in caplog.text
