"""What the scripts in the top folder share: flags, logging, and one-line errors."""

from __future__ import annotations

import argparse
import ast
import copy
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from util.corpus.datasets import KNOWN_COLUMNS

# Where `python -m util.download elmo` puts the published ELMo.
ELMO_OPTIONS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_options.json"
ELMO_WEIGHTS = "embeddings/elmo_2x4096_512_2048cnn_2xhighway_weights.hdf5"


class TrainingOptions:
    """What a training script runs with: its own settings, changed by the flags.

    Attributes:
        datasets, params, embeddings, epochs, resume: As the script needs them.
        modelSavePath, resultsPath: Where the outputs go.
        tensorboardPath, reportPath: Where more outputs go, None for nowhere.
    """

    def __init__(
        self,
        description: str,
        datasets: Mapping[str, Mapping[str, Any]],
        params: Mapping[str, Any],
        embeddings: str | None = None,
        epochs: int = 25,
        argv: list[str] | None = None,
        elmo: bool = False,
    ):
        parser = _training_parser(description, epochs)
        if elmo:
            add_elmo_flags(parser)
            parser.add_argument(
                "--cache",
                dest="elmo_cache",
                metavar="FILE",
                help="ELMo's vectors, from Create_ELMo_Cache.py",
            )
        arguments = parser.parse_args(argv)
        self.datasets = _with_folders(datasets, arguments.data)
        style = tag_style(arguments.tag_style)
        if style is not None:
            for dataset in self.datasets.values():
                dataset["tagStyle"] = style
        self.params = copy.deepcopy(dict(params))
        self.params.update(elmo_params(arguments))
        self.params.update(arguments.param)
        if arguments.seed is not None:
            self.params["seed"] = arguments.seed
        self.embeddings = arguments.embeddings or embeddings
        self.epochs = arguments.epochs
        self.resume = arguments.resume
        folder = arguments.output
        name = "_".join(self.datasets)
        self.modelSavePath = os.path.join(
            folder or "models", "[ModelName]_[DevScore]_[TestScore]_[Epoch].h5"
        )
        self.resultsPath = os.path.join(folder or "results", f"{name}.tsv")
        self.tensorboardPath = arguments.tensorboard
        self.reportPath = arguments.report


def _training_parser(description: str, epochs: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=_folder,
        action="append",
        default=[],
        metavar="[TASK=]FOLDER",
        help="train on the files of this folder, such as data/sample; with several "
        "tasks, TASK=FOLDER names one task's and is repeatable",
    )
    add_tag_style_flag(parser)
    parser.add_argument(
        "--embeddings",
        metavar="FILE",
        help="text file of word vectors, plain or .gz (default: train them)",
    )
    parser.add_argument(
        "--epochs",
        type=_positive,
        default=epochs,
        metavar="N",
        help="most epochs to train (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=_positive, metavar="N", help="repeat a run exactly"
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="where models and results go (default: models/ and results/)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on after the last finished epoch of an interrupted run",
    )
    parser.add_argument(
        "--param",
        type=_key_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a parameter of the network, such as LSTM-Size=[100,100]; repeatable",
    )
    parser.add_argument(
        "--report",
        type=output_file,
        metavar="FILE",
        help="write a page (.html) on the best model's scores and errors at the end",
    )
    parser.add_argument(
        "--tensorboard",
        metavar="FOLDER",
        help="write loss, scores and speed of each epoch for TensorBoard",
    )
    return parser


def add_elmo_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where ELMo's files are."""
    for what, file in (("options", "options.json"), ("weights", "weights.hdf5")):
        parser.add_argument(
            f"--elmo-{what}", metavar="FILE", help=f"ELMo's {file}, if it is elsewhere"
        )


def elmo_params(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the tagger's parameters that ELMo's flags give."""
    keys = {
        "elmo_options": "elmoOptions",
        "elmo_weights": "elmoWeights",
        "elmo_cache": "elmoCache",
    }
    given = {key: getattr(arguments, flag, None) for flag, key in keys.items()}
    return {key: path for key, path in given.items() if path is not None}


def _with_folders(
    datasets: Mapping[str, Mapping[str, Any]], folders: list[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """Return the data sets, read from other folders if any are given.

    A folder without a task's name serves every task. An only data set takes the
    folder's name; of a folder that is known, the columns are, too.
    """
    changed = {}
    given = dict(folders)
    for task in set(given) - {"", *datasets}:
        raise ValueError(
            f"--data {task}={given[task]}: there is no data set '{task}'. "
            f"There are: {', '.join(datasets)}"
        )
    for task, definition in datasets.items():
        dataset = copy.deepcopy(dict(definition))
        folder = given.get(task, given.get(""))
        name = task
        if folder is not None:
            basename = os.path.basename(os.path.normpath(folder))
            wanted = dataset["columns"].values()
            known = KNOWN_COLUMNS.get(basename, {})
            if dataset["label"] in known.values():
                dataset["columns"] = {i: n for i, n in known.items() if n in wanted}
            dataset["path"] = folder
            dataset.pop("files", None)
            if task not in given and len(datasets) == 1:
                name = basename
        changed[name] = dataset
    return changed


def _folder(text: str) -> tuple[str, str]:
    """Split `TASK=FOLDER`; the task of a plain folder is the empty string."""
    task, equals, folder = text.partition("=")
    return (task, folder) if equals else ("", text)


def output_file(text: str) -> str:
    """Return the path of a file to write; that of a folder is refused at once."""
    if os.path.isdir(text) or not os.path.basename(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a folder, not a file")
    return text


def _positive(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be negative: {text}")
    return value


def _key_value(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, found {text!r}")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value


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


def run(main: Callable[[], None], verbose: bool = True) -> None:
    """Run a script's main function; end errors in one line and a non-zero exit.

    Args:
        main: The function.
        verbose: Show progress messages, and not only warnings, on standard error.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(message)s" if verbose else "%(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    # It advises programmers, for example on how often a function was traced.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        main()
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)
    except (ValueError, OSError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.filename and error.strerror:
            text = f"{error.filename}: {error.strerror}"
        sys.stderr.write(f"Error: {' '.join(text.split())}\n")
        sys.exit(1)
