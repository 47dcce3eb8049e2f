"""Downloads from a server on the loopback address that misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tagger.commands import download
from util.download import dataconversion, datasources, fetch, httpfetch
from util.download.datasources import SOURCES, RemoteFile, Source
from util.download.fetch import missing_data_message
from util.download.httpfetch import Patience
from util.download.obtain import DownloadError

ROOT = Path(__file__).resolve().parents[3]
BODY = random.Random(1).randbytes(100_000)
QUICK = Patience(timeout=0.3, attempts=3, pause=0.0)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files[path]`; `server.faults[path]` are used up one by one."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        server, path = self.server, self.path
        server.requests.append((path, dict(self.headers)))
        faults = server.faults.get(path, [])
        fault = faults.pop(0) if faults else server.always.get(path)
        body = server.files.get(path)
        if body is None or isinstance(fault, int):
            self.send_error(404 if body is None else fault)
            return
        if isinstance(fault, str) and fault.startswith("http"):
            self.send_response(302)
            self.send_header("Location", fault)
            self.end_headers()
            return
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        stale = self.headers.get("If-Range", server.etag) != server.etag
        if asked and not stale and fault not in ("no range", "no range, cut"):
            start = int(asked[1])
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.end_headers()
                return
            self.send_response(206)
            start += fault == "wrong range"
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.send_header("Content-Range", span)
        else:
            self.send_response(200)
        if server.etag:
            self.send_header("ETag", server.etag)
        if fault != "no length":
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        if fault in ("cut", "no range, cut", "stall"):
            rest = rest[: len(rest) // 2]
        elif fault == "wrong bytes":
            rest = bytes(len(rest))
        self.wfile.write(rest)
        self.wfile.flush()
        if fault == "stall":
            server.stalled.set()
            server.released.wait(10)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.faults, self.always, self.requests = {}, {}, {}, []
        self.etag = ""
        self.stalled, self.released = threading.Event(), threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def ranges(self, path: str) -> list[str | None]:
        return [h.get("Range") for p, h in self.requests if p == path]


@pytest.fixture
def server():
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def one(server, body=BODY, path="/a.bin", kind="vectors", **options):
    """A table whose only source `a` is one file; `body` is also what is served."""
    server.files.setdefault(path, body)
    options.setdefault("sha256", sha(body))
    options.setdefault("save_as", path[1:])
    file = RemoteFile((server.url(path),), **options)
    return {"a": Source(kind, "test", (file,))}


def three(server):
    bodies = {split: split.encode() * 9 for split in ("train", "dev", "test")}
    for split, body in bodies.items():
        server.files[f"/{split}.conll"] = body
    files = tuple(
        RemoteFile((server.url(f"/{split}.conll"),), f"{split}.txt", sha256=sha(body))
        for split, body in bodies.items()
    )
    return {"set": Source("data set", "test", files)}, bodies


def get(table, folder, name="a", **options):
    options.setdefault("patience", QUICK)
    return fetch.download(name, folder, table, **options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return buffer.getvalue()


# --- A server that serves well


def test_data_set_gets_its_folder_and_split_names(server, tmp_path):
    table, bodies = three(server)
    paths = get(table, tmp_path, "set")
    splits = ("train", "dev", "test")
    assert paths == [str(tmp_path / "set" / f"{s}.txt") for s in splits]
    for split in splits:
        assert (tmp_path / "set" / f"{split}.txt").read_bytes() == bodies[split]
    assert len(names(tmp_path / "set")) == 3


def test_second_call_asks_the_server_nothing(server, tmp_path):
    table = one(server)
    first = get(table, tmp_path)
    server.requests.clear()
    assert get(table, tmp_path) == first
    assert server.requests == []


def test_default_folders_are_relative_to_the_current_one(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind, place in (
        ("vectors", "a.bin"),
        ("model", "models/a.bin"),
        ("data set", "data/a/a.bin"),
        ("ELMo", "embeddings/a.bin"),
    ):
        assert get(one(server, kind=kind), None) == [str(Path(place))]
        assert Path(place).read_bytes() == BODY


def test_without_a_declared_length(server, tmp_path):
    server.always["/a.bin"] = "no length"
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_progress_rises_to_the_full_size(server, tmp_path):
    seen = []
    get(one(server), tmp_path, report=lambda *facts: seen.append(facts))
    done = [facts[1] for facts in seen]
    assert done == sorted(done) and done[-1] == len(BODY)
    assert {(label, total) for label, _, total in seen} == {("a.bin", len(BODY))}


# --- Servers that do not


def test_cut_off_resumes_where_it_stopped(server, tmp_path):
    server.faults["/a.bin"] = ["cut", "cut"]
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == [None, "bytes=50000-", "bytes=75000-"]
    assert names(tmp_path) == ["a.bin"]


def test_next_run_resumes_the_part_file(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY[:1234])
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == ["bytes=1234-"]


def test_complete_part_file_needs_no_bytes(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY)
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == ["bytes=100000-"]  # answered by 416
    (tmp_path / "a.bin").rename(tmp_path / "a.bin.part")
    get(one(server, size=len(BODY)), tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["no range", "wrong range"])
def test_range_ignored_or_wrong_restarts_cleanly(server, tmp_path, fault):
    # Without a checksum, so that nothing but the transfer can get it right.
    server.etag = '"1"'
    server.faults["/a.bin"] = ["cut", fault]
    get(one(server, sha256=None), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_stall_resumes_after_the_timeout(server, tmp_path):
    server.faults["/a.bin"] = ["stall"]
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == [None, "bytes=50000-"]


def test_endless_stall_gives_up_and_keeps_what_came(server, tmp_path):
    server.always["/a.bin"] = "stall"
    server.files["/a.bin"] = BODY[:2]  # 1 byte, then none: no progress soon
    table = one(server, BODY[:2])
    started = time.monotonic()
    with pytest.raises(DownloadError, match="the server stalled"):
        get(table, tmp_path)
    assert time.monotonic() - started < 5
    assert (tmp_path / "a.bin.part").read_bytes() == BODY[:1]
    assert len(server.requests) == 1 + QUICK.attempts


def test_cut_without_range_gives_up(server, tmp_path):
    server.always["/a.bin"] = "no range, cut"
    with pytest.raises(DownloadError, match="cut off at 50,000 of 100,000 bytes"):
        get(one(server), tmp_path)
    assert len(server.requests) == 1 + QUICK.attempts


def test_passing_server_error_is_retried(server, tmp_path):
    server.faults["/a.bin"] = [503, 500]
    get(one(server), tmp_path)
    assert len(server.requests) == 3


def test_wrong_bytes_are_discarded(server, tmp_path):
    server.always["/a.bin"] = "wrong bytes"
    with pytest.raises(DownloadError, match=f"SHA-256 is {sha(bytes(100_000))}"):
        get(one(server), tmp_path / "new")
    assert len(server.requests) == 1
    assert not (tmp_path / "new").exists()


def test_part_file_with_wrong_bytes_is_discarded_and_fetched_afresh(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(b"x" * 1000)
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == ["bytes=1000-", None]


def test_404_is_one_line_with_file_address_and_command(server, tmp_path):
    table = one(server, path="/gone.bin")
    server.files.clear()
    with pytest.raises(DownloadError) as caught:
        get(table, tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(tmp_path / "gone.bin") in text
    assert f"{server.url('/gone.bin')} (HTTP 404 Not Found)" in text
    command = f"python -m tagger download a --folder {tmp_path} --from PATH/gone.bin"
    assert text.endswith(command)
    assert len(server.requests) == 1
    assert names(tmp_path) == []


def test_dead_server(tmp_path):
    dead = _Server()
    table = one(dead)
    dead.server_close()
    with pytest.raises(DownloadError, match="refused"):
        get(table, tmp_path)


def test_failure_leaves_earlier_files_and_next_run_completes(server, tmp_path):
    table, bodies = three(server)
    dev = server.files.pop("/dev.conll")
    with pytest.raises(DownloadError, match=r"dev\.txt"):
        get(table, tmp_path, "set")
    assert names(tmp_path / "set") == ["train.txt"]
    server.files["/dev.conll"] = dev
    server.requests.clear()
    get(table, tmp_path, "set")
    assert server.ranges("/train.conll") == []
    assert (tmp_path / "set" / "train.txt").read_bytes() == bodies["train"]
    assert len(names(tmp_path / "set")) == 3


def test_second_address_is_tried(server, tmp_path):
    server.files["/b.bin"] = BODY
    urls = (server.url("/a.bin"), server.url("/b.bin"))
    file = RemoteFile(urls, "a.bin", sha256=sha(BODY))
    get({"a": Source("model", "test", (file,))}, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_declared_size_is_compared_before_anything_is_read(server, tmp_path):
    with pytest.raises(DownloadError, match="100,000 bytes instead of 99"):
        get(one(server, size=99), tmp_path)
    assert names(tmp_path) == []


def test_no_more_than_the_limit_is_read(server, tmp_path, monkeypatch):
    monkeypatch.setattr(httpfetch, "LIMIT", 5000)
    with pytest.raises(DownloadError, match="declares 100,000 bytes"):
        get(one(server), tmp_path)
    server.always["/a.bin"] = "no length"
    with pytest.raises(DownloadError, match="more than 5,000 bytes"):
        get(one(server), tmp_path)
    assert names(tmp_path) == []


def test_unfinished_file_belongs_to_one_run(server, tmp_path):
    pytest.importorskip("fcntl")
    table = one(server)
    other_run = httpfetch.open_part(tmp_path / "a.bin.part")
    with other_run, pytest.raises(DownloadError, match="another run"):
        get(table, tmp_path)


# --- Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "http://127.0.0.1.example.org/a",
        "http://127.0.0.1@example.org/a",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "/etc/passwd",
    ],
)
def test_other_addresses_are_refused(tmp_path, url):
    table = {"a": Source("model", "test", (RemoteFile((url,), "a"),))}
    with pytest.raises(DownloadError, match="only https"):
        get(table, tmp_path)


@pytest.mark.parametrize("url", ["https://example.org/", "http://[::1]:1/"])
def test_allowed_addresses(url):
    httpfetch.check_address(url)


def test_redirects_are_followed_but_not_to_plain_http(server, tmp_path):
    server.files["/b.bin"] = BODY
    server.faults["/a.bin"] = [server.url("/b.bin"), "http://192.0.2.1/a"]
    get(one(server), tmp_path)
    (tmp_path / "a.bin").unlink()
    with pytest.raises(DownloadError, match="only https"):
        get(one(server), tmp_path)


def test_real_table_is_https_with_wellformed_checksums():
    for source in SOURCES.values():
        assert source.kind in datasources.DEFAULT_FOLDERS
        for file in source.files:
            assert all(urlsplit(url).scheme == "https" for url in file.urls)
            assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.git_blob is None or re.fullmatch("[0-9a-f]{40}", file.git_blob)
            assert source.kind != "data set" or file.has_checksum


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "/a"])
def test_names_with_folders_are_refused(name):
    with pytest.raises(ValueError, match="bare file name"):
        RemoteFile(("https://example.org/a",), name)


# --- Checksums and formats


def test_git_blob_id(server, tmp_path):
    # What `echo hello | git hash-object --stdin` prints.
    hello = "ce013625030ba8dba906f756967f9e9ca394464a"
    table = one(server, b"hello\n", sha256=None, git_blob=hello)
    get(table, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"hello\n"
    server.files["/a.bin"] = b"hullo\n"
    with pytest.raises(DownloadError, match="git blob id is"):
        get(table, tmp_path / "other")


GZIP = gzip.compress(b"word 1 2\n", mtime=0)
PAGE = b"<html>moved</html>"


def hdf5(length: int) -> bytes:
    head = bytearray(length)
    head[:8] = dataconversion.HDF5_MAGIC
    head[13] = 8
    head[40:48] = length.to_bytes(8, "little")
    return bytes(head)


@pytest.mark.parametrize(
    "ending, good, bad",
    [
        (".gz", GZIP, GZIP[:-5]),
        (".gz", GZIP, GZIP[:15] + b"!" + GZIP[16:]),
        (".gz", GZIP, PAGE),
        (".h5", hdf5(500), hdf5(500)[:400]),
        (".hdf5", hdf5(500), PAGE),
        (".json", b'{"a": 1}', PAGE),
    ],
    ids=["gz cut", "gz flipped", "gz page", "h5 cut", "h5 page", "json page"],
)
def test_without_checksum_the_format_is_checked_and_it_is_said(
    server, tmp_path, caplog, ending, good, bad
):
    path = f"/a{ending}"
    server.files[path] = bad
    table = one(server, good, path=path, sha256=None)
    with pytest.raises(DownloadError, match="it is not|of its 500 bytes"):
        get(table, tmp_path)
    assert names(tmp_path) == []
    server.files[path] = good
    get(table, tmp_path)
    assert (tmp_path / path[1:]).read_bytes() == good
    assert "no checksum of it was ever published" in caplog.text
    assert f"{len(good):,} bytes" in caplog.text and sha(good) in caplog.text


def test_without_checksum_only_the_same_version_is_resumed(server, tmp_path):
    old, new = hdf5(100_000), hdf5(100_000)[:-1] + b"!"
    server.etag = '"1"'
    server.faults["/a.h5"] = ["cut", 404]
    table = one(server, old, path="/a.h5", sha256=None)
    with pytest.raises(DownloadError, match="404"):
        get(table, tmp_path)
    assert (tmp_path / "a.h5.part").stat().st_size == 50_000
    server.files["/a.h5"], server.etag = new, '"2"'
    get(table, tmp_path)
    assert (tmp_path / "a.h5").read_bytes() == new
    assert server.requests[-1][1]["If-Range"] == '"1"'
    assert names(tmp_path) == ["a.h5"]


def test_without_checksum_and_version_it_starts_afresh(server, tmp_path):
    (tmp_path / "a.h5.part").write_bytes(b"x" * 10)
    get(one(server, hdf5(500), path="/a.h5", sha256=None), tmp_path)
    assert server.ranges("/a.h5") == [None]
    assert (tmp_path / "a.h5").read_bytes() == hdf5(500)


def test_another_file_in_its_place_is_left_alone(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="Move it away"):
        get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"mine"
    assert server.requests == []


# --- Archives

VECTORS = b"the 0.1 0.2\n" * 50


def archive_table(server, body, **options):
    options.setdefault("members", (("g/50d.txt", "50d.txt"),))
    return one(server, body, path="/g.zip", **options)


def test_only_the_named_member_is_taken(server, tmp_path):
    members = {"g/50d.txt": VECTORS, "../evil.txt": b"!", "/tmp/evil.txt": b"!"}
    table = archive_table(server, zipped(**members))
    folder = tmp_path / "here"
    assert get(table, folder) == [str(folder / "50d.txt")]
    assert (folder / "50d.txt").read_bytes() == VECTORS
    assert names(folder) == ["50d.txt"] and names(tmp_path) == ["here"]


def test_kept_archive_serves_the_next_member(server, tmp_path):
    body = zipped(**{"g/50d.txt": VECTORS, "g/100d.txt": VECTORS * 2})
    options = {"keep_archive": True, "sha256": None}
    get(archive_table(server, body, **options), tmp_path)
    server.requests.clear()
    options["members"] = (("g/100d.txt", "100d.txt"),)
    get(archive_table(server, body, **options), tmp_path)
    assert server.requests == []
    assert names(tmp_path) == ["100d.txt", "50d.txt", "g.zip"]
    assert (tmp_path / "100d.txt").read_bytes() == VECTORS * 2


def test_bad_archives(server, tmp_path, monkeypatch):
    body = zipped(**{"g/50d.txt": VECTORS})
    for bad, reason in (
        (body[:-30], "not a complete zip file"),
        (zipped(other=b""), "it holds no g/50d.txt"),
        (body[:45] + b"\xff" + body[46:], "50d.txt cannot be unpacked"),
    ):
        server.files["/g.zip"] = bad
        with pytest.raises(DownloadError, match=reason):
            get(archive_table(server, body, sha256=None), tmp_path)
        assert names(tmp_path) == []
    server.files["/g.zip"] = body
    monkeypatch.setattr(dataconversion, "LIMIT", 10)
    with pytest.raises(DownloadError, match="unpacks to 600 bytes"):
        get(archive_table(server, body), tmp_path)


# --- Files already on disk


def test_given_files_are_matched_by_checksum_or_name(server, tmp_path):
    table, bodies = three(server)
    given = [tmp_path / "renamed", tmp_path / "dev.conll", tmp_path / "test.txt"]
    for path, body in zip(given, bodies.values()):
        path.write_bytes(body)
    get(table, tmp_path / "data", "set", from_files=given)
    for split, body in bodies.items():
        assert (tmp_path / "data" / "set" / f"{split}.txt").read_bytes() == body
    assert server.requests == []
    assert all(path.is_file() for path in given)


def test_what_is_not_given_is_downloaded_and_given_files_go_first(server, tmp_path):
    table, bodies = three(server)
    server.files.pop("/train.conll")
    given = tmp_path / "x"
    given.write_bytes(bodies["test"])
    with pytest.raises(DownloadError, match=r"train\.conll"):
        get(table, tmp_path / "data", "set", from_files=given)
    assert names(tmp_path / "data" / "set") == ["test.txt"]


def test_given_file_is_verified(server, tmp_path):
    table, _ = three(server)
    given = tmp_path / "dev.conll"
    given.write_bytes(b"something else")
    with pytest.raises(DownloadError, match=r"--from .*dev\.conll: its SHA-256 is"):
        get(table, tmp_path / "data", "set", from_files=[given])
    stray = tmp_path / "stray"
    stray.write_bytes(b"")
    with pytest.raises(DownloadError, match=r"neither .* \(dev\.conll, dev\.txt"):
        get(table, tmp_path / "data", "set", from_files=[stray])
    with pytest.raises(DownloadError, match="no such file"):
        get(table, tmp_path / "data", "set", from_files=[tmp_path / "none"])
    assert server.requests == []
    assert not (tmp_path / "data" / "set").exists()


def test_given_archive_is_unpacked_and_not_copied(server, tmp_path):
    given = tmp_path / "old-name.zip"
    given.write_bytes(zipped(**{"g/50d.txt": VECTORS}))
    table = archive_table(server, given.read_bytes(), keep_archive=True)
    get(table, tmp_path / "new", from_files=[given])
    assert names(tmp_path / "new") == ["50d.txt"]
    assert server.requests == []


# --- Names and messages


@pytest.mark.parametrize(
    "name, key",
    [
        ("unidep_pos", "unidep_pos"),
        ("germeval", "GermEval"),
        ("Komninos", "komninos_english_embeddings.gz"),
        ("komninos_english_embeddings", "komninos_english_embeddings.gz"),
        ("glove.6B.300d", "glove.6B.300d.txt"),
        ("EN_UD_POS", "EN_UD_POS.h5"),
        ("elmo_2x4096_512_2048cnn_2xhighway_weights.hdf5", "elmo"),
        ("train.txt", None),
        ("my_corpus", None),
        ("", None),
    ],
)
def test_names(name, key):
    assert datasources.find_source(name, SOURCES) == key


def test_unknown_name(tmp_path):
    with pytest.raises(ValueError, match="Did you mean `unidep_pos`"):
        fetch.download("unidep_po", tmp_path)


@pytest.mark.parametrize(
    "name, first, command",
    [
        ("unidep_pos", "data/unidep_pos", "unidep_pos"),
        ("data/unidep_pos/train.txt", "data/unidep_pos", "unidep_pos"),
        ("my data/wnut17", "my data/wnut17", "wnut17 --folder 'my data'"),
        ("glove.6B.100d.txt", "glove.6B.100d.txt", "glove.6B.100d.txt"),
        ("v/levy_english_dependency_embeddings.gz", "v/levy", "--folder v"),
    ],
)
def test_missing_data_message(name, first, command):
    lines = missing_data_message(name).splitlines()
    assert lines[0].startswith(first)
    assert lines[1].startswith("    python -m tagger download ")
    assert lines[1].endswith(command)
    assert lines[-1].endswith("--data data/sample")


def test_missing_data_message_for_data_of_ones_own():
    text = missing_data_message("data/my_corpus")
    assert "data/my_corpus is missing" in text
    assert "--list" in text and "--data data/sample" in text


# --- The command line, in a process of its own


def child(*arguments: str, code: str | None = None, cwd: Path = ROOT, **options):
    start = ["-m", "tagger", "download"] if code is None else ["-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *start, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


CHILD = """
import json, signal, sys
from util.download.datasources import RemoteFile, Source
from tagger.commands.download import main
from util.commandline import run
signal.signal(signal.SIGINT, signal.default_int_handler)
url, sha256 = json.loads(sys.argv[1])
file = RemoteFile((url,), "a.bin", sha256=sha256)
run(lambda: main(sys.argv[2:], {"a": Source("vectors", "test", (file,))}))
"""


def test_cli_lists_without_network(tmp_path):
    process = child("--list", cwd=tmp_path)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    for name in SOURCES:
        assert f"  {name} " in out
    assert "4,070,725 bytes" in out and "CC BY-SA 4.0" in out
    assert "The dev split is missing" in out
    assert names(tmp_path) == []


def test_cli_fetches_with_plain_lines_and_prints_the_paths(server, tmp_path):
    one(server)
    facts = json.dumps([server.url("/a.bin"), sha(BODY)])
    process = child(facts, "a", code=CHILD, cwd=tmp_path)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == "a.bin\n"
    assert err == f"fetching a.bin from {server.url('/a.bin')}\n"
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_cli_failure_is_one_line_and_exit_code_1(tmp_path):
    given = tmp_path / "train.txt"
    given.write_text("not it", encoding="utf-8")
    options = ("--data", tmp_path, "--from", given)
    process = child("unidep_pos", *options, cwd=tmp_path)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"Error: --from {given}: its git blob id is ")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to a child there")
def test_cli_ctrl_c_keeps_the_part_file(server, tmp_path):
    one(server)
    server.faults["/a.bin"] = ["stall"]
    facts = json.dumps([server.url("/a.bin"), sha(BODY)])
    process = child(facts, "a", "--folder", tmp_path, code=CHILD)
    assert server.stalled.wait(20)
    part = tmp_path / "a.bin.part"
    deadline = time.monotonic() + 10
    while not (part.exists() and part.stat().st_size == 50_000):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("Interrupted.\n")
    assert "Traceback" not in err
    assert part.read_bytes() == BODY[:50_000]
    get(one(server), tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.ranges("/a.bin") == [None, "bytes=50000-"]


@pytest.mark.parametrize("arguments", [[], ["--from", "x"], ["a", "--timeout", "0"]])
def test_cli_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        download.main(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err
