"""The commands of docs/First_Tagger.md, on the files that stand there."""

import re
import shlex
from pathlib import Path

from tagger.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
DOC = (ROOT / "docs" / "First_Tagger.md").read_text("utf-8")
# Fewer epochs, and the public data are not fetched.
SHORTER = {"train": ["--epochs", "6", "--param", "earlyStopping=0"]}
FETCHED = "wnut17"


def test_from_ten_sentences_to_tags(workdir, capsys):
    names, news = re.findall(r"^```text\n(.*?)^```", DOC, re.M | re.S)
    assert names.count("\n\n") == 9  # ten sentences
    (workdir / "names.txt").write_text(names, "utf-8")
    (workdir / "news.txt").write_text(news, "utf-8")
    commands = re.findall(r"^    python -m tagger (.*)", DOC, re.M)
    ran = []
    for command in commands:
        if FETCHED in command:
            continue
        verb, *arguments = shlex.split(command)
        capsys.readouterr()
        main([verb, *arguments, *SHORTER.get(verb, [])])
        ran.append((command, capsys.readouterr().out))
    assert [command.split()[0] for command, _ in ran] == [
        "check",
        "train",
        *["tag"] * 3,
    ]
    assert list(workdir.glob("models/names-NER_BIO_*.h5"))
    tagged = dict(ran)["tag news.txt"]
    words = [line.split("\t")[0] for line in tagged.splitlines() if line]
    assert words == "Jonas lives in Oslo . Anna works for Nordlicht .".split()
    assert "<html" in (workdir / "news.html").read_text("utf-8")
