"""A real doccano beside a real service: `make test-doccano`.

It connects them as docs/Serving.md says: doccano labels texts with the model, and its
export trains one. It takes some minutes, the first time: no part of the tests.

    python tests/realtools/doccano.py FOLDER [MODEL.h5]

FOLDER is that of the environment with doccano; the model is the newest in models/.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from beside import (  # noqa: E402
    TEXTS,
    call,
    check,
    free_port,
    running,
    service,
    spans_of_texts,
    train,
    wait_until,
)

USER = {"username": "somebody", "password": "not-a-secret-1"}


def template() -> str:
    """Return the template that docs/Serving.md shows."""
    text = (ROOT / "docs/Serving.md").read_text("utf-8")
    return re.search(r"```\n(\[\{% for.+?)```", text, re.S).group(1)


@contextlib.contextmanager
def doccano(environment: Path, folder: Path):
    """Run doccano, its tasks beside it; yield its address."""
    (backend,) = environment.glob("lib/python3*/site-packages/backend")
    program, port = environment / "bin/doccano", free_port()
    home = {
        "DOCCANO_HOME": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "STANDALONE": "True",
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
    }
    for command in (["init"], ["createuser", *flags()]):
        subprocess.run(
            [program, *command],
            check=True,
            env={**os.environ, **home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    # Its own `webserver` listens to all the world.
    web = [environment / "bin/gunicorn", "--chdir", backend, "--timeout", "120"]
    web += ["--bind", f"127.0.0.1:{port}", "config.wsgi"]
    tasks = [program, "task", "--concurrency", "1"]
    with running(web, folder / "web.log", **home):
        with running(tasks, folder / "tasks.log", **home):
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: call(address, "GET", "/v1/health"), 120, "doccano")
            yield address


def flags() -> list[str]:
    """Return the flags of a new user."""
    return [part for name, value in USER.items() for part in (f"--{name}", value)]


def connect(doccano: str, ours: str, folder: Path) -> Path:
    """Do what docs/Serving.md says; return the file of what was exported."""
    key = call(doccano, "POST", "/v1/auth/login/", USER)["key"]

    def ask(method: str, path: str, data=None):
        return call(doccano, method, path, data, Authorization=f"Token {key}")

    project = ask(
        "POST",
        "/v1/projects",
        {
            "name": "tagger",
            "description": "tagger",
            "project_type": "SequenceLabeling",
            "resourcetype": "SequenceLabelingProject",
        },
    )["id"]
    base = f"/v1/projects/{project}"
    (task,) = call(ours, "GET", "/v1/models")["models"][0]["tasks"]
    names = {
        ask("POST", f"{base}/span-types", {"text": name})["id"]: name
        for name in task["types"]
    }
    attributes = {"url": f"{ours}/doccano", "method": "POST", "params": {}}
    attributes |= {"headers": {}, "body": {"text": "{{ text }}"}}
    request = {"model_name": "Custom REST Request", "model_attrs": attributes}
    ask("POST", f"{base}/auto-labeling/request-testing", {**request, "text": TEXTS[0]})
    ask(
        "POST",
        f"{base}/auto-labeling/configs",
        {**request, "template": template(), "label_mapping": {}, "task_type": "Span"},
    )
    check(ask("GET", f"{base}/auto-labeling/configs"), "the model is connected")
    offline = spans_of_texts(ours)
    for text, wanted in zip(TEXTS, offline):
        example = ask("POST", f"{base}/examples", {"text": text})["id"]
        ask("POST", f"{base}/auto-labeling?example={example}", {})
        spans = ask("GET", f"{base}/examples/{example}/spans")
        found = sorted(
            (span["start_offset"], span["end_offset"], names[span["label"]])
            for span in spans
        )
        check(found == wanted, f"labels of {text!r} stand where they should")
        ask("POST", f"{base}/examples/{example}/states", {})  # somebody confirms it
    order = {"format": "JSONL", "exportApproved": False}
    number = ask("POST", f"{base}/download", order)["task_id"]
    path = f"{base}/download?taskId={number}"
    wait_until(lambda: isinstance(ask("GET", path), bytes), 60, "the export")
    with zipfile.ZipFile(io.BytesIO(ask("GET", path))) as archive:
        (name,) = archive.namelist()
        export = folder / "export.jsonl"
        export.write_bytes(archive.read(name))
    records = map(json.loads, export.read_text("utf-8").splitlines())
    exported = {
        record["text"]: sorted(map(tuple, record["label"])) for record in records
    }
    check(exported == dict(zip(TEXTS, offline)), "the export holds them")
    return export


def main() -> None:
    """Do all of it."""
    from tagger.commands.tag import newest_model

    environment, *rest = sys.argv[1:]
    model = str(Path(rest[0] if rest else newest_model()).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "doccano").mkdir()
        with service(model, folder) as ours:
            print("doccano starts; the first time that takes minutes.", flush=True)
            with doccano(Path(environment).resolve(), folder / "doccano") as theirs:
                export = connect(theirs, ours, folder)
        train(export, folder)


if __name__ == "__main__":
    main()
