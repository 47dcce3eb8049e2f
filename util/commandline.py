"""What the scripts in the top folder share: flags, logging, and one-line errors.

It is long because each flag that several verbs share has its text and its checks here.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Callable

from util.cores import tell_numpy
from util.languages import language_code
from util.modelpaths import has_placeholder
from util.process import (
    Terminated,
    let_stdout_go,
    mark_as_command,
    open_closed_streams,
    terminated_as_interrupted,
)

# Where `python -m tagger download elmo` puts the published ELMo.
ELMO_OPTIONS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_options.json"
ELMO_WEIGHTS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_weights.hdf5"

_TOO_NEW = (3, 14)
_FLAG = re.compile(r"--?[a-z][a-z-]*(=.*)?", re.DOTALL)


# What may run a stored model.
ENGINES = ("numpy", "tensorflow")


def add_elmo_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where ELMo's files are."""
    for what, file in (("options", "options.json"), ("weights", "weights.hdf5")):
        parser.add_argument(
            f"--elmo-{what}", metavar="FILE", help=f"ELMo's {file}, if it is elsewhere"
        )


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what runs a stored model, and where its files are."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        help="what runs the model (default: numpy, which starts at once, for all that "
        "do not read ELMo; the tags are the same)",
    )
    add_elmo_flags(parser)
    parser.add_argument(
        "--word-vectors",
        metavar="FILE",
        help="the word vectors of a model of the ELMo sister tool, if they are "
        "elsewhere",
    )


def add_language_flag(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the flag that says in which language a text is.

    Args:
        parser: Gets the flag.
        default: What the help says of it.
    """
    parser.add_argument(
        "--language",
        type=_language,
        metavar="CODE",
        help=f"the language of raw text, such as de (docs/Raw_Text.md; default: "
        f"{default})",
    )


def _language(text: str) -> str:
    try:
        return language_code(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def elmo_params(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the tagger's parameters that ELMo's flags give."""
    keys = {
        "elmo_options": "elmoOptions",
        "elmo_weights": "elmoWeights",
        "elmo_cache": "elmoCache",
        "word_vectors": "wordVectors",
    }
    given = {key: getattr(arguments, flag, None) for flag, key in keys.items()}
    return {key: path for key, path in given.items() if path is not None}


def output_file(text: str) -> str:
    """Return the path of a file to write; that of a folder is refused at once."""
    if os.path.isdir(text) or not os.path.basename(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a folder, not a file")
    return text


def whole_number(least: int) -> Callable[[str], int]:
    """Return what reads a flag whose value is a whole number from `least` on.

    >>> whole_number(1)("12")
    12
    """

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
            raise argparse.ArgumentTypeError(f"must be a whole number: {text}")
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more: {text}")
        return int(text)

    return read


def output_folder(text: str) -> str:
    """Return the path of a folder for models, whose names may hold placeholders.

    They are filled in wherever they stand in a model's path, so this one has none. The
    path of a file is refused at once.
    """
    if os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a file, not a folder")
    if has_placeholder(text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: what stands in brackets is filled in for each model; no folder "
            "for all of them may be called so"
        )
    return text


def parse_columns(text: str) -> dict[int, str]:
    """Read a flag such as `0:tokens,1:POS`.

    >>> parse_columns("1:tokens,4:POS")
    {1: 'tokens', 4: 'POS'}
    """
    columns = {}
    for part in re.split(r",(?=\s*\d+\s*:)", text):  # names may hold commas
        index, _, name = part.partition(":")
        if (
            not index.strip().isdigit()
            or not name.strip()
            or int(index) in columns
            or name.strip() in columns.values()
        ):
            raise argparse.ArgumentTypeError(
                "expected INDEX:NAME,... such as 0:tokens,1:POS, each index and name "
                f"once, found {text!r}"
            )
        columns[int(index)] = name.strip()
    if "tokens" not in columns.values():
        raise argparse.ArgumentTypeError(f"no column is called tokens: {text!r}")
    return columns


def add_comment_flag(parser: argparse.ArgumentParser, default: str = "") -> None:
    """Add the flag that says what comments begin with, even with a dash.

    Args:
        parser: Gets the flag.
        default: What the help says of it.
    """
    parser.add_argument(
        "--comment",
        action=_TakeSign,
        metavar="SIGN",
        help=f"lines before a sentence that start with it are comments{default}",
    )
    parse = parser.parse_known_args

    def parse_known_args(args=None, namespace=None):
        return parse(_with_sign(sys.argv[1:] if args is None else args), namespace)

    parser.parse_known_args = parse_known_args


class _TakeSign(argparse.Action):
    """Takes any value, even `--`, of which older argparse makes an empty list."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, "--" if values == [] else values)


def _with_sign(arguments: Sequence[str]) -> list[str]:
    """Join `--comment` with a sign that looks like a flag, such as `-DOCSTART-`.

    >>> _with_sign(["--comment", "-DOCSTART-", "--json"])
    ['--comment=-DOCSTART-', '--json']
    """
    joined: list[str] = []
    for argument in arguments:
        after = joined[-1:] == ["--comment"]
        if after and argument[:1] == "-" and not _FLAG.fullmatch(argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def add_partial_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says that labels are known in part."""
    parser.add_argument(
        "--partial",
        action="store_true",
        help="? in the column of the label means that it is not known, and A|B that it "
        "is one of these",
    )


def add_tag_style_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says how tags are written, which `tag_style` reads."""
    parser.add_argument(
        "--tag-style",
        action="append",
        metavar="[COLUMN:]STYLE",
        help="how columns named _BIO, _IOB or _IOBES write their tags, such as BILOU, "
        "BMES, suffix, types, bracket or O=_ (docs/Training.md); repeatable",
    )


def tag_style(texts: Sequence[str] | None) -> str | dict[str, str] | None:
    """Return what `'tagStyle'` is for the flags given.

    >>> tag_style(["BILOU"]), tag_style(["NER_BIO:types,O=_"])
    ('BILOU', {'NER_BIO': 'types,O=_'})
    """
    styles = {}
    for text in texts or ():
        column, colon, style = text.partition(":")
        if not colon or "=" in column:
            column, style = "", text
        styles[column] = style
    if "" in styles and len(styles) > 1:
        raise ValueError("--tag-style is given both for a column and for all of them.")
    return styles.get("", styles or None)


def verb_parser(description: str | None, verb: str, **options: Any):
    """Return the parser of a verb of `python -m tagger`.

    Args:
        description: What `--help` shows first: what it does, and examples.
        verb: Its name.
        options: Further arguments of `ArgumentParser`.
    """
    return argparse.ArgumentParser(
        prog=f"tagger {verb}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )


def run(main: Callable[[], None], verbose: bool = True) -> None:
    """Run a script's main function; end errors in one line and a non-zero exit.

    Only help that has lines of its own keeps them, such as that on missing data.

    Args:
        main: The function.
        verbose: Show progress messages, and not only warnings, on standard error.
    """
    mark_as_command()
    tell_numpy()
    open_closed_streams()
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(message)s" if verbose else "%(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    # It advises programmers, for example on how often a function was traced.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with terminated_as_interrupted():
        code = _exit_code(main)
        flushed = _exit_code(_flush)
    if code or flushed:
        sys.exit(code or flushed)


def _exit_code(main: Callable[[], None]) -> int | str | None:
    """Run a function; say what went wrong in one line, and return the exit code."""
    try:
        main()
    except SystemExit as ending:
        return ending.code
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough.
        let_stdout_go()
    except KeyboardInterrupt as ending:
        told = isinstance(ending, Terminated)
        sys.stderr.write("Terminated.\n" if told else "Interrupted.\n")
        return 130
    except ModuleNotFoundError as error:
        if error.name in (None, "util", "neuralnets", "tagger"):
            raise
        sys.stderr.write(f"Error: {_not_installed(error)}\n")
        return 1
    except (ValueError, OSError) as error:
        text = error_text(error)
        if not _has_current_folder():
            text = f"the current folder was deleted; change to another one. ({text})"
        sys.stderr.write(f"Error: {text}\n")
        return 1
    return 0


def error_text(error: ValueError | OSError) -> str:
    """Return what went wrong in one line, unless the error has lines of its own."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        # All else that is written to or read has its name in the error.
        is_output = error.errno in (errno.EBADF, errno.ENOSPC)
        name = error.filename or (is_output and "standard output")
        text = f"{name}: {error.strerror}" if name else text
    return text if getattr(error, "has_lines", False) else " ".join(text.split())


def _not_installed(error: ModuleNotFoundError) -> str:
    if str(error) != f"No module named '{error.name}'":
        return str(error)  # it says what to do
    if sys.version_info >= _TOO_NEW:
        return (
            f"this needs Python 3.9 to 3.13, and {sys.executable} is Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}, which has no {error.name}. "
            "In a clone, `make demo` finds an older one."
        )
    return (
        f"{error.name} is not installed for {sys.executable}. In a clone, `make demo` "
        "makes an environment: run .venv/bin/python then. Elsewhere: python -m pip "
        "install -r requirements.txt"
    )


def _flush() -> None:
    """Write what waits for standard output: at Python's end errors have no place."""
    try:
        sys.stdout.flush()
    except OSError:
        let_stdout_go()
        raise


def _has_current_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True
