"""The scripts in the top folder, run as a user runs them."""

import contextlib
import glob
import os
import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = os.path.join("data", "sample")
QUICK = ["--epochs", "2", "--seed", "3", "--param", "LSTM-Size=[20]"]
SCRIPTS = {
    "Train_POS.py": SAMPLE,
    "Train_Chunking.py": SAMPLE,
    "Train_Custom_Features.py": SAMPLE,
    "Train_MultiTask.py": SAMPLE,
    "Train_MultiTask_Different_Levels.py": SAMPLE,
    "Save_and_Load.py": SAMPLE,
    "Train_NER_German.py": "GermEval",
}
REPORTED = ("Train_MultiTask.py", "Save_and_Load.py")
GERMAN = """\
#\thttp://example.org/1 [2014-01-01]
1\tJürgen\tB-PER\tO
2\tMüller\tI-PER\tO
3\tfährt\tO\tO
4\tnach\tO\tO
5\tKöln\tB-LOC\tO
6\t.\tO\tO

#\thttp://example.org/2 [2014-01-02]
1\tDie\tO\tO
2\tUniversität\tB-ORG\tO
3\tGöttingen\tI-ORG\tB-LOC
4\tschließt\tO\tO
5\tfür\tO\tO
6\tdie\tO\tO
7\tOsterfeiertagsverkehrsbehinderungsmeldungen\tO\tO
8\t.\tO\tO

"""


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Run every training script in the project's folder, two at a time.

    Returns by script its output folder, exit code and what it wrote on stderr.
    """
    base = tmp_path_factory.mktemp("scripts")
    german = base / "GermEval"
    german.mkdir()
    for split in ("train", "dev", "test"):
        (german / f"{split}.txt").write_text(GERMAN * 6, "utf-8")

    def one(script):
        data = SCRIPTS[script] if SCRIPTS[script] == SAMPLE else str(german)
        output = base / script[:-3]
        command = [script, "--data", data, "--output", str(output), *QUICK]
        command += ["--tensorboard", str(output / "logs")]
        if script in REPORTED:
            command += ["--report", str(output / "report.html")]
        result = subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True
        )
        return output, result.returncode, result.stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(SCRIPTS, pool.map(one, SCRIPTS)))


def newest(folder, pattern="*.h5") -> str:
    found = glob.glob(os.path.join(folder, pattern))
    assert found, os.listdir(folder)
    return max(found, key=os.path.getmtime)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_training_script_runs_to_its_end(runs, script):
    output, code, messages = runs[script]
    assert code == 0, messages
    results = newest(output, "*.tsv")
    with open(results, encoding="utf-8") as file:
        header, *lines = [line.rstrip("\n").split("\t") for line in file]
    assert (header[0], header[-1]) == ("# epoch", "seed=3")
    tasks = 2 if "MultiTask" in script else 1
    assert len({line[1] for line in lines}) == tasks
    assert len(lines) == 2 * tasks
    assert {len(line) for line in lines} == {6}
    names = {line[1] for line in lines}
    for name in names:  # the best model alone, whose name tells the label
        models = glob.glob(str(output / f"{name}-*_*.h5"))
        assert len(models) == 1 or script == "Save_and_Load.py"
        assert os.path.basename(results).startswith(f"{name}-") or tasks == 2
        assert f"Tag with it: python -m tagger tag {models[0]} input." in messages or (
            script == "Save_and_Load.py"
        )
    if "MultiTask" in script:
        assert names == {"unidep_pos", "conll2000_chunking"}
    # The messages of a run: each epoch, and what was stored where.
    assert "Epoch 1" in messages
    assert os.path.join(str(output), "") in messages
    assert "Traceback" not in messages


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_training_script_logs_and_reports_on_request(runs, script):
    output = runs[script][0]
    newest(output / "logs", "events.*")
    assert (output / "report.html").exists() == (script in REPORTED)
    if script in REPORTED:
        page = (output / "report.html").read_text("utf-8")
        tasks = 2 if "MultiTask" in script else 1
        assert page.count("the test split of") == tasks
        assert newest(output) in page


def test_parts_of_speech_are_learned_even_in_two_epochs(runs):
    with open(newest(runs["Train_POS.py"][0], "*.tsv"), encoding="utf-8") as file:
        lines = file.readlines()[1:]
    scores = [list(map(float, line.split("\t")[2:4])) for line in lines]
    assert scores[1][0] > scores[0][0]
    assert min(scores[1]) > 0.25


def test_save_and_load_stores_and_continues(runs):
    output = runs["Save_and_Load.py"][0]
    newest(output, "sample_stored.h5")
    newest(output, "sample_continued_*.h5")


def test_the_german_script_knows_umlauts(runs):
    from neuralnets.BiLSTM import BiLSTM

    model = BiLSTM.loadModel(newest(runs["Train_NER_German.py"][0]))
    assert set("äöüß") & set(model.mappings["characters"]) == set("äöüß")
    assert {"jürgen", "göttingen"} <= set(model.mappings["tokens"])
    labels = {"O", "B-PER", "I-PER", "B-LOC", "B-ORG", "I-ORG"}
    assert set(model.mappings["NER_BIO"]) == labels
    assert model.params["maxCharLength"] > 25


# ------------------------------------------------------------------------- tagging


@pytest.fixture
def run(run_script, workdir):
    return run_script


@pytest.fixture(scope="session")
def tagger(runs):
    """The part-of-speech model of `Train_POS.py`: its path and itself in memory."""
    from neuralnets.BiLSTM import BiLSTM

    path = newest(runs["Train_POS.py"][0])
    return path, BiLSTM.loadModel(path)


def tags_of(model, sentences) -> list[list[str]]:
    from util.features import addCasingInformation, addCharInformation
    from util.preprocessing import createMatrices

    given = [{"tokens": list(tokens)} for tokens in sentences]
    addCharInformation(given)
    addCasingInformation(given)
    (tags,) = model.tagSentences(createMatrices(given, model.mappings, True)).values()
    return tags


def read_columns(text: str) -> list[list[list[str]]]:
    """Return the columns of each sentence of a script's output."""
    return [
        [line.split("\t") for line in block.split("\n")]
        for block in text.strip("\n").split("\n\n")
        if block
    ]


def test_raw_text_gets_the_tags_of_the_model_in_a_new_process(tagger):
    path, model = tagger
    result = subprocess.run(
        [sys.executable, "RunModel.py", path, "input.txt"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    sentences = read_columns(result.stdout)
    tokens = [[row[0] for row in rows] for rows in sentences]
    assert tokens[0][:3] == ["Lena", "Brandt", "works"]
    assert len(tokens) > 3
    tags = [[row[1] for row in rows] for rows in sentences]
    assert tags == tags_of(model, tokens)
    assert len({tag for row in tags for tag in row}) > 3
    assert "Traceback" not in result.stderr


def test_text_in_any_form_is_tagged(run, tagger, tmp_path):
    path, model = tagger
    text = "The dog sleeps.\n\nIt costs 10\u00a0000 euros. Yes\n"
    (tmp_path / "plain.txt").write_bytes(text.encode())
    windows = "\ufeff" + text.replace("\n", "\r\n")
    (tmp_path / "windows.txt").write_bytes(windows.encode())
    code, plain, _ = run("RunModel.py", path, "plain.txt")
    assert code == 0
    tokens = [[row[0] for row in rows] for rows in read_columns(plain)]
    assert tokens[0] == ["The", "dog", "sleeps", "."]
    assert tokens[-1] == ["Yes"]
    assert [[row[1] for row in rows] for rows in read_columns(plain)] == (
        tags_of(model, tokens)
    )
    assert run("RunModel.py", path, "windows.txt")[:2] == (0, plain)


@pytest.mark.parametrize("content", ["", "\n\n", " \r\n\t\r\n", "\ufeff"])
@pytest.mark.parametrize("script", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_nothing_is_tagged_to_nothing(run, tagger, tmp_path, script, content):
    (tmp_path / "empty.txt").write_bytes(content.encode())
    code, out, err = run(script, tagger[0], "empty.txt")
    assert (code, out.strip(), err) == (0, "", "")


def test_long_sentences_and_words(run, tagger, tmp_path):
    path, model = tagger
    words = ["antidis" * 43, *["word"] * 499]
    (tmp_path / "long.txt").write_text(" ".join(words), "utf-8")
    code, out, _ = run("RunModel.py", path, "long.txt")
    assert code == 0
    (rows,) = read_columns(out)
    assert [row[0] for row in rows] == words
    assert [row[1] for row in rows] == tags_of(model, [words])[0]
    (tmp_path / "long.conll").write_text("\n".join(words), "utf-8")
    assert run("RunModel_CoNLL_Format.py", path, "long.conll")[1].split() == out.split()


def test_every_line_of_a_column_file_stands_again_with_its_tag(run, tagger, tmp_path):
    path, model = tagger
    lines = [
        "# a comment",
        "The\tx y\t",
        "10\u00a0000\t\u00fc\t1",
        ".\t_\t_",
        "",
        "",
        "# another",
        "Yes\t_\t_",
        "\t",
        "Dogs\t_\t_",
    ]
    sentences = [["The", "10\u00a0000", "."], ["Yes"], ["Dogs"]]
    tags = [tag for row in tags_of(model, sentences) for tag in row]
    for start, end in [("", "\n"), ("\ufeff", "\r\n")]:
        (tmp_path / "in.conll").write_bytes((start + end.join(lines)).encode())
        code, out, _ = run(
            "RunModel_CoNLL_Format.py", path, "in.conll", "--comment", "#"
        )
        assert code == 0
        tagged = out.split("\n")
        assert tagged.pop() == ""
        assert len(tagged) == len(lines)
        found = iter(tags)
        for line, with_tag in zip(lines, tagged):
            token = line.strip() and not line.startswith("#")
            assert with_tag == (f"{line}\t{next(found)}" if token else line)


def test_columns_say_where_the_tokens_and_features_stand(run, runs, tmp_path):
    from neuralnets.BiLSTM import BiLSTM

    path = newest(runs["Train_Custom_Features.py"][0])
    assert BiLSTM.loadModel(path).requiredColumns == ["POS"]
    (tmp_path / "in.conll").write_text("1 dogs NOUN\n2 bark VERB\n\n1 No X\n", "utf-8")
    columns = ["--columns", "1:tokens,2:POS"]
    code, out, err = run("RunModel_CoNLL_Format.py", path, "in.conll", *columns)
    assert code == 0, err
    lines = out.split("\n")
    assert [line.split(" ")[:3] for line in lines if line] == (
        [["1", "dogs", "NOUN"], ["2", "bark", "VERB"], ["1", "No", "X"]]
    )
    assert [len(line.split(" ")) for line in lines] == [4, 4, 1, 4, 1]
    for script, given in [
        ("RunModel_CoNLL_Format.py", []),
        ("RunModel_CoNLL_Format.py", ["--columns", "1:tokens"]),
        ("RunModel.py", []),
    ]:
        line = one_line(run(script, path, "in.conll", *given))
        assert "POS" in line
        assert "--columns" in line


# ------------------------------------------------------------------------- bad input


def one_line(result) -> str:
    """Return the one line of an error."""
    err = error_of(result)
    assert err.count("\n") == 1
    return err


def error_of(result) -> str:
    """Return an error; help on missing data has several lines."""
    code, out, err = result
    assert code not in (0, None)
    assert out == ""
    assert err.startswith("Error: ")
    assert err.endswith("\n")
    return err


def column_folder(tmp_path, **texts) -> Path:
    folder = tmp_path / "columns"
    folder.mkdir()
    good = "".join(f"{i}\tdog\t_\tNOUN\n" for i in range(3)) + "\n"
    for split in ("train", "dev", "test"):
        (folder / f"{split}.txt").write_text(texts.get(split, good), "utf-8")
    return folder


def test_missing_files_are_named(run, tagger, tmp_path):
    path = tagger[0]
    assert "absent is missing" in error_of(run("Train_POS.py", "--data", "absent"))
    vectors = ["--data", column_folder(tmp_path), "--embeddings", "no.gz"]
    assert "no.gz is missing" in error_of(run("Train_POS.py", *vectors))
    for script in ("RunModel.py", "RunModel_CoNLL_Format.py"):
        assert "absent.txt" in one_line(run(script, path, "absent.txt"))
        (tmp_path / "in.txt").write_text("dog\n", "utf-8")
        assert "absent.h5" in one_line(run(script, "absent.h5", "in.txt"))


def test_data_that_are_missing_name_the_command_that_fetches_them(run):
    first, *others = error_of(run("Train_Chunking.py")).splitlines()
    assert os.path.join("data", "conll2000_chunking") in first
    assert any("python -m tagger download" in line for line in others)
    assert any("data/sample" in line for line in others)


def test_a_line_with_too_few_columns_is_named(run, tagger, tmp_path):
    folder = column_folder(tmp_path, dev="0\tdog\t_\tNOUN\n1\tcat\n")
    line = one_line(run("Train_POS.py", "--data", folder))
    assert f"{folder / 'dev.txt'}:2: expected at least 4 columns, found 2" in line
    (tmp_path / "in.conll").write_text("a b c\n\nd\n", "utf-8")
    columns = ["--columns", "2:tokens"]
    line = one_line(run("RunModel_CoNLL_Format.py", tagger[0], "in.conll", *columns))
    assert "in.conll:3: expected at least 3 columns, found 1" in line


@pytest.mark.parametrize("split", ["train", "dev"])
def test_an_empty_file_is_named(run, tmp_path, split):
    folder = column_folder(tmp_path, **{split: "\n\n"})
    line = one_line(run("Train_POS.py", "--data", folder))
    assert str(folder / f"{split}.txt") in line


def test_a_file_that_is_no_model_is_named(run, tmp_path):
    (tmp_path / "in.txt").write_text("dog\n", "utf-8")
    for script in ("RunModel.py", "RunModel_CoNLL_Format.py"):
        line = one_line(run(script, "in.txt", "in.txt"))
        assert line.startswith("Error: in.txt: ")
        assert "not a model" in line


@pytest.mark.parametrize(
    "given, text",
    [
        ("dropuot=0.5", "Did you mean `dropout`"),
        ("dropout=2", "`dropout` must be"),
        ("LSTM-Size=big", "`LSTM-Size` must be"),
    ],
)
def test_a_bad_parameter_is_named(run, tmp_path, given, text):
    folder = column_folder(tmp_path)
    assert text in one_line(run("Train_POS.py", "--data", folder, "--param", given))


def test_a_task_that_there_is_not_is_named(run):
    line = one_line(run("Train_MultiTask.py", "--data", "chunks=here"))
    assert "'chunks'" in line
    assert "conll2000_chunking" in line


def test_an_error_is_one_line_in_a_process_of_its_own(tmp_path):
    """TensorFlow's own messages are kept out of it."""
    result = subprocess.run(
        [sys.executable, "RunModel.py", "input.txt", "input.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    one_line((result.returncode, result.stdout, result.stderr))


# --------------------------------------------------------------------------- --help


def ask_for_help() -> None:
    for script in [*SCRIPTS, "RunModel.py", "RunModel_CoNLL_Format.py"]:
        sys.argv = [script, "--help"]
        with contextlib.suppress(SystemExit):
            runpy.run_path(str(ROOT / script), run_name="__main__")
        assert not {"tensorflow", "keras", "numpy"} & set(sys.modules), script


def test_help_is_quick_and_loads_no_tensorflow():
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "import test_scripts\n"
        "test_scripts.ask_for_help()\n"
    )
    before = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "tests"), str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.monotonic() - before < 10
    assert result.stdout.count("usage: ") == len(SCRIPTS) + 2
    flags = ("--data", "--embeddings", "--epochs", "--seed", "--param")
    for flag in flags:
        assert result.stdout.count(f"\n  {flag}") == len(SCRIPTS), flag
    assert result.stdout.count("\n  --output") == len(SCRIPTS) + 2
    for flag in ("--format", "--confidence", "--nbest"):
        assert result.stdout.count(f"\n  {flag}") == 2, flag


def test_a_training_writes_nowhere_but_to_its_output(tmp_path):
    """Files in place of folders: root sees no permissions."""
    for name in ("pkl", "models", "results"):
        (tmp_path / name).touch()
    data = os.path.join(ROOT, SAMPLE)
    result = subprocess.run(
        [sys.executable, os.path.join(ROOT, "Train_POS.py"), "--data", data]
        + ["--output", "out", *QUICK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": "/dev/null"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    told = [line for line in result.stderr.splitlines() if "pkl: " in line]
    assert len(told) == 1 and str(tmp_path / "out") in told[0]
    assert sorted(os.listdir(tmp_path)) == ["models", "out", "pkl", "results"]
    newest(tmp_path / "out", "*.pkl")
    newest(tmp_path / "out")
