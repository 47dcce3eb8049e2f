"""The commands of README and docs, run in order in a folder that has what they name.

Long ones run with small settings. Those of First_Tagger.md, Troubleshooting.md and
Serving.md have tests of their own: they need files, errors and a service.
"""

import re
import shlex
import shutil
import sys

import pytest
import toy
from test_docs import COMMAND, DOCS, ROOT

from tagger.__main__ import main

sys.path.append(str(ROOT / "tests" / "neuralnets" / "elmo"))

from random_elmo import write_model  # noqa: E402

from util.flags import (  # noqa: E402
    ELMO_OPTIONS,
    ELMO_WEIGHTS,
)

ELSEWHERE = ("First_Tagger", "Troubleshooting", "CONTRIBUTING", "Serving")
# Why some commands are not run here.
EXCUSED = {
    r"make |.*-m (venv|pip) |\.venv": "continuous integration installs, and runs make",
    r".* download ": "nothing is fetched in tests",
    r"python benchmarks/": "measures for minutes; see tests/test_benchmarks.py",
    r"python Reproduce_Huang2015": "see tests/test_reproduce_huang2015.py",
    r"python Reproduce_Reimers2017": "see tests/test_reproduce_reimers2017.py",
    r".* SCRIPT \[": "a synopsis",
    r".* --language ": "needs packages of the language; see test_raw_text.py",
    r".* --cluster ": "needs Ray; see test_cluster.py",
    r".* --workers ": "TensorFlow must be new; see test_train_workers.py",
    r".* search ": "needs Optuna, and trains for minutes; see test_search.py",
    r".* errors .*--folds 3": "README's and tests/tagger/experiments train enough",
    r"python RunModel.py old.h5": "needs a model of the older tool; see test_sister.py",
}
SMALL = ["--epochs", "1", "--param", "LSTM-Size=[4]", "--param", "miniBatchSize=32"]
# What makes a command short; it comes first, so that the document has the last word.
SHORTER = {"train": SMALL, "Train": SMALL, "Save": SMALL}
# These train in processes of their own.
TINY = ["--param", "LSTM-Size=[2]", "--param", "charEmbeddings=None"]
SHORTER["errors"] = ["--folds", "2"]
SHORTER["forecast"] = ["--shares", "0.5", "1", "--seeds", "1"]
SHORTER["simulate"] = ["--strategies", "mnlp", "--shares", "0.3", "0.6"]
SHORTER["simulate"] += ["--seeds", "1"]
SEEDS = 2


def commands(path):
    """Return the commands of a file, each with its variables filled in."""
    text = re.sub(r"\\\n *", " ", path.read_text("utf-8"))
    variables = dict(re.findall(r'^    (\w)="(.*)"$', text, re.M))
    found = []
    for command in COMMAND.findall(text):
        for name, value in variables.items():
            command = command.replace(f"${name}", value)
        found.append(re.sub(" +", " ", command).strip())
    return found


def first_of_each():
    """Return by file the commands that no file before has."""
    seen = set()
    by_file = {}
    for path in DOCS:
        if path.stem in ELSEWHERE:
            continue
        new = [command for command in commands(path) if command not in seen]
        seen.update(new)
        if new:
            by_file[path] = new
    return by_file


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the data, texts and models that the documents name."""
    folder = tmp_path_factory.mktemp("docs")
    data = folder / "data"
    toy.write_corpus(data / "sample", 20, 6)
    for split in ("train", "dev", "test"):
        lines = (data / "sample" / f"{split}.txt").read_text("utf-8").splitlines()
        four = "".join(f"{x}\t{x.split()[-1]}\n" if x else "\n" for x in lines)
        (data / "sample" / f"{split}.txt").write_text(four, "utf-8")
    for name in ("mine", "my_data", "conll2000_chunking"):
        shutil.copytree(data / "sample", data / name)
    for name, suffix in {"UD_English-EWT": "conllu", "GermEval": "txt"}.items():
        (data / name).mkdir()
        for split in ("train", "dev", "test"):
            text = (data / "sample" / f"{split}.txt").read_text("utf-8")
            rows = [block.split("\n") for block in text.strip().split("\n\n")]
            layout = numbered if suffix == "txt" else conllu
            (data / name / f"{split}.{suffix}").write_text(layout(rows), "utf-8")
    shutil.copy(data / "UD_English-EWT" / "test.conllu", folder / "corpus.conllu")
    for name in ("FILE", "input.conll"):
        shutil.copy(data / "sample" / "test.txt", folder / name)
    two = [row.split("\t")[::3] for row in (folder / "FILE").read_text().split("\n")]
    (folder / "test.txt").write_text("\n".join(map("\t".join, two)), "utf-8")
    (folder / "mine.txt").write_text("\n".join(map("\t".join, two)), "utf-8")
    marks = [[word, "O" if word != "." else "B-END"] for word, *_ in two]
    text = "\n".join("\t".join(pair) if pair[0] else "" for pair in marks)
    (folder / "verbs.txt").write_text(text, "utf-8")
    (folder / "texts").mkdir()
    for name in ("input.txt", "text.txt", "large.txt", "texts/1.txt", "texts/2.txt"):
        (folder / name).write_text("The dog sees a cat. The cat saw it.\n", "utf-8")
    (folder / "names.txt").write_text("LOC New York\nPER Ada Lovelace\n", "utf-8")
    line = '{"text": "Lena is here.", "label": [[0, 4, "PER"]]}\n'
    (folder / "export.jsonl").write_text(line * 3, "utf-8")
    span = '{"start": 0, "end": 4, "label": "PER", "score": 0.95}'
    line = f'{{"text": "Lena is here.", "spans": [{span}]}}\n'
    (folder / "predictions.jsonl").write_text(line * 3, "utf-8")
    rows = "Leeds\tB-ORG\tB-LOC\nUnited\tI-ORG\tO\nwon\tO\tO\n\n"
    (folder / "two.txt").write_text(rows, "utf-8")
    vectors = [f"{word} {' '.join(['0.1'] * 4)}\n" for word in ("the", "dog", "UNK")]
    (folder / "glove.6B.100d.txt").write_text("".join(vectors), "utf-8")
    (folder / "embeddings").mkdir()
    for made, name in zip(write_model(folder), (ELMO_OPTIONS, ELMO_WEIGHTS)):
        shutil.move(made, folder / name)
    runs = "optimizer,size,test\nadam,1,0.9\nsgd,1,0.8\nadam,2,0.9\nsgd,2,0.7\n"
    (folder / "results" / "Train_Chunking_search").mkdir(parents=True)
    for place in (folder, folder / "results" / "Train_Chunking_search"):
        (place / "runs.csv").write_text(runs, "utf-8")
    arm = "seed,task,dev,test\n1,sample,0.9,0.8\n2,sample,0.8,0.7\n"
    (folder / "results" / "softmax").mkdir()
    (folder / "results" / "softmax" / "results.csv").write_text(arm, "utf-8")
    with toy.folder(folder), toy.eager():
        for name, label, features in [
            ("NAME", "chunk_BIO", ["tokens", "casing"]),
            ("chunker", "chunk_BIO", ["tokens", "POS"]),
            ("pos", "POS", ["tokens"]),
        ]:
            sets = {"sample": toy.dataset(data / "sample", label)}
            model = toy.tagger({"featureNames": features, "classifier": "CRF"}, sets)
            model.fit(epochs=1)
            model.modelSavePath = str(folder / "models" / f"{name}.h5")
            model.saveModel("sample", 0, 0, 0)
    for name in ("A", "B", "models/EN_Chunking"):
        shutil.copy(folder / "models" / "NAME.h5", folder / f"{name}.h5")
    shutil.rmtree(folder / "pkl")
    return folder


def conllu(sentences) -> str:
    """Return sentences of rows in the ten columns of Universal Dependencies."""
    blocks = []
    for rows in sentences:
        words = [row.split("\t")[:2] for row in rows]
        blocks += [
            f"{number}\t{word}\t{word}\t{tag}" + "\t_" * 6 + "\n"
            for number, (word, tag) in enumerate(words, 1)
        ]
        blocks.append("\n")
    return "".join(blocks)


def numbered(sentences) -> str:
    """Return sentences of rows as GermEval has them: number, token, names, names."""
    blocks = []
    for rows in sentences:
        blocks.append("#\ta source\n")
        for number, row in enumerate(rows, 1):
            word, tag = row.split("\t")[0], row.split("\t")[-1]
            blocks.append(f"{number}\t{word}\t{tag}\tO\n")
        blocks.append("\n")
    return "".join(blocks)


@pytest.fixture
def give(place, monkeypatch, run_script, capsys, eager):
    """Give a command in a folder that has all; return what it printed."""
    monkeypatch.chdir(place)

    def given(command):
        command, _, target = command.partition(" > ")
        words = [name for word in shlex.split(command) for name in named(word)]
        if words[0] == "python" and words[1] == "-m":
            words = words[2:]
        if words[0] == "tagger":
            verb, *arguments = words[1:]
            if verb == "seeds":
                arguments = quicker(arguments)
            if verb in ("errors", "forecast", "simulate"):
                own, _, passed = " ".join(arguments).partition(" -- ")
                own = [*own.split(), "--epochs", "1"]
                arguments = [*own, "--", *passed.split(), *TINY]
            capsys.readouterr()
            try:
                small = SHORTER.get(verb, [])
                if "--init-from" in arguments:  # the network is the stored one's
                    small = SMALL[:2]
                main([verb, *small, *arguments])
                code = 0
            except SystemExit as stop:
                code = stop.code
            out, err = capsys.readouterr()
        else:
            script, *arguments = words[1:]
            kind = script.partition("_")[0]
            code, out, err = run_script(script, *SHORTER.get(kind, []), *arguments)
        assert not code, f"{command}\n{err}"
        if target:
            (place / target).write_text(out, "utf-8")
        return out

    def named(word):
        """Return the files that a word with a star or NAME stands for, or the word."""
        if "*" in word or word.endswith("NAME.h5") and not (place / word).exists():
            return sorted(map(str, place.glob(word.replace("NAME", "*"))))
        return [word]

    def quicker(arguments):
        script, *rest = arguments
        own, _, passed = " ".join(rest).partition(" -- ")
        own = re.sub(r"--seeds \d+", "", own).split()
        flags = ["--seeds", str(SEEDS), *own, "--", *SMALL, *passed.split()]
        return [str(ROOT / script), *flags]

    return given


@pytest.mark.parametrize(
    "path", first_of_each(), ids=lambda path: str(path.relative_to(ROOT))
)
def test_commands_of_docs_run(path, give):
    ran = 0
    for command in first_of_each()[path]:
        if not any(re.match(pattern, command) for pattern in EXCUSED):
            give(command)
            ran += 1
    if not ran:
        pytest.skip("; ".join(sorted(EXCUSED.values())))


def test_excuses_are_needed():
    given = [command for found in first_of_each().values() for command in found]
    for pattern in EXCUSED:
        assert any(re.match(pattern, command) for command in given), pattern
