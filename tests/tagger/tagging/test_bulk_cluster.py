"""`tagger tag --cluster`: two Ray nodes on this machine, which lose parts."""

import contextlib
import os
import signal
from pathlib import Path

import pytest
from bulkruns import outputs, records, start, text, wait_for

from tagger.tagging.bulk.journal import NAME

pytest.importorskip("ray", reason="needs Ray: requirements-ray.txt")
pytestmark = pytest.mark.ray

HEAD, OTHER = "127.0.0.2", "127.0.0.3"  # 127.0.0.1 would be taken for another address
SECONDS = 300  # at most
# Older Rays connect to the node that began last, which is killed here.
CONNECT = f"""
import functools, ray
ray.init = functools.partial(ray.init, _node_ip_address="{HEAD}")
"""


@pytest.fixture(scope="module")
def cluster():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Workers would yield to everything else, for minutes on a busy machine.
        patch.setenv("RAY_worker_niceness", "0")
        from ray.cluster_utils import Cluster

        sizes = {"num_cpus": 1, "object_store_memory": 80_000_000}
        head = {"node_ip_address": HEAD, "include_dashboard": False, **sizes}
        made = Cluster(initialize_head=True, head_node_args=head)
        made.other = made.add_node(node_ip_address=OTHER, **sizes)
        yield made
        made.shutdown()


@pytest.fixture
def workers(monkeypatch, tmp_path):
    """Return the processes of this test's runs that tag, by their nodes' addresses."""
    monkeypatch.setenv("TAGGER_TEST", str(tmp_path))  # goes along to them
    mark = f"TAGGER_TEST={tmp_path}".encode()

    def workers():
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                if b"tagger.tagging.bulk.worker" not in words:
                    continue
                if mark not in (path / "environ").read_bytes().split(b"\0"):
                    continue
                raylet = Path(f"/proc/{parent(parent(path.name))}/cmdline")
                command = raylet.read_text()
            except OSError:
                continue
            found.update({a: int(path.name) for a in (HEAD, OTHER) if a in command})
        return found

    return workers


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def said_by(process):
    """Return what a run says until it ends, besides its progress and Ray's own log."""
    lines = process.communicate(timeout=SECONDS)[1].splitlines()
    return [line for line in lines if not line.startswith(("Tagged: ", "[20"))]


def gone(pid):
    return not Path(f"/proc/{pid}").exists()


def test_outputs_are_those_of_one_process_and_a_bad_file_is_told(cluster, models, call):
    Path("small.txt").write_text("It rains.")
    Path("large.txt").write_text("\ufeff" + text(4_000, "\r\n"))
    flags = ["--format", "html", "--confidence"]
    call(models.pos, "small.txt", "large.txt", *flags, "--output", "one/")
    Path("bad.txt").write_bytes(b"A caf\xe9.\n")
    # There is no room for the third process.
    flags += ["--output", "two/", "--cluster", cluster.address, "--jobs", "3"]
    process = start(
        models.pos, "bad.txt", "large.txt", "small.txt", *flags, before=CONNECT
    )
    skipped, failed = said_by(process)
    assert process.returncode == 1
    assert skipped.startswith("Skipped: bad.txt: ")
    assert "1 of 3 files could not be tagged. The others are in two/." in failed
    found = outputs("two")
    assert found.pop(NAME) and found == outputs("one")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_whatever_is_killed_the_same_command_ends_with_all_of_it(
    cluster, models, call, workers, capfd
):
    """The run, by force and by Ctrl-C; then a process, an actor and a node."""
    Path("large.txt").write_text(text(24_000))
    files = ["large.txt", *(f"{number}.txt" for number in range(4))]
    for path in files[1:]:
        Path(path).write_text(text(100 + int(path[0])))
    call(models.pos, *files, "--output", "one/")
    given = [models.pos, *files, "--output", "two/", "--cluster", cluster.address]
    for which in (signal.SIGKILL, signal.SIGINT):
        before, process = records(), start(*given, before=CONNECT)
        wait_for(lambda before=before: records() > before, SECONDS)
        running = workers()
        process.send_signal(which)
        said = said_by(process)
        assert running
        for pid in running.values():
            wait_for(lambda pid=pid: gone(pid), SECONDS)
        assert set(os.listdir("two")) == {NAME, ".large.conll.unfinished"}
    assert process.returncode == 130
    assert said == [
        "0 of 5 files are finished. Go on with the same command.",
        "Interrupted.",
    ]
    before, process = records(), start(*given, before=CONNECT)
    wait_for(lambda: records() > before and len(workers()) == 2, SECONDS)
    running = workers()
    for pid in running.values():  # until it is known which one is where
        os.kill(pid, signal.SIGSTOP)
    os.kill(running[HEAD], signal.SIGKILL)
    another = wait_for(
        lambda: workers().get(HEAD, running[HEAD]) != running[HEAD] and workers()[HEAD],
        SECONDS,
    )
    os.kill(parent(another), signal.SIGKILL)
    cluster.remove_node(cluster.other, allow_graceful=False)
    with contextlib.suppress(ProcessLookupError):  # Ray may have killed it
        os.kill(running[OTHER], signal.SIGCONT)
    said = said_by(process)
    assert (process.returncode, said) == (0, [])
    assert capfd.readouterr().out == ""
    assert outputs("two") == outputs("one")
    for pid in (another, running[OTHER]):
        wait_for(lambda pid=pid: gone(pid))


def test_no_cluster_and_no_room_are_one_line(cluster, models, call):
    Path("a.txt").write_text("It rains.")
    given = [models.pos, "a.txt", "--output", "tags/", "--cluster"]
    with pytest.raises(ValueError, match=r"^--cluster 127\.0\.0\.2:1: no Ray cluster"):
        call(*given, f"{HEAD}:1")
    with pytest.raises(ValueError, match="the largest machine of the cluster has 1"):
        call(*given, cluster.address, "--cpus", "2")
    with pytest.raises(ValueError, match="--cluster writes a file for each input"):
        call(models.pos, "a.txt", "--cluster", cluster.address)
    assert os.listdir("tags") == []
