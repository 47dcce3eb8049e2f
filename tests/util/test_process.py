"""Closed streams, full outputs and signals: one line, never a traceback."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagger.__main__ import VERBS

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def usual_run(*command):
    return run(command)


def run(command, redirections="", stdin=""):
    """Run a Python program with streams closed or turned by the shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, *command],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def is_clean(result):
    said = result.stdout + result.stderr
    return "Traceback" not in said and "Exception" not in said and "Error:" not in said


CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
COMMANDS = [
    ["-m", "tagger", "--help"],
    ["-m", "tagger", "--version"],
    ["-m", "tagger", "nonsense"],
    ["-m", "tagger", "tag", "--help"],
    ["-m", "tagger", "check", "data/sample"],
    ["-m", "tagger", "download", "--list"],
    ["RunModel.py", "none.h5", "none.txt"],
    ["Train_POS.py", "--help"],
]


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_closed_streams_end_in_one_line_at_most(command, closed):
    usual, result = usual_run(*command), run(command, closed)
    needs_output = usual.stdout and ">&-" in closed.replace("2>&-", "")
    if needs_output:
        assert result.returncode == 1
        if "2>&-" not in closed:
            assert result.stderr.splitlines()[-1] == (
                "Error: standard output: Bad file descriptor"
            )
            assert "Traceback" not in result.stderr
    else:
        assert result.returncode == usual.returncode
        if "2>&-" not in closed:
            assert result.stderr == usual.stderr
        assert result.stdout == usual.stdout


EVERYTHING = [[path.name] for path in sorted(ROOT.glob("*.py"))]
EVERYTHING += [["-m", "tagger", verb] for verb in VERBS]


@pytest.mark.parametrize("command", EVERYTHING, ids=" ".join)
def test_no_script_and_no_verb_fails_with_a_traceback(command):
    help_ = run([*command, "--help"], "<&- >&-")
    assert (help_.returncode, help_.stdout, help_.stderr) == (
        *(1, ""),
        "Error: standard output: Bad file descriptor\n",
    )
    wrong = [*command, "--no-such-flag"]
    assert is_clean(run(wrong, "<&- >&- 2>&-"))
    usual = run(wrong)
    assert usual.returncode == 2 and run(wrong, "<&- >&-").stderr == usual.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_output_is_an_error():
    result = run(["-m", "tagger", "--help"], "> /dev/full")
    assert result.returncode == 1
    assert result.stderr == "Error: standard output: No space left on device\n"


def test_a_reader_that_has_seen_enough_is_none():
    result = run(["-m", "tagger", "--help"], "| true")
    assert result.returncode == 0 and is_clean(result)


@pytest.mark.parametrize("script", ["RunModel.py", "RunModel_CoNLL_Format.py"])
def test_tagging_with_closed_streams(trained, tmp_path, script):
    text, out = tmp_path / "in.txt", tmp_path / "out.txt"
    text.write_text("The\ndog\n", "utf-8")
    usual = run([script, trained.stored, str(text)])
    assert usual.returncode == 0 and usual.stdout

    result = run([script, trained.stored, "-"], "<&-")
    assert result.returncode == 1 and not result.stdout
    assert "Error: standard input: Bad file descriptor\n" in result.stderr
    assert "Traceback" not in result.stderr

    result = run([script, trained.stored, str(text)], ">&-")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last == "Error: standard output: Bad file descriptor"
    assert "Traceback" not in result.stderr

    flags = ["--output", str(out)]
    result = run([script, trained.stored, str(text), *flags], "<&- >&- 2>&-")
    assert result.returncode == 0
    assert out.read_text("utf-8") == usual.stdout


PROGRAM = """
import sys, time
from util.commandline import run
from util.files import atomic_path

def main():
    with atomic_path(sys.argv[1]) as path:
        print("begun", flush=True)
        time.sleep(60)

run(main)
"""


def end(which, *command):
    """Send a signal to a program once it has begun; see how it ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A process in the background may be deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)
    process.send_signal(which)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert said == ("Interrupted.\n" if which == signal.SIGINT else "Terminated.\n")


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_process_that_is_told_to_end_leaves_no_file_behind(tmp_path, which):
    end(which, PROGRAM, str(tmp_path / "out.txt"))
    assert os.listdir(tmp_path) == []


LOST = """
import time
from util.commandline import run

def main():
    try:
        print("begun", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        raise TypeError("what a library makes of it") from None

run(main)
"""


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_a_library_loses_ends_it_as_ever(which):
    end(which, LOST)


def test_an_error_of_its_own_stays_one():
    result = run(["-c", LOST.replace("time.sleep(60)", "raise KeyError('x')")])
    assert result.returncode == 1 and "KeyError: 'x'" in result.stderr


SPLIT = """
import importlib.util, sys
from util.output.tokens import tokenize
from util.process import mark_as_command
if sys.argv[1:] == ["command"]:
    mark_as_command()
print(tokenize("It's late."), "scipy" in sys.modules, "sklearn" in sys.modules)
assert importlib.util.find_spec("scipy")  # whoever needs it gets it
"""


def test_splitting_in_a_command_loads_no_statistics(tmp_path):
    pytest.importorskip("sklearn")
    words = "['It', \"'s\", 'late', '.']"
    assert run(["-c", SPLIT, "command"]).stdout == f"{words} False False\n"
    assert run(["-c", SPLIT]).stdout.startswith(words)
