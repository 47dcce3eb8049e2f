"""The docs and docstrings name nothing that is gone."""

import re
from pathlib import Path

import pytest

from neuralnets.hyperparameters import PARAMETERS
from tagger.__main__ import VERBS

ROOT = Path(__file__).resolve().parents[1]
DOCS = [
    path
    for folder in (".", "docs", "docker", "data/sample", "benchmarks")
    for path in sorted((ROOT / folder).glob("*.md"))
]
SOURCES = [
    path
    for folder in (".", "util/**", "neuralnets/**", "tagger/**", "benchmarks")
    for path in sorted(ROOT.glob(f"{folder}/*.py"))
]
FILE = re.compile(r"(?<![\w/.:*-])((?:[\w-]+/)*[\w-]+\.(?:py|md|svg|png|toml))\b(?!\()")
# Files that are made when somebody follows what is written.
MADE = re.compile(r"(plot|comparison|FILE)\.png|curve\.svg")
COMMAND = re.compile(
    r"^ {4,}(?:\w+=\S+ )*((?:\S*python|make|tagger) .*?)(?:   .*|#.*)?$", re.M
)


def files_gone(path, known=()):
    """Return the files that a file names and that are not there."""
    return [
        f"{path}:{number}: {name}"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for name in FILE.findall(line)
        if not MADE.fullmatch(name) and name not in known
        if not any((folder / name).exists() for folder in (ROOT, path.parent))
    ]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_docs_name_are_there(path):
    assert not files_gone(path)


def test_files_that_code_names_are_there():
    names = {source.name for source in SOURCES}  # those need no folder
    assert not [gone for path in SOURCES for gone in files_gone(path, names)]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_docs_can_be_given(path):
    source = "\n".join(file.read_text("utf-8") for file in SOURCES)
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    gone = []
    for command in COMMAND.findall(path.read_text("utf-8").replace("\\\n", " ")):
        if command.startswith("make"):
            words = re.findall(r"(?<!\S)[a-z][\w-]*(?!\S)", command)
            gone += [word for word in words[1:] if word not in targets]
            continue
        verbs = re.findall(r"^(?:python -m )?tagger ([a-z]\w*)", command)
        gone += [verb for verb in verbs if verb not in VERBS]
        modules = re.findall(r"-m ((?:util|neuralnets|tagger)[\w.]*)", command)
        for module in modules:
            file = ROOT / module.replace(".", "/")
            if not (
                file.with_suffix(".py").exists() or (file / "__main__.py").exists()
            ):
                gone.append(module)
        if verbs or modules or ".py" in command:
            flags = re.findall(r"(?<!\S)--[a-z][a-z-]*", command)
            gone += [flag for flag in flags if f'"{flag}"' not in source]
            keys = re.findall(r"--param [\"']?([\w-]+)=", command)
            gone += [key for key in keys if key not in PARAMETERS]
    assert not gone
