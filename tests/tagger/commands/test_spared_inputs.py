"""No command writes over a file that it reads."""

import pytest

from tagger.__main__ import main

FILES = {"a.jsonl": '{"text": "a", "label": []}\n', "a.txt": "a\tO\n", "a.h5": "model"}


@pytest.mark.parametrize(
    "command",
    [
        "convert a.jsonl a.jsonl --to conll",
        "collect a.jsonl --output a.jsonl",
        "evaluate a.h5 a.txt --columns 0:tokens,1:POS --html a.txt",
        "evaluate a.h5 a.txt --columns 0:tokens,1:POS --predictions ./a.txt",
        "evaluate a.h5 a.txt --columns 0:tokens,1:POS --json a.h5",
        "evaluate a.h5 b.txt --calibrate a.txt --store a.txt",
        "analyse a.txt --json a.txt",
        "compare --predictions a.txt b.txt --json a.txt",
        "serve a.h5 --annotations a.h5",
        "serve b.h5 --token-file a.txt --annotations a.txt",
        "tag a.h5 a.txt --output a.h5",
        "tag b.h5 a.txt --with a.h5 --output a.h5",
    ],
)
def test_what_is_read_is_spared(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 1
    assert "is read: name another file" in capsys.readouterr().err
    assert {name: (tmp_path / name).read_text("utf-8") for name in FILES} == FILES


@pytest.mark.parametrize(
    "command",
    [
        "evaluate a.h5 a.txt --json new --predictions ./new",
        "evaluate a.h5 a.txt --calibrate b.txt --store new --html new",
        "compare x=a.txt y=b.txt --plot new.svg --json new.svg",
    ],
)
def test_two_outputs_are_two_files(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 1
    assert "would be written twice" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
