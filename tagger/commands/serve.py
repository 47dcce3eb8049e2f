"""Tag for others: an HTTP service, and a page to try a model.

    tagger serve models/NAME.h5
    tagger serve                                  with the newest model in models/
    tagger serve names=models/ner.h5 pos=models/pos.h5 --port 8080
    tagger serve models/NAME.h5 --processes 4     for many visitors
    tagger serve models/NAME.h5 --annotations annotations.jsonl --token-file token.txt

Open the address that it prints, or POST {"text": "Lena is in Leeds."} to /v1/tag
(docs/Serving.md).

It answers this machine alone, unless --host says otherwise. SIGHUP, or a file that
changes, loads the models again; SIGTERM ends it when all is answered.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tagger.commands.tag import newest_model
from tagger.serving.settings import Limits, Settings
from util.commandline import verb_parser
from util.files import must_spare
from util.flags import (
    add_language_flag,
    add_model_flags,
    elmo_params,
    output_file,
    whole_number,
)

VERBOSE = False


def main(argv: Sequence[str]) -> None:
    """Run the service."""
    parser = verb_parser(__doc__, "serve")
    parser.add_argument(
        "models",
        metavar="[NAME=]MODEL.h5",
        nargs="*",
        help="stored models and what to call them (default: by their tasks; the newest "
        "model in models/)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=whole_number(0),
        default=8000,
        help="0: one that is free (default: %(default)s)",
    )
    parser.add_argument(
        "--processes",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="how many answer, on as many cores; each holds the models (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--allow-host",
        type=_matching(r"[^/:\s]+", "a name, such as tagger.example.org"),
        action="append",
        default=[],
        metavar="NAME",
        help="a name besides localhost by which it is called; repeatable",
    )
    parser.add_argument(
        "--allow-origin",
        type=_matching(r"https?://[^/\s]+/?", "such as https://example.org"),
        action="append",
        default=[],
        metavar="ADDRESS",
        help="pages of another site that may ask, such as https://example.org; "
        "repeatable",
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="answer only who shows what stands in it"
    )
    parser.add_argument(
        "--annotations",
        metavar="FILE",
        type=output_file,
        help="store what annotation tools send; `tagger collect` makes data of it",
    )
    add_language_flag(parser, "what the model says, else English")
    limits = parser.add_argument_group("limits")
    for name, what in {
        "body": "bytes of a request",
        "tokens": "tokens of a request",
        "nbest": "label sequences that may be asked for",
        "waiting": "requests that may wait, of each process",
    }.items():
        limits.add_argument(
            f"--most-{name}",
            type=whole_number(1),
            default=getattr(Limits(), name),
            metavar="N",
            help=f"{what} (default: %(default)s)",
        )
    add_model_flags(parser)
    arguments = parser.parse_args(argv)
    if arguments.port > 65535:
        parser.error("--port must be 65535 or less")
    if arguments.most_nbest > 1000:
        parser.error("--most-nbest must be 1000 or less")
    models = [_named(text) for text in arguments.models]
    if not models:
        models = [(None, newest_model())]
        sys.stderr.write(f"With the newest model: {models[0][1]}\n")
    names = [name for name, _ in models if name]
    if len(names) > len(set(names)):
        parser.error("two models have one name")
    read = [path for _, path in models] + [arguments.token_file]
    must_spare(arguments.annotations, read)
    settings = Settings(
        models,
        arguments.host,
        arguments.port,
        arguments.engine,
        elmo_params(arguments),
        arguments.language,
        arguments.allow_host,
        arguments.allow_origin,
        _token(arguments.token_file),
        arguments.annotations,
        Limits()._replace(
            body=arguments.most_body,
            tokens=arguments.most_tokens,
            nbest=arguments.most_nbest,
            waiting=arguments.most_waiting,
        ),
        arguments.processes,
    )
    try:
        if settings.processes > 1:
            from tagger.serving.several import serve_several as serve
        else:
            from tagger.serving.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn", "httptools", "prometheus_client"):
            raise
        raise ModuleNotFoundError(
            f"the service needs {error.name}. In a clone, `make serve` installs it and "
            "serves. Elsewhere: python -m pip install -r requirements-serve.txt",
            name=error.name,
        ) from None
    serve(settings)


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """Return what refuses flags that no request could ever match."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"must be {wanted}: {text}")
        return text

    return read


def _named(text: str) -> tuple[str | None, str]:
    """Return the name and the path of a model; a path may hold a `=`, too."""
    name, sign, path = text.partition("=")
    if not sign or "/" in name or Path(text).exists():
        return None, text
    return name or None, path


def _token(path: str | None) -> str | None:
    if path is None:
        return None
    token = Path(path).read_text("utf-8").strip()
    if not token or not token.isascii() or len(token.split()) > 1:
        raise ValueError(
            f"{path}: must hold a token: letters, digits and signs without blanks."
        )
    return token
