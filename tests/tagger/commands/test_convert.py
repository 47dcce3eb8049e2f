"""`tagger convert` as somebody uses it: names of files, streams, flags, refusals."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.__main__ import main
from util.CoNLL import readCoNLL
from util.flags import parse_columns

ROOT = Path(__file__).resolve().parents[3]
LINE = json.dumps({"text": "Lena is in Leeds.", "label": [[0, 4, "PER"]]}) + "\n"
COLUMNS = "Lena\tB-PER\nis\tO\nin\tO\nLeeds\tO\n.\tO\n\n"


@pytest.fixture
def convert(capsys):
    """Convert, and return the exit code and what was said."""

    def convert(*arguments):
        capsys.readouterr()
        try:
            main(["convert", *map(str, arguments)])
            code = 0
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return convert


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.txt", "Lena\tB-PER"),
        ("a.conll", "Lena\tB-PER"),
        ("a.conllu", "# sent_id = 1"),
        ("a.json", "[\n{"),
    ],
)
def test_the_name_says_the_format(name, begins, text_file, convert, tmp_path):
    code, _, err = convert(text_file(LINE, "in.jsonl"), tmp_path / name)
    assert not code and "1 texts, 1 spans" in err
    assert (tmp_path / name).read_text("utf-8").startswith(begins)


def test_a_folder_is_brats(text_file, convert, tmp_path):
    code, *_ = convert(text_file(LINE), f"{tmp_path}/new/folder/")
    assert not code
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == ["text-1.ann", "text-1.txt"]
    code, _, err = convert(text_file(LINE), f"{tmp_path}/new/folder/")
    assert code == 1 and "nothing is overwritten" in err
    assert not [p for p in (tmp_path / "new").iterdir() if p.name != "folder"]


def through_a_pipe(content):
    """Return the path of a pipe that holds a text, which can be read once."""
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as file:
        file.write(content)
    return f"/dev/fd/{reading}"


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there is no /dev/fd here")
def test_a_pipe_is_read_once_and_converted_whole(convert, tmp_path, capsys):
    out = tmp_path / "a.txt"
    code, _, err = convert("--from", "doccano", through_a_pipe(LINE), out)
    assert (code, out.read_text("utf-8")) == (0, COLUMNS), err
    code, _, err = convert("--from", "doccano", path := through_a_pipe("{"), out)
    assert code == 1 and err.startswith(f"Error: {path}:1: no JSON")
    out.unlink()
    main(["collect", through_a_pipe(LINE), "--output", str(out)])
    assert out.read_text("utf-8") == COLUMNS


def test_the_columns_that_are_told_are_ones_to_give(convert, tmp_path, text_file):
    """Names that are there twice, and signs that the flag has no place for."""
    names = ["tokens", "NER_BIO", "a,3:b", "a,3 b"]
    span = {"start": 0, "end": 2, "label": "A", "layer": "NER"}
    record = {"text": "ab cd", "tokens": [[[0, 2], [3, 5]]], "spans": [span]}
    record["columns"] = {name: [["x", ""]] for name in names}
    path = text_file(json.dumps(record))
    code, _, err = convert("--from", "spans", path, tmp_path / "a.tsv")
    told = err.splitlines()[-1]
    assert code == 0 and told.startswith("--columns 0:tokens,")
    columns = parse_columns(told.split()[1])
    assert len(set(columns.values())) == 6
    rows = readCoNLL(str(tmp_path / "a.tsv"), dict.fromkeys(range(5), "x"))
    assert columns[5] == "NER2_BIO" and len(rows) == 1
    assert (tmp_path / "a.tsv").read_text("utf-8").split("\n")[1].count("_") == 4


def test_columns_without_tokens_are_told(convert, tmp_path, text_file):
    path = text_file('{"text":"ab cd","spans":[],"columns":{"UPOS":[["x","y"]]}}')
    code, _, err = convert("--from", "spans", path, tmp_path / "a.tsv")
    assert code == 1 and f"{path}:1: `columns` are labels of `tokens`" in err


@pytest.mark.parametrize(
    ("name", "flags", "says"),
    [
        ("a.jsonl", [], "several formats are JSON lines. Say --to: doccano"),
        ("a.xyz", [], "does not say which format"),
        ("-", [], "Say with --to"),
        ("-", ["--to", "brat"], "a folder"),
        ("a.txt", ["--columns", "0:tokens,1:X"], "--columns is for columns"),
        ("a.txt", ["--from", "conllu"], "10 columns"),
        ("a.txt", ["--task", "A", "--task", "A"], "one twice"),
        ("a.txt", ["--column", "POS"], "there is no column POS"),
        ("data.txt", [], "is read: name another file"),
    ],
)
def test_refusals(name, flags, says, text_file, convert, tmp_path):
    path = text_file(LINE)
    out = name if name == "-" else tmp_path / name
    code, printed, err = convert(path, out, *flags)
    assert code and says in err.splitlines()[-1] and not printed
    assert [Path(path)] == list(tmp_path.iterdir())
    assert Path(path).read_text("utf-8") == LINE


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ('{"a": 1}', "in.jsonl", ":1: the format is not plain to see"),
        ("Lena", "in.jsonl", ":1: expected a JSON object"),
        ("Lena", "in.json", ": no JSON"),
        ("T1\tPER 0 4\tLena", "in.ann", ": brat's format is a folder"),
        ("Lena\nis\nhere\n", "in.txt", ": It has 1 column"),
        (" \n", "in.txt", ": the file is empty"),
    ],
)
def test_files_whose_format_is_not_plain(content, name, says, text_file, convert):
    path = text_file(content, name)
    code, _, err = convert(path, "never.conllu")
    assert code == 1 and err.startswith(f"Error: {path}{says}")
    assert not Path("never.conllu").exists()


def test_a_file_that_is_not_there(convert):
    code, _, err = convert("not-there.jsonl", "never.txt")
    assert (code, err) == (1, "Error: not-there.jsonl: No such file or directory\n")


class Stream:
    """Standard input or output of bytes."""

    def __init__(self, content=b""):
        self.buffer = io.BytesIO(content)

    def flush(self):
        pass


def test_streams(monkeypatch, convert, caplog):
    monkeypatch.setattr(sys, "stdin", Stream(LINE.encode()))
    stdout = Stream()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        main(["convert", "-", "-", "--to", "conll"])
    assert stdout.buffer.getvalue().decode() == COLUMNS
    monkeypatch.setattr(sys, "stdin", Stream(b"{x"))
    code, _, err = convert("-", "-", "--to", "conll")
    assert code == 1 and err.startswith("Error: standard input:1: no JSON")
    odd = LINE.replace("[0, 4", "[0, 99").encode()
    monkeypatch.setattr(sys, "stdin", Stream(odd))
    convert("-", "-", "--to", "doccano")
    assert caplog.records[-1].getMessage().startswith("standard input:1: PER at")


def test_columns_are_found(text_file, convert, tmp_path):
    path = text_file("1\tLena\tNOUN\tU-PER\n2\tis\tVERB\tO\n\n" * 3)
    code, _, err = convert(path, tmp_path / "out.conll")
    assert not code and "3 texts, 3 spans" in err
    rows = (tmp_path / "out.conll").read_text("utf-8").splitlines()
    assert rows[0].split("\t")[0] == "Lena" and rows[0].endswith("B-PER")
    assert "NOUN" in rows[0]


def test_tasks_and_columns_are_chosen(text_file, convert, tmp_path):
    path = text_file("Lena\tNOUN\tx\tB-PER\tB-NP\nis\tVERB\ty\tO\tO\n\n")
    layout = "0:tokens,1:UPOS,2:x,3:NER_BIO,4:chunk_BIO"
    flags = ["--columns", layout, "--task", "chunk", "--column", "UPOS"]
    out = tmp_path / "out.conll"
    code, _, err = convert(path, out, *flags, "--scheme", "IOBES")
    assert not code and "1 x spans of NER, which no --task names" in err
    assert out.read_text("utf-8") == "Lena\tNOUN\tS-NP\nis\tVERB\tO\n\n"
    assert "--columns 0:tokens,1:UPOS,2:chunk_IOBES\n" in err
    code, _, err = convert(path, out, *flags[:2], "--task", "none")
    assert code and "no --task names what is in it" in err


def test_a_task_of_which_there_is_no_span(text_file, convert, tmp_path):
    path = text_file("1\ta\tlemma\tX\t_\t_\t0\t_\t_\tNER=O\n\n", "in.conllu")
    out = tmp_path / "out.txt"
    assert not convert(path, out, "--task", "NER")[0]
    assert out.read_text("utf-8") == "a\tX\tO\n\n"


def test_a_task_names_spans_that_have_no_name(text_file, convert, tmp_path):
    out = tmp_path / "out.conllu"
    assert not convert(text_file(LINE), out, "--task", "Who")[0]
    assert "Who=B-PER" in out.read_text("utf-8")


def test_what_is_many_is_cut_and_counted(text_file, convert, tmp_path, caplog):
    odd = LINE.replace("[0, 4", "[0, 99")
    path, out = text_file(odd * 30), tmp_path / "out.conll"
    _, _, err = convert(path, out)
    assert len(caplog.records) == 21 and "--list-all" in caplog.text
    assert "30 x left out, since it is not within the text" in err
    caplog.clear()
    convert(path, out, "--list-all")
    assert len(caplog.records) == 30


def test_a_failure_leaves_what_was_there(text_file, convert, tmp_path):
    out = tmp_path / "out.conll"
    out.write_text("before", "utf-8")
    for content in (LINE * 3 + "{", LINE + '{"text": 1, "label": []}'):
        code, *_ = convert(text_file(content), out)
        assert code == 1 and out.read_text("utf-8") == "before"
    assert len(list(tmp_path.iterdir())) == 2


def test_it_starts_without_tensorflow_and_spacy(text_file, tmp_path):
    program = (
        "import sys; from tagger.__main__ import main; main(sys.argv[1:]);"
        "print(sorted({'tensorflow', 'spacy', 'h5py', 'keras'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, "convert", text_file(LINE)]
    done = subprocess.run(
        [*command, str(tmp_path / "out.txt")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_memory_does_not_grow_with_the_input(tmp_path):
    resource = pytest.importorskip("resource")
    assert resource
    program = (
        "import resource, sys; from tagger.__main__ import main; main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    sizes = []
    for count in (100, 4_000):
        path = tmp_path / f"{count}.jsonl"
        text = "Lena Brandt is in Leeds. " * 20
        record = {"text": text, "label": [[0, 4, "PER"]]}
        path.write_text((json.dumps(record) + "\n") * count, "utf-8")
        command = [sys.executable, "-c", program, "convert", str(path)]
        done = subprocess.run(
            [*command, str(tmp_path / "out.jsonl"), "--to", "spans"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        sizes.append(int(done.stdout))
    assert sizes[1] < 1.1 * sizes[0]


def test_the_weight_of_a_text_is_a_column(text_file, convert, tmp_path):
    lines = [
        {"text": "Lena ran. It rained.", "weight": 0.25, "spans": []},
        {"text": "Leeds.", "spans": [{"start": 0, "end": 5, "label": "LOC"}]},
    ]
    path = text_file("".join(json.dumps(line) + "\n" for line in lines), "in.jsonl")
    code, _, err = convert(path, tmp_path / "out.txt")
    assert not code and "0:tokens,1:NER_BIO,2:weight" in err
    rows = [line.split("\t") for line in (tmp_path / "out.txt").read_text().split("\n")]
    assert [row[2] for row in rows if len(row) == 3] == ["0.25"] * 6 + ["1"] * 2
    # It comes back, and formats without a place for it say so.
    convert(path, tmp_path / "again.jsonl", "--to", "spans")
    assert json.loads((tmp_path / "again.jsonl").read_text().split("\n")[0])[
        "weight"
    ] == (0.25)
    _, _, err = convert(path, tmp_path / "out.json", "--to", "labelstudio")
    assert "1 x weights of texts, which have no place there" in err


@pytest.mark.parametrize("weight", [-1, "1", True, float("nan"), float("inf")])
def test_what_is_no_weight(weight, text_file, convert, tmp_path):
    line = json.dumps({"text": "Leeds.", "weight": weight, "spans": []})
    code, _, err = convert(text_file(line, "in.jsonl"), tmp_path / "out.txt")
    assert code == 1 and "in.jsonl:1: `weight` must be a number from 0 on" in err
