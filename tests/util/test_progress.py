import re

from util.progress import Progress


def test_progress_on_a_file_is_plain_lines(capsys):
    with Progress("ELMo", "tokens", last=True) as progress:
        progress(5, 20)
        progress(20, 20)
    assert re.fullmatch(
        r"ELMo: 20 of 20 tokens, [\d,]+ tokens/s\n", capsys.readouterr().err
    )


def test_a_note_is_made_only_when_it_is_shown(capsys):
    with Progress("Epoch 1", "tokens", 20, seconds=3600) as progress:
        progress(10, note=lambda: 1 / 0)
    assert capsys.readouterr().err == ""
    with Progress("Epoch 1", "tokens", 20, seconds=0) as progress:
        progress(10, note=lambda: "loss 0.5")
    assert re.fullmatch(
        r"Epoch 1: 10 of 20 tokens, loss 0.5, [\d,]+ tokens/s\n",
        capsys.readouterr().err,
    )


def test_a_resumed_work_counts_only_its_own_speed(capsys):
    with Progress("f", "bytes", 9, seconds=0, initial=9) as progress:
        progress(9)
    assert capsys.readouterr().err == "f: 9 of 9 bytes, 0 bytes/s\n"


def test_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("util.progress._SECONDS_BETWEEN_NOTES", 0)
    with Progress("f", "bytes", mininterval=0) as progress:
        progress(5, 9, lambda: "so far")
        progress.line("above")
    shown = capsys.readouterr().err
    assert "5.00/9.00" in shown and "so far" in shown and "above\n" in shown
