"""What programs ask: the answers are those of the tagger itself."""

import io
import json
import threading

import pytest
from served import TEXT, call, post, refused

from util.output.conll import ConllWriter
from util.output.window import Request, Window

JSON_LINES = {"Content-Type": "application/x-ndjson"}


def nearly(found, wanted):
    """Compare answers; sums of probabilities depend on what was tagged together."""
    if isinstance(wanted, float):
        return found == pytest.approx(wanted, abs=1e-5)
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(
            nearly(found[key], wanted[key]) for key in wanted
        )
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(nearly, found, wanted))
    return found == wanted


def test_a_text(service, offline):
    found = post(service, {"text": TEXT})
    assert found == {"model": "chunks-chunk_BIO", "sentences": offline.tag(TEXT)}
    for token in found["sentences"][1]["tokens"]:
        assert TEXT[token["start"] : token["end"]] == token["text"]


def test_all_that_can_be_asked(service, offline):
    found = post(service, {"text": TEXT, "confidence": True, "nbest": 3})["sentences"]
    assert nearly(found, offline.tag(TEXT, confidence=True, nbest=3))
    (first, *_) = post(service, {"text": TEXT, "others": 2})["sentences"]
    marginals = offline.labelProbabilities(offline.rows([[*"ab"]]))
    assert (
        len(first["tokens"][0]["others"]["chunks"]) == 2 < marginals["chunks"][0].size
    )
    labels = [other["label"] for other in first["tokens"][0]["others"]["chunks"]]
    (marginals,) = offline.labelProbabilities(
        offline.rows([[token["text"] for token in first["tokens"]]])
    )["chunks"]
    order, own = (-marginals[0]).argsort(), first["tokens"][0]["labels"]["chunks"]
    names = offline.tasks["chunks"].labels
    best = [names[number] for number in order if names[number] != own]
    assert labels == best[:2]


def test_texts_and_sentences(service, offline):
    texts = [TEXT, "", "A dog."]
    found = post(service, {"texts": texts})["texts"]
    assert [text["sentences"] for text in found] == [offline.tag(t) for t in texts]
    given = [["A", "dog", "sees"], [], ["it"]]
    assert post(service, {"sentences": given})["sentences"] == offline.tag(given)
    assert post(service, {"texts": []})["texts"] == []
    assert post(service, {"sentences": []})["sentences"] == []


def test_offsets_are_those_of_the_untouched_text(service):
    text = "\ufeffA dog.\r\n\r\n  The\u00a0cat “sees” 👩\u200d🚀 it."
    for sentence in post(service, {"text": text})["sentences"]:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        for token in sentence["tokens"]:
            assert text[token["start"] : token["end"]] == token["text"]


def test_half_of_a_character_comes_back(service):
    status, _, body = call(service, "POST", "/v1/tag", '{"text": "A \\ud83d dog."}')
    assert status == 200
    assert "\ud83d" in [t["text"] for t in json.loads(body)["sentences"][0]["tokens"]]


def test_several_tasks_and_some_of_them(service):
    found = post(service, {"text": "A dog.", "model": "two"})
    tasks = list(found["sentences"][0]["tokens"][0]["labels"])
    assert len(tasks) == 2
    some = post(service, {"text": "A dog.", "model": "two", "tasks": tasks[1:]})
    assert list(some["sentences"][0]["tokens"][0]["labels"]) == tasks[1:]
    both = {"text": "A dog.", "model": "two", "tasks": tasks[::-1], "others": 1}
    token = post(service, both)["sentences"][0]["tokens"][0]
    assert list(token["labels"]) == list(token["others"]) == tasks[::-1]


def test_columns(service, offline):
    body = {"text": TEXT, "confidence": True, "nbest": 2}
    status, headers, found = call(
        service, "POST", "/v1/tag", body, {"Accept": "text/plain, */*;q=0.5"}
    )
    assert status == 200 and headers["Content-Type"] == "text/plain; charset=utf-8"
    rows = offline.rows([[t["text"] for t in s["tokens"]] for s in offline.tag(TEXT)])
    taggings = offline.tagWithConfidence(rows, 2)
    file = io.StringIO()
    labels = {task: [t.labels for t in all_] for task, all_ in taggings.items()}
    window = Window([row["raw_tokens"] for row in rows], labels, taggings)
    request = Request(True, 2)
    ConllWriter(file, list(offline.tasks.values()), request).write(window)
    assert found.decode() == file.getvalue()


def test_a_page_to_keep(service):
    body = {"text": "<script>alert(1)</script>"}
    status, headers, found = call(
        service, "POST", "/v1/tag", body, {"Accept": "text/html"}
    )
    assert status == 200 and b"<script" not in found and b"&lt;" in found
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_lines(service, offline):
    lines = ['{"text": "A dog."}', "", "{", '{"text": "A cat.", "nbest": 999}']
    lines += [json.dumps({"texts": [TEXT]})] * 30
    status, headers, body = call(
        service, "POST", "/v1/tag", "\n".join(lines), JSON_LINES
    )
    assert status == 200 and headers["Content-Type"].startswith(
        JSON_LINES["Content-Type"]
    )
    first, broken, wrong, *others = map(json.loads, body.splitlines())
    assert first["sentences"] == offline.tag("A dog.")
    assert (broken["status"], wrong["status"]) == (400, 422)
    assert len(others) == 30
    assert all(o["texts"][0]["sentences"] == offline.tag(TEXT) for o in others)


def test_many_at_once_get_their_own_answers(service, offline):
    texts = [
        f"The {word} sees a cat. " * (n % 7 + 1)
        for n, word in enumerate("abcdefgh" * 5)
    ]
    wanted = [offline.tag(text) for text in texts]
    found = [None] * len(texts)

    def ask(number):
        found[number] = post(service, {"text": texts[number]})["sentences"]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == wanted


@pytest.mark.parametrize(
    "pins",
    [
        [None, None],
        [["B-VP", None, None], None],
        [[["O", "B-VP"], None, ["B-NP"]], ["O"]],
        [[[1, 3, "NP"]], None],
        {"chunks": [None, ["B-VP"]]},
    ],
)
def test_labels_that_are_given(service, offline, pins):
    sentences = [["The", "dog", "sleeps"], ["Dog"]]
    asked = {"sentences": sentences, "pinned": pins, "confidence": True, "others": 2}
    found = post(service, asked)["sentences"]
    spans = [[(1, 3, "NP")], None]
    given = spans if pins == [[[1, 3, "NP"]], None] else pins
    taggings = offline.tagWithConfidence(offline.rows(sentences), pinned=given)
    for sentence, tagging in zip(found, taggings["chunks"]):
        tokens = sentence["tokens"]
        assert [t["labels"]["chunks"] for t in tokens] == tagging.labels
        sure = [t["confidence"]["chunks"] for t in tokens]
        assert sure == pytest.approx(tagging.token_probabilities, abs=1e-5)


def test_wrong_pins_harm_nobody_else(service, offline):
    wanted, found = offline.tag("The dog sees a cat."), [None] * 24

    def ask(number):
        pins = [["B-XX"] if number % 3 == 0 else ["O"]]
        asked = {"sentences": [["Dog"]], "pinned": pins}
        if number % 3 == 1:
            asked = {"text": "The dog sees a cat."}
        found[number] = call(service, "POST", "/v1/tag", asked)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _, _ in found] == [422, 200, 200] * 8
    assert all(json.loads(body)["sentences"] == wanted for *_, body in found[1::3])
    pinned = [json.loads(body)["sentences"][0]["tokens"] for *_, body in found[2::3]]
    assert all(token["labels"]["chunks"] == "O" for (token,) in pinned)


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        ("{", 400, "not JSON"),
        (b'{"text": "\xff"}', 400, "not UTF-8"),
        ("[" * 100_000, 400, "nested"),
        ([1], 422, "object"),
        ({}, 422, "one of the keys"),
        ({"text": "a", "texts": []}, 422, "one of the keys"),
        ({"text": 1}, 422, "string"),
        ({"texts": "a"}, 422, "list"),
        ({"texts": [1]}, 422, "string"),
        ({"sentences": [["a", 1]]}, 422, "strings"),
        ({"sentences": [["a\tb"]]}, 422, "tabs"),
        ({"sentences": [{"POS": ["a"]}]}, 422, "tokens"),
        ({"sentences": [{"tokens": ["a"], "POS": []}]}, 422, "as long"),
        ({"text": "a", "confidence": 1}, 422, "true or false"),
        ({"text": "a", "nbest": 21}, 422, "0 to 20"),
        ({"text": "a", "nbest": True}, 422, "0 to 20"),
        ({"text": "a", "nbest": 1.5}, 422, "0 to 20"),
        ({"text": "a", "tasks": ["x"]}, 422, "no such task"),
        ({"text": "a", "tasks": []}, 422, "list of the names"),
        ({"text": "a", "model": "x"}, 422, "column"),
        ({"text": "a", "language": "elvish"}, 422, "language"),
        ({"text": "a", "colour": {}}, 422, "no key"),
        ({"text": "a", "pinned": [None]}, 422, "`sentences`"),
        ({"sentences": [["a"]], "pinned": 1}, 422, "a list"),
        ({"sentences": [["a"]], "pinned": []}, 422, "each of the 1"),
        ({"sentences": [["a"]], "pinned": {"x": [None]}}, 422, "no task"),
        ({"sentences": [["a"]], "pinned": [[1]]}, 422, "null, a label"),
        ({"sentences": [["a"]], "pinned": [["B-XX"]]}, 422, "B-XX"),
        ({"sentences": [["a"]], "pinned": [["O", "O"]]}, 422, "2 pins"),
        ({"sentences": [["a"]], "pinned": [[[0, 2, "NP"]]]}, 422, "1 tokens"),
        ({"sentences": [["a"]], "pinned": [[[0, 1 << 70, "NP"]]]}, 422, "null, a"),
        ({"sentences": [["a"]], "pinned": [None], "model": "two"}, 422, "several"),
        ({"text": "a b " * 30_000}, 422, "60,000 tokens"),
        ({"text": "a" * 6_000}, 422, "6,000 characters"),
        ({"text": "犬が猫を見る。" * 3}, 422, "zh"),
        ({"text": "a", "model": "column"}, 422, '"POS": [...]'),
        ({"sentences": [["a"]], "model": "column"}, 422, "POS"),
        ({"text": "a" * 4_000_001}, 413, "4,000,000"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(service, data, status, says):
    found = refused(service, data, status)
    assert says in found and found.endswith(".")


def test_a_column_besides_the_words(service):
    sentence = {"tokens": ["A", "dog"], "POS": ["DET", "NOUN"]}
    found = post(service, {"sentences": [sentence], "model": "column"})
    assert [t["text"] for t in found["sentences"][0]["tokens"]] == ["A", "dog"]
