"""Other ways to write tags: recognised, refused with a way out, converted and back."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tagger.commands import check as check_command
from util import tagschemes, tagstyles
from util.CoNLL import readCoNLL
from util.corpus import invalid_tags
from util.corpus.checking.check import brief, check
from util.corpus.datasets import KNOWN_COLUMNS
from util.corpus.stylefinder import recognise
from util.output.streams import read_blocks
from util.preprocessing import loadDatasetPickle, perpareDataset

PUBLIC = Path(os.environ.get("TAGGER_DATA", "."), "data")

# What stands in a column called NER_BIO, sentences parted by bars, and what is read
# once the style that the error names is given.
STYLES = [
    ("U-PER O B-ORG I-ORG L-ORG", "BILOU", "B-PER O B-ORG I-ORG I-ORG"),
    ("U-PER U-PER | B-ORG L-ORG", "BILOU", "B-PER B-PER | B-ORG I-ORG"),
    ("S-PER O B-ORG M-ORG E-ORG", "BMES", "B-PER O B-ORG I-ORG I-ORG"),
    ("W-PER O B-ORG M-ORG E-ORG", "BMEWO", "B-PER O B-ORG I-ORG I-ORG"),
    ("W-PER O B-ORG I-ORG E-ORG", "BIEWO", "B-PER O B-ORG I-ORG I-ORG"),
    ("B M E S S", "BMES", "B I I B B"),
    ("PER-B O ORG-B ORG-I", "suffix", "B-PER O B-ORG I-ORG"),
    ("PER_B O ORG_B ORG_I", "suffix,separator=_", "B-PER O B-ORG I-ORG"),
    ("PER-U O ORG-B ORG-L", "suffix,BILOU", "B-PER O B-ORG I-ORG"),
    ("PER-B _ ORG-B ORG-I", "suffix,O=_", "B-PER O B-ORG I-ORG"),
    ("new-york-B O x-y-I", "suffix", "B-new-york O B-x-y"),
    ("B_PER O B_ORG I_ORG", "separator=_", "B-PER O B-ORG I-ORG"),
    ("B:PER O B:ORG I:ORG", "separator=:", "B-PER O B-ORG I-ORG"),
    ("PER O ORG ORG | ORG", "types", "B-PER O B-ORG I-ORG | B-ORG"),
    ("ORG ORG O PER", "types", "B-ORG I-ORG O B-PER"),
    ("PER _ ORG ORG", "types,O=_", "B-PER O B-ORG I-ORG"),
    ("PER 0 ORG ORG", "types,O=0", "B-PER O B-ORG I-ORG"),
    ("(PER) * (ORG* * *)", "bracket", "B-PER O B-ORG I-ORG I-ORG"),
    ("(V*) * (A0* *)", "bracket", "B-V O B-A0 I-A0"),
    ("(ORG* * *) * (ORG*", "bracket", "B-ORG I-ORG I-ORG O B-ORG"),
    ("(PER) - (ORG* *)", "bracket,O=-", "B-PER O B-ORG I-ORG"),
    ("b-per o b-org i-org", "lower", "B-per O B-org I-org"),
    ("b-PER O B-ORG i-ORG", "lower", "B-PER O B-ORG I-ORG"),
    ("u-per o b-org l-org", "BILOU,lower", "B-per O B-org I-org"),
    ("b i o", "lower", "B I O"),
    *[
        (f"B-PER {sign} B-ORG I-ORG", f"O={sign}", "B-PER O B-ORG I-ORG")
        for sign in ("0", "_", "-", "o", "*", "None", "OTHER", "O-O")
    ],
    ("B-PER O _ B-ORG", "O=_", "B-PER O O B-ORG"),
    ("_ _ _", "O=_", "O O O"),
    ("U-O O U-PER-X", "BILOU", "B-O O B-PER-X"),
]
# Labels that are in no style, and what the error says of them.
NO_STYLE = [
    ("B-PER O NER", "'NER' is no tag of BIO"),
    ("Tag | O B-PER", "'Tag' is no tag"),
    ("B-PER O -X-", "1 are none: '-X-' (1)"),
    ("B-PER O B-", "'B-' has no type"),
    ("B-PER O B", "'B' has no type, and other tags have one"),
    ("B-PER O O-PER", "'O-PER' is no tag"),
    ("B-PER O U-PER PER-B", "'U-PER' is no tag"),
    ("O DNA B-cell", "'DNA' is no tag"),
    ("0 3 4 0 1", "numbers, which stand for labels"),
    ("O B-PER OO ORG", "'OO' is no tag"),
    ("NER=B-PER NER=O", "tagger convert FILE.conllu train.txt"),
]
# Columns that are read as they always were.
FINE = [
    ("NER_BIO", "B-LOCderiv B-ORGpart I-ORGpart O"),
    ("NER_BIO", "B-PER-X I-PER-X O B-O B-O-ring"),
    ("NER_BIO", "I-PER I-PER O B-PER"),  # IOB1, or invalid BIO
    ("NER_BIO", "O O"),
    ("NER_BIO", "B I O"),
    ("NER_BIO", "S-PER B-ORG E-ORG O"),  # IOBES under another name is a warning
    ("NER_IOB", "I-PER B-PER O"),
    ("NER_IOBES", "S-PER B-ORG I-ORG E-ORG O"),
    ("NER_IOBES", "B-ORG B-ORG O"),
    ("NER_BIO", "B-person I-person O B-\u00fc B-, B--"),
    ("NER", "U-PER PER O _"),
    ("NER_class", "PER ORG O"),
    ("NER_bio", "whatever"),
]


def column(text):
    return [part.split() for part in text.split("|")]


def write_file(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    sentences = column(text)
    path.write_text(
        "".join("".join(f"w\t{tag}\n" for tag in tags) + "\n" for tags in sentences),
        "utf-8",
    )
    return str(path)


def read(path, name="NER_BIO", style=None):
    sentences = readCoNLL(path, {0: "tokens", 1: name}, tagStyle=style)
    return [sentence[name] for sentence in sentences]


@pytest.mark.parametrize(("text", "style", "tags"), STYLES)
def test_a_style_is_named_with_its_place_and_then_read(tmp_path, text, style, tags):
    path = write_file(tmp_path / "train.txt", text)
    with pytest.raises(ValueError) as error:
        read(path)
    message = str(error.value)
    wrong = tagschemes.untaggable(value for s in column(text) for value in s)
    lines = Path(path).read_text("utf-8").split("\n")
    line = min(n for n, line in enumerate(lines, 1) if line[2:] in wrong)
    assert message.startswith(
        f"{path}:{line}: {lines[line - 1][2:]!r} is no tag of BIO"
    )
    assert f"set 'tagStyle': '{style}' in" in message
    assert f"--convert '{style}' --output" in message
    assert read(path, style=style) == column(tags)
    for scheme in tagschemes.SCHEMES:
        converted = read(path, f"NER_{scheme}", style)
        assert converted == [tagschemes.rewrite(s, scheme) for s in column(tags)]
    sentence = readCoNLL(path, {0: "tokens", 1: "NER_BIO"}, tagStyle=style)[0]
    assert sentence["NER_class"] == tagschemes.types(column(tags)[0])


@pytest.mark.parametrize(("text", "reason"), NO_STYLE)
def test_what_is_in_no_style_is_refused_all_the_same(tmp_path, text, reason):
    path = write_file(tmp_path / "train.txt", text)
    with pytest.raises(ValueError) as error:
        read(path)
    assert reason in str(error.value)
    assert "tagStyle" not in str(error.value)


@pytest.mark.parametrize(("name", "text"), FINE)
def test_tags_are_read_as_they_were(tmp_path, name, text):
    path = write_file(tmp_path / "train.txt", text)
    assert read(path, name) == column(text)


# ---------------------------------------------------------------- the conversions


@pytest.mark.parametrize(
    "name",
    ["BIO", "IOB", "IOBES", "BILOU", "BMES", "BMEWO", "BIEWO", "suffix", "bracket"]
    + ["lower", "O=_", "separator=_", "suffix,BMES,lower,O=0,separator=:", "types"]
    + ["types,O=_", "IO"],
)
def test_conversions_are_total_and_inverse(name):
    style = tagstyles.parse(name)
    assert tagstyles.parse(str(style)) == style
    merges = style.layout == "types" or style.letters == "IO"
    generator = random.Random(1)
    kinds = [f"{p}-{t}" for p in "BIES" for t in ("a", "b-c")] + ["O", "O"]
    for _ in range(300):
        tags = generator.choices(kinds, k=generator.randrange(8))
        written = tagstyles.write(tags, style)
        assert len(written) == len(tags)
        assert not tagstyles.unreadable(written, style)
        for scheme in tagschemes.SCHEMES:
            again = tagstyles.read(written, style, scheme)
            assert not merges or tagstyles.write(again, style) == written
            assert merges or again == tagschemes.convert(tags, scheme)


@pytest.mark.parametrize(
    "values", ["*) * (A* (B* *) *)", "(A) *) (A", "* *)", "(A* O *)"]
)
def test_brackets_that_do_not_match_are_read_too(values):
    tags = tagstyles.read(values.split(), tagstyles.parse("bracket"), "BIO")
    assert len(tags) == len(values.split())
    assert tagschemes.untaggable(tags) == []


def test_a_value_that_a_style_lacks_is_named(tmp_path):
    with pytest.raises(ValueError, match="'X-PER' is no tag in the style 'BILOU'"):
        tagstyles.read(["O", "X-PER"], tagstyles.parse("BILOU"), "BIO")
    path = write_file(tmp_path / "x.txt", "S-PER | M-PER O")
    with pytest.raises(
        ValueError, match=r"x\.txt:1: 'S-PER'.*BILOU.*'tagStyle': 'BMES'"
    ):
        read(path, style="BILOU")
    path = write_file(tmp_path / "x.txt", "B-PER | I-PER O")
    with pytest.raises(ValueError, match=r"'B-PER' is no tag.*leave 'tagStyle' out"):
        read(path, style="suffix")


@pytest.mark.parametrize("name", ["BILUO,X", "suffixes", "", "O=", 3, ["BIO"], "bylou"])
def test_unknown_styles_are_refused_by_name(name):
    with pytest.raises(ValueError, match="made of the words BIO, .*Received: "):
        tagstyles.parse(name)


def test_other_names_of_styles():
    assert tagstyles.parse("BILUO") == tagstyles.parse("bilou")
    assert tagstyles.parse("bare, o=_".replace("o", "O")) == tagstyles.parse(
        "types,O=_"
    )


def test_a_style_depends_on_what_occurs_and_not_on_how_often():
    counts = Counter({"U-A": 1, "L-A": 5, "O": 2, "B-A": 9})
    assert recognise(counts) == recognise(dict.fromkeys(counts, 1))


# ------------------------------------------------------------- data sets and files


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(train, dev=None, test=None, **changes):
        for split, text in {"train": train, "dev": dev, "test": test}.items():
            write_file(tmp_path / "data" / "toy" / f"{split}.txt", text or train)
        columns = {0: "tokens", 1: changes.pop("name", "NER_BIO")}
        return {"toy": {"columns": columns, "label": columns[1], **changes}}

    return make


def errors(datasets):
    return [f for f in check(datasets).all_findings() if f.level == "error"]


@pytest.mark.parametrize("split", ["train", "dev", "test"])
@pytest.mark.parametrize("choice", ["keep", "error", "repair"])
def test_training_refuses_them_in_every_split_and_never_repairs(dataset, split, choice):
    good = "B-PER O B-ORG I-ORG"
    splits = {"train": good, "dev": good, "test": good, split: "ORG ORG O PER"}
    datasets = dataset(**splits, invalidTags=choice)
    with pytest.raises(
        ValueError, match=rf"{split}\.txt:1: 'ORG'.*bare types.*'types'"
    ):
        perpareDataset(None, datasets)
    (finding,) = errors(datasets)
    assert finding.kind == "tags"
    assert "bare types" in finding.text
    assert finding.places[0].endswith(f"{split}.txt:1: 'ORG'")
    assert finding.count == 3


def test_repair_refuses_what_is_no_tag():
    with pytest.raises(ValueError, match="bare types"):
        invalid_tags.repair(["ORG", "ORG", "O", "PER"], "BIO")


def test_a_feature_column_of_tags_is_looked_at_too(dataset, tmp_path):
    datasets = dataset("U-PER L-PER B-PER O")
    datasets["toy"].update(columns={0: "tokens", 1: "NER_BIO"}, label="NER_class")
    with pytest.raises(ValueError, match="BILOU"):
        perpareDataset(None, datasets)
    assert [finding.kind for finding in errors(datasets)] == ["tags"] * 3


def test_the_style_of_a_data_set_is_read_and_keys_the_cache(dataset):
    datasets = dataset("U-PER O B-ORG L-ORG", tagStyle="BILOU")
    path = perpareDataset(None, datasets)
    _, mappings, data = loadDatasetPickle(path)
    label = {index: value for value, index in mappings["NER_BIO"].items()}
    row = data["toy"]["trainMatrix"][0]
    assert [label[i] for i in row["NER_BIO"]] == ["B-PER", "O", "B-ORG", "I-ORG"]
    assert not errors(datasets)
    assert "valid" not in str(brief(check(datasets)))
    assert perpareDataset(None, datasets) == path
    datasets["toy"]["tagStyle"] = {"NER_BIO": "BILOU"}
    assert perpareDataset(None, datasets) != path
    del datasets["toy"]["tagStyle"]
    with pytest.raises(ValueError, match="BILOU"):
        perpareDataset(None, datasets)


def test_iob1_under_the_name_of_bio_can_be_read_as_what_it_is(dataset):
    datasets = dataset("I-PER O I-ORG B-ORG", tagStyle="IOB")
    _, mappings, data = loadDatasetPickle(perpareDataset(None, datasets))
    assert set(mappings["NER_BIO"]) == {"B-PER", "O", "B-ORG"}


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("BIMBAM", "Data set 'toy': A style of tags is made of.*'BIMBAM'"),
        (3, "Data set 'toy': 'tagStyle' must be the name.*Received: 3"),
        ({"POS": "BILOU"}, "no such column 'POS'; there are: NER_BIO"),
        ({"NER_BIO": None}, "Received: None"),
    ],
)
def test_a_bad_choice_is_named_before_a_file_is_read(dataset, style, message):
    datasets = dataset("B-PER", tagStyle=style)
    with pytest.raises(ValueError, match=message):
        perpareDataset(None, datasets)
    (finding,) = errors(datasets)
    assert finding.kind == "definition"


def test_a_style_needs_a_column_of_tags(dataset):
    with pytest.raises(ValueError, match="There is no such column; there are: none"):
        perpareDataset(None, dataset("B-PER", name="NER", tagStyle="BILOU"))


def test_unlabelled_splits_go_with_a_style(dataset, tmp_path):
    datasets = dataset("U-PER O", tagStyle={"NER_BIO": "BILOU"})
    (tmp_path / "data" / "toy" / "test.txt").write_text("w\nw\n\n")
    _, _, data = loadDatasetPickle(perpareDataset(None, datasets))
    assert data["toy"]["testMatrix"][0]["NER_BIO"] == []
    assert not errors(datasets)


@pytest.mark.parametrize(
    ("text", "name", "advice"),
    [
        ("B-PER I-PER O", "NER", "end in _BIO."),
        ("S-PER O B-PER E-PER", "NER", "end in _IOBES."),
        ("I-PER O I-PER B-PER", "NER_bio", "end in _IOB."),
        ("U-PER O B-ORG L-ORG", "NER", "end in _BIO and set 'tagStyle': 'BILOU'"),
        ("PER-B O PER-B PER-I", "NER", "set 'tagStyle': 'suffix'"),
        ("(PER) * (ORG* *)", "NER", "set 'tagStyle': 'bracket'"),
        ("PER O O O ORG O", "NER", "set 'tagStyle': 'types'"),
        ("B-PER _ _ I-PER", "NER", "set 'tagStyle': 'O=_'"),
        ("b-per o b-per i-per", "NER", "set 'tagStyle': 'lower'"),
        ("B M E S S", "seg", "set 'tagStyle': 'BMES'"),
        ("B I I B O", "seg", "end in _BIO."),
    ],
)
def test_tags_under_a_name_that_does_not_say_so(dataset, caplog, text, name, advice):
    datasets = dataset(text, name=name)
    perpareDataset(None, datasets)
    (line,) = [m for m in caplog.messages if "look like tags" in m]
    assert advice in line
    (finding,) = [f for f in check(datasets).all_findings() if f.kind == "scheme"]
    assert finding.level == "warning"


@pytest.mark.parametrize(
    "text",
    ["NOUN VERB X .", "DT NN NN-PL VB-3", "O X X X", "pos neg", "1 2 3 0", "S B B S"],
)
def test_plain_labels_are_not_taken_for_tags(dataset, caplog, text):
    datasets = dataset(text, name="label")
    perpareDataset(None, datasets)
    assert "look like tags" not in caplog.text
    assert not [f for f in check(datasets).all_findings() if f.kind == "scheme"]


def test_blocks_for_tagging_are_converted_and_checked(tmp_path):
    path = write_file(tmp_path / "in.txt", "B-PER O | U-PER O")
    columns = {0: "tokens", 1: "NER_BIO"}
    with pytest.raises(ValueError, match=r"in\.txt:4: 'U-PER'.*--tag-style 'BILOU'"):
        list(read_blocks(path, columns))
    ((_, sentences),) = read_blocks(path, columns, tagStyle="BILOU")
    assert [s["NER_BIO"] for s in sentences] == [["B-PER", "O"], ["B-PER", "O"]]


# --------------------------------------------------------------------- converting


def test_the_data_check_writes_converted_files(dataset, tmp_path, capsys):
    datasets = dataset("U-PER O B-ORG L-ORG")
    old = tmp_path / "data" / "toy"
    old.joinpath("train.txt").write_bytes(
        b"# head\nNew  York U-LOC\n\n  \n# c\na b B-PER\nc d L-PER"
    )
    for split in ("dev", "test"):
        old.joinpath(f"{split}.txt").write_bytes(b"a\tb\tU-PER\tx y\r\n\r\n")
    columns = "0:tokens,2:NER_BIO"
    command = ["data/toy", "--columns", columns, "--comment", "#"]
    check_command.main([*command, "--convert", "BILOU", "--output", "new"])
    written = capsys.readouterr().out
    assert written.count("Written: ") == 3
    new = (tmp_path / "new" / "train.txt").read_bytes()
    assert new == b"# head\nNew  York B-LOC\n\n  \n# c\na b B-PER\nc d I-PER\n"
    dev = (tmp_path / "new" / "dev.txt").read_bytes()
    assert dev == b"a\tb\tB-PER\tx y\n\n"
    datasets["toy"].update(columns={0: "tokens", 2: "NER_BIO"}, path="new")
    datasets["toy"]["commentSymbol"] = "#"
    assert not errors(datasets)


def test_converting_overwrites_nothing_and_writes_all_or_nothing(dataset, tmp_path):
    dataset("U-PER O", test="U-PER X-PER")
    command = ["data/toy", "--columns", "0:tokens,1:NER_BIO", "--convert", "BILOU"]
    with pytest.raises(ValueError, match=r"test\.txt:2: 'X-PER' is no tag"):
        check_command.main([*command, "--output", "new"])
    assert not (tmp_path / "new").exists()
    with pytest.raises(
        ValueError, match="is there already, and nothing is overwritten"
    ):
        check_command.main([*command, "--output", "data/toy"])
    with pytest.raises(SystemExit):
        check_command.main(command)
    with pytest.raises(ValueError, match="no such column"):
        check_command.main(
            [*command[:2], "0:tokens,1:NER", *command[3:], "--output", "x"]
        )


def test_the_command_of_a_report_repeats_the_style(dataset, capsys):
    datasets = dataset("U-PER X-PER", tagStyle="BILOU")
    command = check(datasets).datasets[0].command
    assert command.endswith("--tag-style BILOU")
    with pytest.raises(SystemExit) as exit_:
        check_command.main(command.split()[4:])
    assert exit_.value.code == 1
    assert "'X-PER' is no tag in the style 'BILOU'" in capsys.readouterr().out


# --------------------------------------------------------------------- real files


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("conll2000_chunking", ["train.txt", "dev.txt", "test.txt"]),
        ("GermEval2014", ["ukp_dev.txt", "ukp_test.txt"]),
        ("wnut17", ["wnut17train.conll", "emerging.dev.conll"]),
    ],
)
def test_real_files_hold_nothing_but_tags(name, files):
    for file in files:
        path = PUBLIC / name / file
        if not path.exists():
            pytest.skip(f"TAGGER_DATA, the folder above {path}, is not set")
        columns = KNOWN_COLUMNS[name]
        column_ = next(n for n in columns.values() if tagschemes.scheme_of(n))
        sentences = readCoNLL(str(path), columns)
        assert not tagschemes.untaggable({t for s in sentences for t in s[column_]})
