"""What all seeds in a folder share: the training script and its flags."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
from collections.abc import Sequence
from typing import Any

from util.files import atomic_path

FILE = "command.json"
# Flags that each seed is given on its own.
_OURS = ("--seed", "--output", "--resume")


def describe(script: str, flags: Sequence[str], verb: str = "seeds") -> dict[str, Any]:
    """Return what makes two runs differ in nothing but the seed.

    Args:
        script: Path of the training script; its content counts, too.
        flags: Its further flags.
        verb: What gives each run the flags that are its own.

    Raises:
        ValueError: There is no such script, or a flag is not for the user to give.
    """
    if not os.path.isfile(script):
        raise ValueError(f"{script}: there is no such training script.")
    for flag in flags:
        name = flag.partition("=")[0]
        # argparse takes the beginning of a flag for the whole.
        ours = [own for own in _OURS if len(name) > 2 and own.startswith(name)]
        if ours:
            raise ValueError(
                f"{flag}: `tagger {verb}` itself gives each run its {ours[0]}: see "
                f"`tagger {verb} --help` for the flags before the `--`."
            )
    with open(script, "rb") as file:
        digest = hashlib.blake2b(file.read(), digest_size=8).hexdigest()
    name = os.path.relpath(script)
    return {"script": name, "script_digest": digest, "flags": list(flags)}


def store(
    folder: str,
    wanted: dict[str, Any],
    command: Sequence[str],
    begun: bool,
    unit: str = "seeds",
) -> None:
    """Store a configuration and the command line beside the trainings, or compare.

    Args:
        folder: Of all trainings.
        wanted: What `describe` returns.
        command: The whole command line.
        begun: Whether any has trained; if none has, there is nothing to lose.
        unit: What the trainings are.

    Raises:
        ValueError: The folder holds trainings of another configuration.
    """
    path = os.path.join(folder, FILE)
    stored = _read(path) if begun else None
    if stored is None:
        content = {
            "command": shlex.join(command),
            "python": platform.python_version(),
            **wanted,
        }
        with atomic_path(path) as temporary:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
        return
    then, now = (_in_words(found) for found in (stored, wanted))
    if then != now:
        raise ValueError(
            f"{folder} holds {unit} of another configuration: {then}, and not {now}. "
            "Name another folder with --output."
        )
    if stored.get("script_digest") != wanted["script_digest"]:
        raise ValueError(
            f"{folder} holds {unit} of {wanted['script']} as it was before it was "
            "changed. Name another folder with --output."
        )


def flags_of(folder: str) -> list[str]:
    """Return the flags of the trainings in a folder; none if it tells nothing.

    Raises:
        ValueError: The file that tells them is damaged.
    """
    stored = _read(os.path.join(folder, FILE))
    return [] if stored is None else stored["flags"]


def _read(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        if not isinstance(content["flags"], list):
            raise TypeError
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{path}: damaged. Name another folder with --output."
        ) from None
    return content


def _in_words(configuration: dict[str, Any]) -> str:
    parts = [configuration.get("script"), *configuration["flags"]]
    return shlex.join(map(str, parts))
