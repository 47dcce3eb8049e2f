"""One command for all that is done with a tagger: `tagger VERB`.

In a clone it is `python -m tagger VERB`.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Sequence

from util.commandline import run
from util.version import VERSION

# The map of the product: its verbs, in groups. Each is a module of `tagger.commands`.
GROUPS = {
    "Use a tagger": {
        "tag": "tag text, or a file of columns, with a stored model",
        "evaluate": "compare a stored model with the right labels",
        "serve": "answer over HTTP, with a page to try a model",
    },
    "Train a tagger": {
        "train": "train on your own files, from flags alone",
    },
    "Before training": {
        "demo": "train on the sample data and tag a few sentences",
        "download": "fetch public data, word vectors and models",
        "convert": "turn annotated text from one format into another",
        "collect": "make a training file of what people annotated",
        "check": "say what is wrong with a data set before it is trained on",
    },
    "Better labels": {
        "errors": "rank the labels of a data set that are probably wrong",
        "simulate": "replay a labelled corpus: which labels pay, and how many",
        "forecast": "say what twice as much data would bring, label by label",
    },
    "Many trainings": {
        "seeds": "train one configuration with many seeds",
        "search": "search for the settings that score best",
        "compare": "compare configurations over many seeds, or two predictions",
        "analyse": "say what each setting is worth, from a table of runs",
    },
}
VERBS = [verb for verbs in GROUPS.values() for verb in verbs]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the verb that the command line names; see `util.commandline.run`.

    Args:
        argv: The arguments; those of the process by default.
    """
    verb, *arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if verb in ("-h", "--help", "help"):
        run(lambda: sys.stdout.write(overview()))
        return
    if verb == "--version":
        run(lambda: sys.stdout.write(f"tagger {VERSION}\n"))
        return
    if verb not in VERBS:
        run(lambda: _unknown(verb))
    try:
        command = importlib.import_module(f"tagger.commands.{verb}")
    except ModuleNotFoundError as error:
        run(functools.partial(_fail, error))
    run(lambda: command.main(arguments), verbose=command.VERBOSE)


def _fail(error: Exception) -> None:
    raise error


def _unknown(verb: str) -> None:
    sys.stderr.write(
        f"Error: there is no verb '{verb}'. There are: {', '.join(VERBS)}\n"
    )
    sys.exit(2)


def overview() -> str:
    """Return what `tagger --help` shows."""
    width = max(map(len, VERBS))
    lines = ["usage: tagger VERB [...]      tagger VERB --help explains one of them"]
    for title, verbs in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {verb:<{width}}  {what}" for verb, what in verbs.items()]
    lines += ["", "In a clone: python -m tagger VERB. Recipes to copy: Train_*.py"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
