"""What a system weighs: how large its installation is, and what its start takes.

    PYTHON benchmarks/footprint.py PACKAGE...

prints the megabytes of packages and of all that they require, as installed for PYTHON.
`run.py` asks each system's Python, and times what its tagger imports.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def closure(names: list[str]) -> dict[str, metadata.Distribution]:
    """Return packages and all that they require, by name; what is missing is left out.

    (DeLFT is installed without what its taggers never import.)
    """
    found: dict[str, metadata.Distribution] = {}
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for line in found[name].requires or ():
            required = Requirement(line)
            if required.marker is None or required.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(required.name))
    return found


def megabytes(packages: dict[str, metadata.Distribution]) -> float:
    """Return what the files of packages take on the disk, compiled ones left out."""
    paths = {
        file.locate()
        for package in packages.values()
        for file in package.files or ()
        if file.suffix != ".pyc"
    }
    return sum(os.path.getsize(path) for path in paths if os.path.exists(path)) / 1e6


def installed(python: str, packages: tuple[str, ...]) -> float:
    """Return the megabytes of packages of some Python."""
    command = [python, __file__, *packages]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def start(python: str, code: str) -> float:
    """Return the processor seconds of a program that does nothing but import."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    print(json.dumps(megabytes(closure(sys.argv[1:]))))
