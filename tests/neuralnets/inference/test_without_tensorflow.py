"""Tagging and evaluating with none of the large packages that training takes along."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import toy
from twins import randomised, stored

from neuralnets import conventions
from neuralnets.inference.tagger import NeedsTensorFlow, StoredTagger
from neuralnets.keraslayers import recurrence

ROOT = Path(__file__).resolve().parents[3]
# An import of what is None is an ImportError.
BLOCKED = """
import json, os, sys
for name in ("tensorflow", "keras", "tf_keras", "scipy", "sklearn", "matplotlib",
             "filelock", "spacy"):
    sys.modules[name] = None
"""
VERB = BLOCKED + "from tagger.__main__ import main\nmain(sys.argv[1:])\n"
TEXT = "The dog saw a cat. A cat!"


def run(program, *arguments, fails=False) -> str:
    """Run a program in a new process, and return what it prints, or why it fails."""
    result = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert bool(result.returncode) == fails, result.stderr
    return result.stderr if fails else result.stdout


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    """A chunker whose weights are random; `.stored` is its file."""
    datasets = {"chunks": toy.dataset(corpus, "chunk_BIO")}
    with toy.folder(tmp_path_factory.mktemp("tag_only")) as folder, toy.eager():
        made = toy.tagger({"classifier": "CRF", "charEmbeddings": "CNN"}, datasets)
        made.buildModel()
        made.stored = stored(randomised(made), folder)
    return made


def test_the_door_of_python(model, eager):
    program = BLOCKED + (
        "import tagger\n"
        "assert 'numpy' not in sys.modules\n"
        "model = tagger.load(sys.argv[1])\n"
        "print(json.dumps(model.tag(sys.argv[2])))\n"
        "print(json.dumps(model.tag([['A', 'dog'], ['saw']])))\n"
    )
    text, words = map(json.loads, run(program, model.stored, TEXT).splitlines())
    assert text == model.tag(TEXT)
    assert words == model.tag([["A", "dog"], ["saw"]])


def test_the_verbs(model, corpus, tmp_path, eager):
    file = tmp_path / "in.txt"
    file.write_text(TEXT, "utf-8")
    flags = ["tag", model.stored, file, "--format", "json"]
    lines = run(VERB, *flags).splitlines()
    assert [json.loads(line) for line in lines] == model.tag(TEXT)

    gold = os.path.join(corpus, "test.txt")
    flags = [gold, "--columns", "0:tokens,2:chunk_BIO", "--json", tmp_path / "r.json"]
    table = run(VERB, "evaluate", model.stored, *flags)
    assert "accuracy" in table and (tmp_path / "r.json").exists()

    told = run(VERB, "tag", model.stored, file, "--engine", "tensorflow", fails=True)
    assert "Traceback" not in told and "tensorflow" in told
    flags = [*flags, "--calibrate", gold, "--engine", "numpy"]
    told = run(VERB, "evaluate", model.stored, *flags, fails=True)
    assert "--calibrate needs --engine tensorflow" in told


def test_a_forked_process_tags(model):
    program = BLOCKED + (
        "import tagger\n"
        "model = tagger.load(sys.argv[1])\n"
        "model._predictor._engine.tokens = 4\n"
        "rows = model.rows([['A', 'dog', 'saw'], ['The', 'cat']] * 20)\n"
        "found = model.tagSentences(rows)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(found != model.tagSentences(rows))\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    assert run(program, model.stored) == "0\n"


def test_what_needs_tensorflow_says_so(model):
    elmo = {"featureNames": ["tokens", "elmo"]}
    with pytest.raises(NeedsTensorFlow, match="reads ELMo's vectors.*--engine"):
        StoredTagger.loadModel(model.stored, elmo)
    program = BLOCKED + (
        "import tagger\n"
        "try:\n"
        f"    tagger.load(sys.argv[1], {elmo})\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    told = run(program, model.stored).splitlines()
    assert len(told) == 1 and told[0].endswith("It is not installed here.")


def test_an_engine_that_there_is_not(model):
    import tagger

    with pytest.raises(ValueError, match="numpy, tensorflow"):
        tagger.load(model.stored, engine="torch")


def test_both_engines_know_the_same_gates():
    assert set(conventions.GATES) == set(recurrence.GATES)
