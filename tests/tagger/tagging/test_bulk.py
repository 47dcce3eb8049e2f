"""Several processes: the same outputs, kills, bad files, other models."""

import functools
import os
import resource
import signal
from concurrent import futures
from pathlib import Path

import pytest
from bulkruns import outputs, records, start, text, wait_for

from tagger.tagging.bulk import journal, process, run
from util.output import streams

JOURNAL = journal.NAME


@pytest.fixture
def large(monkeypatch):
    """Let files be large, and blocks of columns full, when they are small."""
    monkeypatch.setattr(run, "LARGE", 10_000)
    short = functools.partial(streams.read_blocks, tokens=1_000)
    monkeypatch.setattr(streams, "read_blocks", short)


def workers_of(process):
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


@pytest.mark.parametrize("form", ["conll", "json", "html", "conllu"])
def test_outputs_are_those_of_one_process(models, call, large, form):
    Path("small.txt").write_bytes("\ufeffIt rains.\r\n".encode())
    Path("large.txt").write_bytes(("\ufeff" + text(4_000, "\r\n")).encode())
    Path("blank.txt").write_text("\n" * 70_001)
    files = ["small.txt", "large.txt", "blank.txt"]
    flags = ["--format", form, *["--confidence"] * (form in ("json", "html"))]
    call(models.pos, *files, *flags, "--output", "one/")
    call(models.pos, *files, *flags, "--output", "two/", "--jobs", "2")
    assert outputs("two") == outputs("one") and len(outputs("one")) == 3


@pytest.mark.parametrize(
    "flags",
    [["conll", "--nbest", "2"], ["json"], ["conllu", "--conllu-column", "MISC"]],
)
def test_columns_too_with_what_another_model_tags_first(models, call, large, flags):
    Path("a.txt").write_text("a dog\n\n" + "The x\ndog y\n\n" * 1_500)
    flags = ["--columns", "0:tokens", "--with", models.pos, "--format", *flags]
    call(models.fed, "a.txt", *flags, "--output", "one/")
    call(models.fed, "a.txt", *flags, "--output", "two/", "--jobs", "2")
    assert outputs("two") == outputs("one")


def test_conllu_keeps_its_comments(models, call, large):
    sentence = "# sent_id = 1\n1\tdog\t" + "_\t" * 7 + "_\n\n"
    Path("a.conllu").write_text(sentence * 2_500)
    flags = ["--format", "conllu", "--conllu-column", "XPOS"]
    call(models.pos, "a.conllu", *flags, "--output", "one/")
    call(models.pos, "a.conllu", *flags, "--output", "two/", "--jobs", "2")
    assert outputs("two") == outputs("one")


def test_bad_files_are_told_and_left_out_until_they_are_mended(
    models, call, large, capsys
):
    Path("good.txt").write_text("It rains.")
    Path("bytes.txt").write_bytes(b"A caf\xe9.\n")
    Path("large.txt").write_bytes(text(4_000).encode() + b"\xff\n")
    files = ["missing.txt", "bytes.txt", "good.txt", "large.txt"]
    given = [models.pos, *files, "--output", "tags", "--jobs", "2"]
    with pytest.raises(ValueError, match=r"^3 of 4 files could not be .* in tags\."):
        call(*given)
    told = capsys.readouterr().err
    for name in ("missing.txt", "bytes.txt", "large.txt"):
        assert told.count(f"Skipped: {name}: ") == 1
    assert sorted(os.listdir("tags")) == [JOURNAL, "good.conll"]
    before = os.stat("tags/good.conll")
    for name in ("missing.txt", "bytes.txt", "large.txt"):
        Path(name).write_text("A dog.")
    call(*given)
    assert "1 of 4 files are finished already" in capsys.readouterr().err
    assert os.stat("tags/good.conll") == before
    assert sorted(os.listdir("tags")) == [f"{n[:-4]}.conll" for n in sorted(files)]


def test_other_commands_do_not_mix_and_changed_files_are_tagged_again(
    models, call, capsys
):
    Path("a.txt").write_text("It rains.")
    Path("b.txt").write_bytes(b"\xff")
    given = ["a.txt", "b.txt", "--output", "tags", "--jobs", "2"]
    with pytest.raises(ValueError, match="1 of 2"):
        call(models.pos, *given)
    with pytest.raises(ValueError, match=r"another model\).*another --output"):
        call(models.chunks, *given)
    with pytest.raises(ValueError, match=r"another format\)"):
        call(models.pos, *given, "--format", "json")
    Path("a.txt").write_text("A dog sees it.")
    with pytest.raises(ValueError, match="1 of 2"):
        call(models.pos, *given)
    assert Path("tags/a.conll").read_text().startswith("A\t")
    # ... and so is what somebody else has written
    Path("tags/a.conll").write_text("x")
    with open(f"tags/{JOURNAL}", "ab") as file:  # half a line of a killed run
        file.write(b'{"output": "b.c')
    with pytest.raises(ValueError, match="1 of 2"):
        call(models.pos, *given)
    assert Path("tags/a.conll").read_text().startswith("A\t")
    with open(f"tags/{JOURNAL}", "ab") as file:  # and what no run writes
        file.write(b'5\n{"run": 5}\n')
    os.unlink("b.txt")
    Path("b.txt").write_text("A dog.")
    capsys.readouterr()
    call(models.pos, *given)
    assert sorted(os.listdir("tags")) == ["a.conll", "b.conll"]


def test_a_file_that_changes_meanwhile_is_not_finished(models, call, monkeypatch):
    Path("a.txt").write_text("It rains.")

    def late(*given, **options):
        Path("a.txt").write_text("A dog sees it.")
        return futures.wait(*given, **options)

    monkeypatch.setattr(run, "wait", late)
    given = [models.pos, "a.txt", "--output", "tags/", "--jobs", "2"]
    with pytest.raises(ValueError, match=r"^a\.txt: changed since this run began"):
        call(*given)
    monkeypatch.setattr(run, "wait", futures.wait)
    call(*given)
    assert os.listdir("tags") == ["a.conll"]
    assert Path("tags/a.conll").read_text().startswith("A\t")


def test_what_cannot_begin_leaves_nothing_behind(models, call):
    Path("a.txt").write_text("It rains.")
    jobs = ["--jobs", "2", "--output"]
    with pytest.raises(ValueError, match="name a folder, as in --output tags/"):
        call(models.pos, "a.txt", *jobs, "a.conll")
    with pytest.raises(ValueError, match="name a folder"):
        call(models.pos, "a.txt", "--jobs", "2")
    with pytest.raises(ValueError, match="standard input"):
        call(models.pos, "-", *jobs, "tags/")
    Path("no.h5").write_bytes(b"no model")
    with pytest.raises(ValueError, match="no.h5"):
        call("no.h5", "a.txt", *jobs, "tags/")
    with pytest.raises(ValueError, match="missing.h5"):
        call("missing.h5", "a.txt", *jobs, "tags/")
    with pytest.raises(ValueError, match="--with"):
        call(models.pos, "a.txt", "--with", models.pos, *jobs, "tags/")
    assert os.listdir("tags") == []


def test_a_full_disk_is_told_by_the_journals_name(models, call):
    Path("a.txt").write_text("It rains.")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(OSError) as told:
            call(models.pos, "a.txt", "--output", "tags/", "--jobs", "2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.value.filename == f"tags/{JOURNAL}"
    assert os.listdir("tags") == []


def test_one_run_at_a_time(models, call):
    Path("a.txt").write_text("It rains.")
    held = journal.Journal("tags", {})
    with pytest.raises(ValueError, match="another run is still at work there"):
        call(models.pos, "a.txt", "--output", "tags", "--jobs", "2")
    held.close(True)
    call(models.pos, "a.txt", "--output", "tags/", "--jobs", "2")
    assert os.listdir("tags") == ["a.conll"]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_whatever_is_killed_the_same_command_ends_with_all_of_it(models, call):
    """First the run, by force and then by Ctrl-C, and last one of its processes."""
    Path("large.txt").write_text(text(24_000))
    files = ["large.txt", *(f"{number}.txt" for number in range(4))]
    for path in files[1:]:
        Path(path).write_text(text(100 + int(path[0])))
    call(models.pos, *files, "--output", "one/")
    given = [models.pos, *files, "--output", "two/", "--jobs", "2"]
    for which in (signal.SIGKILL, signal.SIGINT):
        before, process = records(), start(*given)
        wait_for(lambda before=before: records() > before)
        running = workers_of(process)
        process.send_signal(which)
        _, said = process.communicate(timeout=60)
        assert running
        for pid in running:
            wait_for(lambda pid=pid: not Path(f"/proc/{pid}").exists())
        assert set(os.listdir("two")) == {JOURNAL, ".large.conll.unfinished"}
    assert process.returncode == 130
    assert said == "0 of 5 files are finished. Go on with the same command.\n" + (
        "Interrupted.\n"
    )
    kept = os.stat("two/.large.conll.unfinished").st_ino
    before, process = records(), start(*given)
    wait_for(lambda: records() > before)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "")
    assert outputs("two") == outputs("one")
    assert os.stat("two/large.conll").st_ino == kept


def test_a_file_that_no_process_survives_is_given_up(models, call, monkeypatch):
    """As if the system had killed each of them for its memory."""
    Path("a.txt").write_text("It rains.")
    original, started = process.Process.ask, []

    def ask(self, question):
        if hasattr(question, "answer"):
            started.append(self._process.pid)
            self._process.kill()
        return original(self, question)

    monkeypatch.setattr(process.Process, "ask", ask)
    with pytest.raises(ValueError, match=r"a\.txt: the process .* died 3 times"):
        call(models.pos, "a.txt", "--output", "tags/", "--jobs", "2")
    assert len(set(started)) == 3 and os.listdir("tags") == []
