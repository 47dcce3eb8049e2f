"""What a request asks for: read from its JSON, each wrong part with one sentence.

It is long because every key of a request is checked here, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tagger.serving.refusals import Refused, unprocessable
from tagger.serving.settings import Limits
from util.languages import language_code

_CONTENT = ("text", "texts", "sentences")
_KEYS = (
    *(*_CONTENT, "pinned", "confidence", "nbest", "others", "tasks", "model"),
    "language",
)


class Question(NamedTuple):
    """A request to tag.

    Attributes:
        texts: Raw texts; None where sentences were given.
        sentences: By column, `tokens` among them; None where texts were given.
        several: The texts were a list, and get a list of answers.
        confidence, nbest: See `util.output.window.Request`.
        others: How many other labels of each token to tell, with probabilities.
        tasks: Which tasks, in order; None: all.
        model: The name of the model; None where there is only one.
        language: That of the texts; None: the service's or the model's.
        pinned: Labels that are given; see `pins.read`.
    """

    texts: Sequence[str] | None = None
    sentences: Sequence[Mapping[str, Sequence[str]]] | None = None
    several: bool = False
    confidence: bool = False
    nbest: int = 0
    others: int = 0
    tasks: Sequence[str] | None = None
    model: str | None = None
    language: str | None = None
    pinned: Any = None


def parse(body: bytes, limits: Limits) -> Question:
    """Read a request.

    Args:
        body: Its JSON.
        limits: What it may ask for.

    Raises:
        Refused: It is no JSON (400), or asks for what is not there (422).
    """
    data = plain(body)
    if not isinstance(data, dict):
        raise unprocessable(
            'Send a JSON object, such as {"text": "Lena is in Leeds."}.'
        )
    return question(data, limits)


def plain(body: bytes) -> Any:
    """Return the content of JSON in UTF-8.

    Raises:
        Refused: It is something else.
    """
    try:
        return json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused(
            400, f"The request is not UTF-8: byte {error.start} is wrong."
        ) from None
    except RecursionError:
        raise Refused(400, "The request is nested too deeply.") from None
    except ValueError as error:
        where = getattr(error, "pos", None)
        at = "" if where is None else f": look at character {where}"
        raise Refused(400, f"The request is not JSON{at}.") from None


def question(data: Mapping[str, Any], limits: Limits) -> Question:
    """Return what an object asks for; raise `Refused` if that cannot be."""
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise unprocessable(
            f"There is no key {_shown(unknown[0])}; there are {', '.join(_KEYS)}."
        )
    given = [key for key in _CONTENT if data.get(key) is not None]
    if len(given) != 1:
        raise unprocessable("Give one of the keys text, texts and sentences.")
    options = {
        "confidence": _truth(data, "confidence"),
        "nbest": _count(data, "nbest", limits.nbest),
        "others": _count(data, "others", limits.others),
        "tasks": _tasks(data.get("tasks")),
        "model": _string(data, "model"),
        "language": _language(data),
    }
    if data.get("pinned") is not None and given[0] != "sentences":
        raise unprocessable(
            "`pinned` goes with `sentences`, where it is known which token is which."
        )
    content = data[given[0]]
    if given[0] == "text":
        if not isinstance(content, str):
            raise unprocessable("`text` must be a string.")
        return Question([_text(content, limits)], **options)
    if not isinstance(content, list):
        raise unprocessable(f"`{given[0]}` must be a list.")
    if len(content) > limits.texts:
        raise unprocessable(
            f"`{given[0]}` has {len(content):,} entries, more than the "
            f"{limits.texts:,} of one request; send several, or application/x-ndjson."
        )
    if given[0] == "texts":
        if not all(isinstance(text, str) for text in content):
            raise unprocessable("Each of `texts` must be a string.")
        check_count(sum(len(text.split()) for text in content), limits)
        return Question(content, several=True, **options)
    sentences = [_sentence(entry) for entry in content]
    check_count(sum(len(sentence["tokens"]) for sentence in sentences), limits)
    for sentence in sentences:
        check_tokens(sentence["tokens"], limits)
    return Question(None, sentences, **options, pinned=data.get("pinned"))


def check_tokens(tokens: Sequence[str], limits: Limits) -> None:
    """Raise `Refused` for a token that is too long."""
    longest = max(map(len, tokens), default=0)
    if longest > limits.token:
        raise unprocessable(
            f"A token has {longest:,} characters, more than the {limits.token:,} that "
            "are taken; put blanks into it, or leave it out."
        )


def check_count(count: int, limits: Limits) -> None:
    """Raise `Refused` for too many tokens."""
    if count > limits.tokens:
        raise unprocessable(
            f"The request has {count:,} tokens, more than the {limits.tokens:,} of one "
            "request; send several, or application/x-ndjson."
        )


def _text(text: str, limits: Limits) -> str:
    check_count(len(text.split()), limits)  # before any more work is done
    return text


def _sentence(entry: Any) -> Mapping[str, Sequence[str]]:
    columns = {"tokens": entry} if isinstance(entry, list) else entry
    if not isinstance(columns, dict) or "tokens" not in columns:
        raise unprocessable(
            "Each of `sentences` must be a list of tokens, or an object of columns "
            'with "tokens" among them.'
        )
    for name, column in columns.items():
        if not isinstance(column, list) or not all(map(_is_token, column)):
            raise unprocessable(
                f"{_shown(name)} must be a list of strings that are not empty and "
                "hold no tabs or line ends."
            )
        if len(column) != len(columns["tokens"]):
            raise unprocessable(
                f"The column {_shown(name)} must be as long as the tokens."
            )
    return columns


def _is_token(value: Any) -> bool:
    return (
        isinstance(value, str)
        and bool(value.strip())
        and not any(sign in value for sign in "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    )


def _truth(data: Mapping[str, Any], key: str) -> bool:
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        raise unprocessable(f"`{key}` must be true or false.")
    return bool(value)


def _count(data: Mapping[str, Any], key: str, most: int) -> int:
    value = data.get(key)
    value = 0 if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise unprocessable(f"`{key}` must be a whole number from 0 to {most}.")
    return value


def _string(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise unprocessable(f"`{key}` must be a string.")
    return value


def _tasks(value: Any) -> list[str] | None:
    if value is None:
        return None
    names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if not names or not value:
        raise unprocessable("`tasks` must be a list of the names of tasks.")
    return list(dict.fromkeys(value))


def _language(data: Mapping[str, Any]) -> str | None:
    value = _string(data, "language")
    try:
        return value and language_code(value)
    except ValueError:
        raise unprocessable(
            "`language` must be the code of a language, such as de."
        ) from None


def _shown(name: str) -> str:
    return json.dumps(name[:60])
