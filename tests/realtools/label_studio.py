"""A real Label Studio beside a real service: `make test-label-studio`.

It connects them as docs/Serving.md says: predictions appear on the tasks, what is
annotated there, deleted or accepted in bulk arrives here and is stored, and the export
trains a model. It takes a few minutes, and for Label Studio a gigabyte: no part of the
tests.

    python tests/realtools/label_studio.py COMMAND [MODEL.h5]

COMMAND is that of Label Studio; the model is the newest one in models/.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from beside import (  # noqa: E402
    TEXTS,
    call,
    check,
    free_port,
    running,
    service,
    spans_of_texts,
    tagger,
    train,
    wait_until,
)

TOKEN = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT = {
    "LATEST_VERSION_CHECK": "false",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "ML_BLOCK_LOCAL_IP": "false",
    "SSRF_PROTECTION_ENABLED": "false",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_USERNAME": "somebody@example.org",
    "LABEL_STUDIO_PASSWORD": "not-a-secret-1",
    "LABEL_STUDIO_USER_TOKEN": TOKEN,
}


def connect(studio: str, ours: str, folder: Path) -> Path:
    """Do what docs/Serving.md says; return the file of what was exported."""

    def ask(method: str, path: str, data=None):
        return call(studio, method, path, data, Authorization=f"Token {TOKEN}")

    (task,) = call(ours, "GET", "/v1/models")["models"][0]["tasks"]
    labels = "".join(f'<Label value="{name}"/>' for name in task["types"])
    config = (
        f'<View><Labels name="label" toName="text">{labels}</Labels>'
        '<Text name="text" value="$text"/></View>'
    )
    project = ask("POST", "/api/projects", {"title": "tagger", "label_config": config})[
        "id"
    ]
    tasks = [{"data": {"text": text}} for text in TEXTS]
    path = f"/api/projects/{project}/import?return_task_ids=true"
    ids = ask("POST", path, tasks)["task_ids"]
    backend = {"project": project, "url": ours, "title": "ours", "is_interactive": True}
    check(ask("POST", "/api/ml", backend)["id"], "the model is connected")
    path = f"/api/dm/actions?id=retrieve_tasks_predictions&project={project}"
    ask("POST", path, {"selectedItems": {"all": True, "excluded": []}})
    wait_until(
        lambda: ask("GET", f"/api/tasks/{ids[0]}")["predictions"], 60, "a prediction"
    )
    for number, text, wanted in zip(ids, TEXTS, spans_of_texts(ours)):
        result = ask("GET", f"/api/tasks/{number}")["predictions"][0]["result"]
        values = [region["value"] for region in result]
        spans = [(v["start"], v["end"], *v["labels"]) for v in values]
        check(spans == wanted, f"predictions of {text!r} stand where they should")
        assert all(text[v["start"] : v["end"]] == v["text"] for v in values)

    # Where annotations are sent to was settled when the model was connected.
    value = {"start": 2, "end": 13, "text": "Lena Brandt", "labels": [task["types"][0]]}
    region = {"id": "a", "from_name": "label", "to_name": "text", "type": "labels"}
    made = []
    for number in ids:
        result = [{**region, "value": value}] if number == ids[0] else []
        path = f"/api/tasks/{number}/annotations"
        made.append(ask("POST", path, {"result": result})["id"])
    stored = folder / "annotations.jsonl"
    wait_until(lambda: len(stored.read_bytes().splitlines()) >= 3, 60, "the webhook")
    first = sentences(stored, folder)[0]
    wanted = [f"Lena B-{task['types'][0]}", f"Brandt I-{task['types'][0]}"]
    check(wanted == first[1:3], "an annotation arrived by webhook, behind an emoji")
    ask("DELETE", f"/api/annotations/{made[1]}")
    path = f"/api/dm/actions?id=predictions_to_annotations&project={project}"
    ask("POST", path, {"selectedItems": {"all": False, "included": [ids[1]]}})
    export = folder / "export.json"
    path = f"/api/projects/{project}/export?exportType=JSON"
    export.write_text(json.dumps(ask("GET", path)), "utf-8")
    exported = sorted(sentences(export, folder))
    wait_until(
        lambda: sorted(sentences(stored, folder)) == exported, 20, "what is exported"
    )
    (accepted,) = [lines for lines in exported if lines[0].startswith("She ")]
    check(any(" B-" in line for line in accepted), "deleted and accepted ones, too")
    return export


def sentences(annotations: Path, folder: Path) -> list[list[str]]:
    """Return the lines of each sentence that was annotated."""
    collected = folder / "collected.txt"
    tagger(folder, "collect", annotations, "--output", collected)
    text = collected.read_text("utf-8").replace("\t", " ")
    return [part.split("\n") for part in text.strip("\n").split("\n\n")]


def main() -> None:
    """Do all of it."""
    from tagger.commands.tag import newest_model

    command, *rest = sys.argv[1:]
    model = str(Path(rest[0] if rest else newest_model()).resolve())
    port = free_port()
    start = [command, "start", "--no-browser", "--internal-host", "127.0.0.1"]
    with tempfile.TemporaryDirectory() as name, service(model, Path(name)) as ours:
        folder, studio = Path(name), f"http://127.0.0.1:{port}"
        start += ["--port", port, "--data-dir", folder / "studio"]
        print("Label Studio starts, which takes a minute or more.", flush=True)
        with running(start, folder / "studio.log", **ENVIRONMENT):
            wait_until(lambda: call(studio, "GET", "/health"), 900, "Label Studio")
            export = connect(studio, ours, folder)
        train(export, folder)


if __name__ == "__main__":
    main()
