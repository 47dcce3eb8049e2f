"""What annotation tools send, as recorded from the real ones."""

import json
import os

import pytest
from served import call, post, refused, running

from tagger.__main__ import main
from tagger.serving.journal import Journal
from tagger.serving.settings import Limits
from util.CoNLL import readCoNLL

CONFIG = (
    '<View><Labels name="label" toName="text"><Label value="NP" background="red"/>'
    '<Label value="vp"/></Labels><Text name="text" value="$text"/></View>'
)
EMOJI = "😀 The dog sees a cat."


def task(number, text):
    """Return a task as Label Studio 1.23 sends it."""
    return {
        "id": number,
        "data": {"text": text},
        "meta": {},
        "created_at": "2026-11-25T10:14:49.123713Z",
        "updated_at": "2026-11-25T10:14:49.123739Z",
        "is_labeled": False,
        "overlap": 1,
        "inner_id": number,
        "total_annotations": 0,
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "last_comment_updated_at": None,
        "project": 1,
        "updated_by": None,
        "file_upload": None,
        "comment_authors": [],
        "annotations": [],
        "predictions": [],
    }


def predict(tasks, **changes):
    return {
        "tasks": tasks,
        "project": "1.1764065689",
        "label_config": CONFIG,
        "params": {"login": None, "password": None, "context": None},
        **changes,
    }


def test_label_studio_asks_how_it_is(service):
    setup = {
        "project": "1.1764065689",
        "schema": CONFIG,
        "hostname": "http://localhost:8080",
        "access_token": "0" * 40,
        "extra_params": None,
    }
    for below in ("", "/label-studio/two"):
        assert call(service, "GET", f"{below}/health")[0] == 200
        (version,) = post(service, setup, f"{below}/setup").values()
        found = json.loads(call(service, "GET", f"{below}/versions")[2])
        assert found == {"versions": [version]}
    assert call(service, "GET", "/label-studio/none/health")[0] == 422


def test_label_studio_gets_regions(service, offline):
    texts = [EMOJI, "", "A dog."]
    tasks = [task(n, text) for n, text in enumerate(texts, 1)]
    found = post(service, predict(tasks), "/predict")
    assert len(found["results"]) == 3
    for text, result in zip(texts, found["results"]):
        assert result["model_version"] == found["model_version"]
        spans = [
            span
            for sentence in offline.tag(text, confidence=True)
            for span in sentence["spans"]["chunks"]
        ]
        assert len({region["id"] for region in result["result"]}) == len(spans)
        for region, span in zip(result["result"], spans):
            value = region["value"]
            assert text[value["start"] : value["end"]] == value["text"] == span["text"]
            # The interface writes one of the labels in small letters.
            wanted = {"NP": "NP", "VP": "vp"}[span["type"]]
            assert value["labels"] == [wanted]
            assert region["score"] == pytest.approx(span["confidence"], abs=1e-5)
            assert (region["from_name"], region["to_name"]) == ("label", "text")
            assert region["type"] == "labels"
        assert 0 <= result["score"] <= 1
    behind = [r for r in found["results"][0]["result"] if r["value"]["start"] > 1]
    assert behind  # the emoji, which is one character


def test_labels_that_the_interface_lacks_are_left_out(service):
    config = CONFIG.replace('<Label value="vp"/>', "")
    asked = predict([task(1, "The dog sees a cat.")], label_config=config)
    (result,) = post(service, asked, "/predict")["results"]
    labels = {label for r in result["result"] for label in r["value"]["labels"]}
    assert labels == {"NP"}


def test_all_tasks_of_a_project_come_at_once(files, caplog):
    long = "x" * 99
    limits = Limits(texts=3, tokens=40, token=90)
    with running([files.chunks], limits=limits) as service:
        texts = [EMOJI, "A dog.", "", "A cat.", "A dog sleeps.", long, EMOJI]
        tasks = [task(n, text) for n, text in enumerate(texts)]
        results = post(service, predict(tasks), "/predict")["results"]
        for text, result in zip(texts, results):
            (alone,) = (
                post(service, predict([task(1, text)]), "/predict")["results"]
                if text != long
                else [{"result": []}]
            )
            places = [region["value"] for region in alone["result"]]
            assert [region["value"] for region in result["result"]] == places
        assert results[0]["result"] and len(results) == len(texts)
        assert "1 tasks got no regions: A token has 99" in caplog.text
        asked = predict([task(1, long), task(2, long)])
        assert "99 characters" in refused(service, asked, 422, path="/predict")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("<View", "no XML"),
        ("<View/>", "toName"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>', "entities"),
        (None, "label_config"),
    ],
)
def test_interfaces_that_cannot_be_used(service, config, says):
    asked = predict([task(1, "A dog.")], label_config=config)
    assert says in refused(service, asked, 422, path="/predict")


def hook(action, number, labels, text=EMOJI, **changes):
    """Return what a webhook sends of an annotation."""
    result = [
        {
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": a, "end": b, "text": text[a:b], "labels": [name]},
        }
        for a, b, name in labels
    ]
    return {
        "action": action,
        "annotation": {"id": number, "result": result, "task": 1, **changes},
        "project": {"id": 1, "title": "names"},
        "task": task(1, text),
    }


def test_annotations_are_stored_and_become_a_training_file(service, tmp_path, capsys):
    before = len(service.stored.read_text().splitlines())
    for data in (
        hook("ANNOTATION_CREATED", 1, [(2, 5, "X")]),
        hook("ANNOTATION_CREATED", 2, [(0, 1, "X")], "A dog."),
        hook("ANNOTATION_CREATED", 3, [], "Skipped.", was_cancelled=True),
        hook("ANNOTATION_UPDATED", 1, [(2, 9, "NP"), (15, 20, "NP")]),
        hook("ANNOTATION_DELETED", 2, []),
    ):
        assert post(service, data, "/webhook") == {"stored": 1}
    assert post(service, {"action": "START_TRAINING"}, "/webhook") == {"stored": False}
    assert len(service.stored.read_text().splitlines()) == before + 5

    output = tmp_path / "mine" / "train.txt"
    main(["collect", str(service.stored), "--output", str(output)])
    (*_, sentence) = readCoNLL(str(output), {0: "tokens", 1: "NER_BIO"})
    assert sentence["tokens"] == ["😀", "The", "dog", "sees", "a", "cat", "."]
    tags = ["O", "B-NP", "I-NP", "O", "B-NP", "I-NP", "O"]
    assert sentence["NER_BIO"] == tags
    assert "1 texts, 1 sentences" in capsys.readouterr().err


def test_annotations_accepted_in_bulk_and_deleted(service, tmp_path):
    texts = "One dog.", "Two dogs.", "Three."
    made = [hook("", 20 + n, [(0, 3, "X")], text) for n, text in enumerate(texts)]
    bulk = {key: [each[key] for each in made] for key in ("annotation", "task")}
    bulk.update(action="ANNOTATIONS_CREATED", project=made[0]["project"])
    assert post(service, bulk, "/webhook") == {"stored": 3}
    gone = {"annotations": [{"id": 21}, {"id": 22}], "project": {"id": 1}}
    gone["action"] = "ANNOTATIONS_DELETED"
    assert post(service, gone, "/webhook") == {"stored": 2}
    output = tmp_path / "train.txt"
    main(["collect", str(service.stored), "--output", str(output)])
    words = [each["tokens"][0] for each in readCoNLL(str(output), {0: "tokens"})]
    assert words[-1] == "One" and not {"Two", "Three"} & set(words)


def test_without_a_file_annotations_are_refused(files):
    with running([files.chunks]) as service:
        data = hook("ANNOTATION_CREATED", 1, [])
        assert "--annotations" in refused(service, data, 403, path="/webhook")


def test_an_annotation_that_cannot_be_stored_is_not_acknowledged(service, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr(service.journal, "append", full)
    data = hook("ANNOTATION_CREATED", 9, [])
    assert "could not be stored" in refused(service, data, 503, path="/webhook")


def test_doccano(service, offline):
    found = post(service, {"text": EMOJI}, "/doccano")
    spans = offline.tag(EMOJI)[0]["spans"]["chunks"]
    assert [(s["start_offset"], s["end_offset"], s["label"]) for s in found] == [
        (s["start"], s["end"], s["type"]) for s in spans
    ]
    assert post(service, {"text": ""}, "/doccano/two") == []
    refused(service, {"x": 1}, 422, path="/doccano")


def test_the_journal_mends_a_line_that_a_crash_cut(tmp_path):
    path = tmp_path / "new" / "a.jsonl"
    Journal(str(path)).append({"a": "é😀"})
    with open(path, "ab") as file:
        file.write(b'{"tool":"label-st')
    Journal(str(path)).append({"b": 2})
    lines = path.read_bytes().split(b"\n")
    assert json.loads(lines[0]) == {"a": "é😀"} and json.loads(lines[2]) == {"b": 2}


@pytest.mark.parametrize("content", ["Lena\tB-PER\n", "\x89HDF", " {}"])
def test_annotations_are_not_written_behind_something_else(content, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match="holds no annotations. Name a new file"):
        Journal(str(path))
    assert path.read_text("utf-8") == content


def test_a_line_that_says_nothing_usable_harms_no_other(service, tmp_path, capsys):
    before = service.stored.read_bytes()
    good = hook("ANNOTATION_CREATED", 901, [(2, 5, "X")])
    wrong = hook("ANNOTATION_CREATED", 902, [])
    wrong["annotation"]["result"] = "zz"
    for data in (good, wrong):
        assert post(service, data, "/webhook") == {"stored": 1}
    path = tmp_path / "own.jsonl"
    path.write_bytes(service.stored.read_bytes()[len(before) :])
    main(["collect", str(path), "--output", str(tmp_path / "o.txt")])
    assert "B-X" in (tmp_path / "o.txt").read_text("utf-8")
    assert "1 x left out: `result` must be a list" in capsys.readouterr().err


def test_numbers_that_are_no_json_are_refused(service):
    before = service.stored.read_bytes()
    body = json.dumps(hook("ANNOTATION_CREATED", float("nan"), [(2, 5, "X")]))
    said = refused(service, body.encode(), 422, path="/webhook")
    assert "NaN" in said and service.stored.read_bytes() == before


def test_a_line_is_on_the_disk_before_it_is_acknowledged(tmp_path, monkeypatch):
    synced = []
    path = tmp_path / "a.jsonl"
    journal = Journal(str(path))
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(path.read_bytes()))
    journal.append({"a": 1})
    assert synced == [b'{"a":1}\n']


@pytest.mark.parametrize(
    "content",
    [
        *('{"a": 1}', "[1]", "[{}]", "[", '{"text": 1}'),
        *('{"text": "a", "label": 1}', '{"text": "a", "label": [[0, 1]]}'),
        '{"text": "a", "label": [["x", 1, "N"]]}',
        '{"tool": "label-studio", "action": "ANNOTATION_CREATED"}',
        '[{"annotations": 1}]',
        '[{"annotations": [1], "data": {}}]',
        '[{"annotations": [{"result": [{"type": "labels", "value": {"start": 0}}]}]}]',
    ],
)
def test_files_that_are_no_annotations(content, text_file, tmp_path, capsys):
    path = text_file(content)
    with pytest.raises(SystemExit):
        main(["collect", path, "--output", str(tmp_path / "o.txt")])
    assert capsys.readouterr().err.startswith(f"Error: {path}")


def test_lines_of_doccano_may_stand_in_a_journal(tmp_path, text_file, capsys, caplog):
    line = '{"text": "A dog.", "label": [[2, 5, "N"]]}'
    half = '{"tool":"label-st'
    record = {"tool": "label-studio", "action": "ANNOTATION_CREATED", "annotation": 1}
    record.update(data={"text": "A cat."}, was_cancelled=False, result=[])
    path = text_file("\n".join((line, half, json.dumps(record))))
    main(["collect", path, "--output", str(tmp_path / "o.txt")])
    tags = (tmp_path / "o.txt").read_text("utf-8")
    assert tags == "A\tO\ndog\tB-N\n.\tO\n\nA\tO\ncat\tO\n.\tO\n\n"
    assert f"{path}:2: left out" in caplog.text
    assert "2 texts, 2 sentences" in capsys.readouterr().err


def test_texts_that_a_layer_may_not_have_been_annotated_in_are_told(
    tmp_path, text_file, capsys
):
    def texts(*layers):
        tasks = []
        for layer in layers:
            value = {"start": 0, "end": 3, "labels": ["X"]}
            region = {"type": "labels", "from_name": layer, "value": value}
            made = [{"result": [region]}]
            tasks.append({"data": {"text": "Ada came."}, "annotations": made})
        path = text_file(json.dumps(tasks))
        main(["collect", path, "--output", str(tmp_path / "o.txt")])
        return capsys.readouterr().err

    told = texts("person", "animal", "animal")
    assert "2 x a text without person, all O in its column" in told
    assert "1 x a text without animal" in told
    assert "without" not in texts("person", "person")
